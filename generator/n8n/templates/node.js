"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.<< class_name >> = void 0;
const n8n_workflow_1 = require("n8n-workflow");
<< imports >>
const execute_1 = require("./runtime/execute");
const lists_1 = require("./runtime/lists");
const plan_1 = require("./plan");
class << class_name >> {
	constructor() {
		this.description = {
			<< head >>
			inputs: [n8n_workflow_1.NodeConnectionTypes.Main],
			outputs: [n8n_workflow_1.NodeConnectionTypes.Main],
			usableAsTool: true,
			<< credentials >>
			properties: [
				<< properties >>
				<< resources >>
			],
		};
		this.methods = (0, lists_1.methodsOf)(plan_1.plan);
	}
	async execute() {
		return await (0, execute_1.execute)(this, plan_1.plan);
	}
}
exports.<< class_name >> = << class_name >>;
