import type { INodeProperties } from 'n8n-workflow';

export const songDescription: INodeProperties[] = [
	{
		displayName: "Operation",
		name: "operation",
		type: "options",
		noDataExpression: true,
		displayOptions: {
			show: {
				resource: ["song"],
			},
		},
		options: [
			{
				name: "Create",
				value: "makeSong",
				action: "Make a song",
				description: "Make a song",
			},
			{
				name: "Download the Sheet Music",
				value: "downloadSheet",
				action: "Download the sheet music",
			},
			{
				name: "Get",
				value: "getSong",
				action: "Get a song",
				description: "Get a song",
			},
			{
				name: "Get Many",
				value: "listSongs",
				action: "List songs",
				description: "List songs",
			},
		],
		default: "makeSong",
	},
	{
		displayName: "Return All",
		name: "returnAll",
		type: "boolean",
		displayOptions: {
			show: {
				resource: ["song"],
				operation: ["listSongs"],
			},
		},
		default: false,
		description: "Whether to return all results or only up to a given limit",
	},
	{
		displayName: "Limit",
		name: "limit",
		type: "number",
		displayOptions: {
			show: {
				resource: ["song"],
				operation: ["listSongs"],
				returnAll: [false],
			},
		},
		typeOptions: {
			minValue: 1,
		},
		default: 50,
		description: "Max number of results to return",
	},
	{
		displayName: "Song ID",
		name: "song_id",
		type: "string",
		required: true,
		displayOptions: {
			show: {
				resource: ["song"],
				operation: ["downloadSheet", "getSong"],
			},
		},
		default: "",
		description: "Which song",
	},
	{
		displayName: "Wait for Completion",
		name: "waitForCompletion",
		type: "boolean",
		displayOptions: {
			show: {
				resource: ["song"],
				operation: ["getSong"],
			},
		},
		default: false,
		description: "Whether to wait until the work is done. Otherwise the step returns its state at once.",
	},
	{
		displayName: "Download Result",
		name: "downloadResult",
		type: "boolean",
		displayOptions: {
			show: {
				resource: ["song"],
				operation: ["getSong"],
			},
		},
		default: false,
		description: "Whether to put the result's files into binary fields",
	},
	{
		displayName: "Put Output File in Field",
		name: "binaryProperty",
		type: "string",
		required: true,
		displayOptions: {
			show: {
				resource: ["song"],
				operation: ["getSong"],
				downloadResult: [true],
			},
		},
		default: "data",
		hint: "The name of the output binary field to put the file in",
	},
	{
		displayName: "Put Output File in Field",
		name: "binaryProperty",
		type: "string",
		required: true,
		displayOptions: {
			show: {
				resource: ["song"],
				operation: ["downloadSheet"],
			},
		},
		default: "data",
		hint: "The name of the output binary field to put the file in",
	},
	{
		displayName: "Options",
		name: "options",
		type: "collection",
		displayOptions: {
			show: {
				resource: ["song"],
				operation: ["downloadSheet"],
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
	{
		displayName: "Lyrics",
		name: "lyrics",
		type: "string",
		required: true,
		displayOptions: {
			show: {
				resource: ["song"],
				operation: ["makeSong"],
			},
		},
		default: "",
		description: "What to sing",
	},
	{
		displayName: "Wait for Completion",
		name: "waitForCompletion",
		type: "boolean",
		displayOptions: {
			show: {
				resource: ["song"],
				operation: ["makeSong"],
			},
		},
		default: true,
		description: "Whether to wait until the work is done. Otherwise the step returns its ID at once.",
	},
	{
		displayName: "Download Result",
		name: "downloadResult",
		type: "boolean",
		displayOptions: {
			show: {
				resource: ["song"],
				operation: ["makeSong"],
				waitForCompletion: [true],
			},
		},
		default: false,
		description: "Whether to put the result's files into binary fields",
	},
	{
		displayName: "Put Output File in Field",
		name: "binaryProperty",
		type: "string",
		required: true,
		displayOptions: {
			show: {
				resource: ["song"],
				operation: ["makeSong"],
				waitForCompletion: [true],
				downloadResult: [true],
			},
		},
		default: "data",
		hint: "The name of the output binary field to put the file in",
	},
	{
		displayName: "Output",
		name: "output",
		type: "options",
		displayOptions: {
			show: {
				resource: ["song"],
				operation: ["makeSong", "getSong", "listSongs"],
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
		type: "multiOptions",
		displayOptions: {
			show: {
				resource: ["song"],
				operation: ["listSongs"],
				output: ["fields"],
			},
		},
		description: "Names of the fields to return; dots lead into objects",
		options: [
			{
				name: "ID",
				value: "id",
			},
			{
				name: "Status",
				value: "status",
			},
			{
				name: "Created At",
				value: "created_at",
			},
			{
				name: "Tracks",
				value: "tracks",
			},
		],
		default: [],
	},
	{
		displayName: "Additional Fields",
		name: "additionalFields",
		type: "collection",
		displayOptions: {
			show: {
				resource: ["song"],
				operation: ["listSongs"],
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
	{
		displayName: "Options",
		name: "options",
		type: "collection",
		displayOptions: {
			show: {
				resource: ["song"],
				operation: ["listSongs"],
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
	{
		displayName: "Fields",
		name: "fields",
		type: "multiOptions",
		displayOptions: {
			show: {
				resource: ["song"],
				operation: ["makeSong", "getSong"],
				output: ["fields"],
			},
		},
		description: "Names of the fields to return; dots lead into objects",
		options: [
			{
				name: "Audio URL",
				value: "audio_url",
			},
			{
				name: "Duration",
				value: "duration",
			},
			{
				name: "ID",
				value: "id",
			},
			{
				name: "Items",
				value: "items",
			},
			{
				name: "Status",
				value: "status",
			},
		],
		default: [],
	},
	{
		displayName: "Options",
		name: "options",
		type: "collection",
		displayOptions: {
			show: {
				resource: ["song"],
				operation: ["getSong"],
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
				displayName: "Items at Once",
				name: "itemsAtOnce",
				type: "number",
				typeOptions: {
					minValue: 1,
					maxValue: 100,
					numberPrecision: 0,
				},
				default: 10,
				description: "How many items are worked on side by side",
			},
			{
				displayName: "One Item per Result",
				name: "onePerResult",
				type: "boolean",
				default: false,
				description: "Whether to return each thing that was made as an item of its own",
			},
			{
				displayName: "Polling Interval (Seconds)",
				name: "interval",
				type: "number",
				typeOptions: {
					minValue: 0.05,
				},
				default: 2,
				description: "How long to wait between two looks at the work",
			},
			{
				displayName: "Timeout (Seconds)",
				name: "timeout",
				type: "number",
				typeOptions: {
					minValue: 1,
				},
				default: 120,
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
	{
		displayName: "Additional Fields",
		name: "additionalFields",
		type: "collection",
		displayOptions: {
			show: {
				resource: ["song"],
				operation: ["makeSong"],
			},
		},
		placeholder: "Add Field",
		default: {},
		options: [
			{
				displayName: "Webhook",
				name: "webhook",
				type: "string",
				default: "",
				description: "Called when it is done",
			},
		],
	},
	{
		displayName: "Options",
		name: "options",
		type: "collection",
		displayOptions: {
			show: {
				resource: ["song"],
				operation: ["makeSong"],
			},
		},
		placeholder: "Add Option",
		default: {},
		options: [
			{
				displayName: "Additional Body (JSON)",
				name: "additionalBody",
				type: "json",
				default: "{}",
				description: "A JSON object that is merged into the request's body, for fields this node does not offer",
			},
			{
				displayName: "Additional Query (JSON)",
				name: "additionalQuery",
				type: "json",
				default: "{}",
				description: "A JSON object of query parameters that are sent as well",
			},
			{
				displayName: "Items at Once",
				name: "itemsAtOnce",
				type: "number",
				typeOptions: {
					minValue: 1,
					maxValue: 100,
					numberPrecision: 0,
				},
				default: 10,
				description: "How many items are worked on side by side",
			},
			{
				displayName: "One Item per Result",
				name: "onePerResult",
				type: "boolean",
				default: false,
				description: "Whether to return each thing that was made as an item of its own",
			},
			{
				displayName: "Polling Interval (Seconds)",
				name: "interval",
				type: "number",
				typeOptions: {
					minValue: 0.05,
				},
				default: 2,
				description: "How long to wait between two looks at the work",
			},
			{
				displayName: "Timeout (Seconds)",
				name: "timeout",
				type: "number",
				typeOptions: {
					minValue: 1,
				},
				default: 120,
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
