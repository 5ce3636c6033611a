"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.<< class_name >> = void 0;
const n8n_workflow_1 = require("n8n-workflow");
const lists_1 = require("./runtime/lists");
const watch_1 = require("./runtime/watch");
const plan_1 = require("./plan");
class << class_name >> {
	constructor() {
		this.description = {
			<< head >>
			inputs: [],
			outputs: [n8n_workflow_1.NodeConnectionTypes.Main],
			<< credentials >>
			polling: true,
			properties: [
				<< properties >>
			],
		};
		this.methods = (0, lists_1.methodsOf)(plan_1.plan);
	}
	async poll() {
		return await (0, watch_1.poll)(this, plan_1.plan);
	}
}
exports.<< class_name >> = << class_name >>;
