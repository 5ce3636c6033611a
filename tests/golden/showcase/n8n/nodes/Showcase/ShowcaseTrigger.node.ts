import type { INodeExecutionData, INodeType, INodeTypeDescription, IPollFunctions } from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';
import { methodsOf } from './runtime/lists';
import { poll } from './runtime/watch';
import { plan } from './plan';

export class ShowcaseTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: "Showcase Trigger",
		name: "showcaseTrigger",
		icon: {
			light: "file:../../icons/showcase.svg",
			dark: "file:../../icons/showcase.dark.svg",
		},
		group: ["trigger"],
		version: 1,
		subtitle: "={{ $parameter[\"event\"].replace(/([a-z0-9])([A-Z])/g, \"$1 $2\").replace(/[_-]+/g, \" \").toLowerCase() }}",
		description: "Starts the workflow when something happens in Showcase: New Song",
		defaults: {
			name: "Showcase Trigger",
		},
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [
			{
				name: "showcaseSpecloomApi",
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

	methods = methodsOf(plan);

	async poll(this: IPollFunctions): Promise<INodeExecutionData[][] | null> {
		return await poll(this, plan);
	}
}
