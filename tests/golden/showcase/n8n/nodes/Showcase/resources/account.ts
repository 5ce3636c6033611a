import type { INodeProperties } from 'n8n-workflow';

export const accountDescription: INodeProperties[] = [
	{
		displayName: "Operation",
		name: "operation",
		type: "options",
		noDataExpression: true,
		displayOptions: {
			show: {
				resource: ["account"],
			},
		},
		options: [
			{
				name: "Get",
				value: "getAccount",
				action: "Get the account",
				description: "Get the account",
			},
		],
		default: "getAccount",
	},
	{
		displayName: "Output",
		name: "output",
		type: "options",
		displayOptions: {
			show: {
				resource: ["account"],
				operation: ["getAccount"],
			},
		},
		options: [
			{
				name: "Simplified",
				value: "simple",
				description: "What is mapped most, in at most ten fields",
			},
			{
				name: "Raw",
				value: "raw",
				description: "The reply as it came",
			},
			{
				name: "Selected Fields",
				value: "fields",
				description: "Only the fields chosen below",
			},
		],
		default: "simple",
		description: "What of the reply to return",
	},
	{
		displayName: "Fields",
		name: "fields",
		type: "string",
		displayOptions: {
			show: {
				resource: ["account"],
				operation: ["getAccount"],
				output: ["fields"],
			},
		},
		description: "Names of the fields to return; dots lead into objects",
		default: "",
		placeholder: "id,name,owner.email",
	},
	{
		displayName: "Options",
		name: "options",
		type: "collection",
		displayOptions: {
			show: {
				resource: ["account"],
				operation: ["getAccount"],
			},
		},
		placeholder: "Add Option",
		default: {},
		options: [
			{
				displayName: "Items at Once",
				name: "itemsAtOnce",
				type: "number",
				typeOptions: {
					minValue: 1,
					maxValue: 100,
					numberPrecision: 0,
				},
				default: 5,
				description: "How many items are worked on side by side",
			},
			{
				displayName: "Additional Query (JSON)",
				name: "additionalQuery",
				type: "json",
				default: "{}",
				description: "A JSON object of query parameters that are sent as well",
			},
			{
				displayName: "Timeout (Seconds)",
				name: "timeout",
				type: "number",
				typeOptions: {
					minValue: 1,
				},
				default: 300,
				description: "After how long to stop waiting",
			},
			{
				displayName: "Use Gateway",
				name: "gateway",
				type: "options",
				options: [
					{
						name: "Always",
						value: "always",
					},
					{
						name: "For Slow Steps",
						value: "slow",
					},
					{
						name: "Never",
						value: "never",
					},
				],
				default: "slow",
				description: "Whether the step runs through the Specloom gateway of the credential, if it names one",
			},
		],
	},
];
