import type { IExecuteFunctions, INodeExecutionData, INodeType, INodeTypeDescription } from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';
import { pictureDescription } from './resources/picture';
import { songDescription } from './resources/song';
import { accountDescription } from './resources/account';
import { styleDescription } from './resources/style';
import { execute } from './runtime/execute';
import { methodsOf } from './runtime/lists';
import { plan } from './plan';

export class Showcase implements INodeType {
	description: INodeTypeDescription = {
		displayName: "Showcase",
		name: "showcase",
		icon: {
			light: "file:../../icons/showcase.svg",
			dark: "file:../../icons/showcase.dark.svg",
		},
		group: ["transform"],
		version: 1,
		subtitle: "={{ $parameter[\"operation\"].replace(/([a-z0-9])([A-Z])/g, \"$1 $2\").replace(/[_-]+/g, \" \").toLowerCase() }}",
		description: "Every feature once",
		defaults: {
			name: "Showcase",
		},
		builderHint: {
			searchHint: "Showcase: Make a Picture, Make a Song, Get the Account, List Styles",
		},
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		usableAsTool: true,
		credentials: [
			{
				name: "showcaseSpecloomApi",
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
						name: "Picture",
						value: "picture",
						description: "Pictures made from words",
					},
					{
						name: "Song",
						value: "song",
						description: "Songs that take a while",
					},
					{
						name: "Account",
						value: "account",
						description: "Who you are",
					},
					{
						name: "Style",
						value: "style",
					},
				],
				default: "picture",
			},
			...pictureDescription,
			...songDescription,
			...accountDescription,
			...styleDescription,
		],
	};

	methods = methodsOf(plan);

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await execute(this, plan);
	}
}
