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
				name: "Get the Account",
				value: "getAccount",
				action: "Get the account",
			},
		],
		default: "getAccount",
	},
	{
		displayName: "Simplify",
		name: "simplify",
		type: "boolean",
		displayOptions: {
			show: {
				resource: ["account"],
				operation: ["getAccount"],
			},
		},
		default: true,
		description: "Whether to return a simplified version of the response instead of the raw data",
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
