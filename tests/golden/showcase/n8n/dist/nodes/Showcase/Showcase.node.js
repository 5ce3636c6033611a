"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.Showcase = void 0;
const n8n_workflow_1 = require("n8n-workflow");
const accountDescription_1 = require("./resources/account");
const pictureDescription_1 = require("./resources/picture");
const songDescription_1 = require("./resources/song");
const execute_1 = require("./runtime/execute");
const lists_1 = require("./runtime/lists");
const plan_1 = require("./plan");
class Showcase {
	constructor() {
		this.description = {
			displayName: "Showcase",
			name: "showcase",
			icon: {
				light: "file:../../icons/showcase.svg",
				dark: "file:../../icons/showcase.dark.svg",
			},
			group: ["transform"],
			version: 1,
			subtitle: "={{ $parameter[\"operation\"] + \": \" + $parameter[\"resource\"] }}",
			description: "Every feature once",
			defaults: {
				name: "Showcase",
			},
			inputs: [n8n_workflow_1.NodeConnectionTypes.Main],
			outputs: [n8n_workflow_1.NodeConnectionTypes.Main],
			usableAsTool: true,
			credentials: [
				{
					name: "showcaseApi",
					required: true,
				},
			],
			properties: [
				{
					displayName: "Resource",
					name: "resource",
					type: "options",
					noDataExpression: true,
					options: [
						{
							name: "Account",
							value: "account",
							description: "Who you are",
						},
						{
							name: "Picture",
							value: "picture",
							description: "Pictures made from words",
						},
						{
							name: "Song",
							value: "song",
							description: "Songs that take a while",
						},
					],
					default: "account",
				},
				...accountDescription_1.accountDescription,
				...pictureDescription_1.pictureDescription,
				...songDescription_1.songDescription,
			],
		};
		this.methods = (0, lists_1.methodsOf)(plan_1.plan);
	}
	async execute() {
		return await (0, execute_1.execute)(this, plan_1.plan);
	}
}
exports.Showcase = Showcase;
