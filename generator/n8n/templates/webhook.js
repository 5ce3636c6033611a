"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.<< class_name >> = void 0;
const n8n_workflow_1 = require("n8n-workflow");
const lists_1 = require("./runtime/lists");
const hook_1 = require("./runtime/hook");
const plan_1 = require("./plan");
class << class_name >> {
	constructor() {
		this.description = {
			<< head >>
			inputs: [],
			outputs: [n8n_workflow_1.NodeConnectionTypes.Main],
			<< credentials >>
			webhooks: [{ name: 'default', httpMethod: 'POST', responseMode: 'onReceived', path: 'webhook' }],
			properties: [
				<< properties >>
			],
		};
		this.methods = (0, lists_1.methodsOf)(plan_1.plan);
		this.webhookMethods = {
			default: {
				async checkExists() {
					return await (0, hook_1.isSubscribed)(this);
				},
				async create() {
					return await (0, hook_1.subscribe)(this, plan_1.plan);
				},
				async delete() {
					return await (0, hook_1.unsubscribe)(this, plan_1.plan);
				},
			},
		};
	}
	async webhook() {
		return await (0, hook_1.receive)(this, plan_1.plan);
	}
}
exports.<< class_name >> = << class_name >>;
