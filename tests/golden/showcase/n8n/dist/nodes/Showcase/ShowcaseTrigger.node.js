"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.ShowcaseTrigger = void 0;
const n8n_workflow_1 = require("n8n-workflow");
const lists_1 = require("./runtime/lists");
const watch_1 = require("./runtime/watch");
const plan_1 = require("./plan");
class ShowcaseTrigger {
	constructor() {
		this.description = {
			displayName: "Showcase Trigger",
			name: "showcaseTrigger",
			icon: {
				light: "file:../../icons/showcase.svg",
				dark: "file:../../icons/showcase.dark.svg",
			},
			group: ["trigger"],
			version: 1,
			subtitle: "={{ $parameter[\"event\"] }}",
			description: "Starts the workflow when something happens in Showcase",
			defaults: {
				name: "Showcase Trigger",
			},
			inputs: [],
			outputs: [n8n_workflow_1.NodeConnectionTypes.Main],
			credentials: [
				{
					name: "showcaseApi",
					required: true,
				},
			],
			polling: true,
			properties: [
				{
					displayName: "Event",
					name: "event",
					type: "options",
					noDataExpression: true,
					options: [
						{
							name: "New Song",
							value: "listSongs",
							description: "Triggers when a song is done",
						},
					],
					default: "listSongs",
				},
				{
					displayName: "Additional Fields",
					name: "additionalFields",
					type: "collection",
					displayOptions: {
						show: {
							event: ["listSongs"],
						},
					},
					placeholder: "Add Field",
					default: {},
					options: [
						{
							displayName: "Tag",
							name: "tag",
							type: "string",
							typeOptions: {
								multipleValues: true,
								multipleValueButtonText: "Add Value",
							},
							default: "",
							description: "Only with these",
						},
					],
				},
			],
		};
		this.methods = (0, lists_1.methodsOf)(plan_1.plan);
	}
	async poll() {
		return await (0, watch_1.poll)(this, plan_1.plan);
	}
}
exports.ShowcaseTrigger = ShowcaseTrigger;
