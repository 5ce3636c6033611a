import type { INodeProperties } from 'n8n-workflow';

export const pictureDescription: INodeProperties[] = [
	{
		displayName: "Operation",
		name: "operation",
		type: "options",
		noDataExpression: true,
		displayOptions: {
			show: {
				resource: ["picture"],
			},
		},
		options: [
			{
				name: "Make a Picture",
				value: "makePicture",
				action: "Make a picture",
				description: "Draws what you describe. Costs 2 points.",
			},
			{
				name: "Delete Mask",
				value: "deleteMask",
				action: "Delete the mask of a picture",
				description: "Delete the mask of a picture",
				displayOptions: {
					hide: {
						"@tool": [true],
					},
				},
			},
			{
				name: "Update Mask",
				value: "setMask",
				action: "Set the mask of a picture",
				description: "Set the mask of a picture",
			},
		],
		default: "makePicture",
	},
	{
		displayName: "Confirm",
		name: "confirm",
		type: "boolean",
		required: true,
		displayOptions: {
			show: {
				resource: ["picture"],
				operation: ["deleteMask"],
			},
		},
		default: false,
		description: "Whether you really mean it. This makes, replaces or removes a secret or data, and cannot be undone.",
	},
	{
		displayName: "Picture ID",
		name: "picture_id",
		type: "string",
		required: true,
		displayOptions: {
			show: {
				resource: ["picture"],
				operation: ["deleteMask", "setMask"],
			},
		},
		default: "",
		description: "Which picture",
	},
	{
		displayName: "Mask Source",
		name: "maskSource",
		type: "options",
		displayOptions: {
			show: {
				resource: ["picture"],
				operation: ["setMask"],
			},
		},
		options: [
			{
				name: "Binary File",
				value: "binary",
			},
			{
				name: "URL",
				value: "url",
			},
		],
		default: "binary",
		description: "Black where the picture stays",
	},
	{
		displayName: "Input Data Field Name",
		name: "maskBinaryProperty",
		type: "string",
		required: true,
		displayOptions: {
			show: {
				resource: ["picture"],
				operation: ["setMask"],
				maskSource: ["binary"],
			},
		},
		default: "data",
		hint: "The name of the input field containing the file data to be processed",
	},
	{
		displayName: "Mask URL",
		name: "maskUrl",
		type: "string",
		required: true,
		displayOptions: {
			show: {
				resource: ["picture"],
				operation: ["setMask"],
				maskSource: ["url"],
			},
		},
		default: "",
		description: "Where n8n fetches the file; no credential is sent there",
	},
	{
		displayName: "Prompt",
		name: "prompt",
		type: "string",
		required: true,
		displayOptions: {
			show: {
				resource: ["picture"],
				operation: ["makePicture"],
			},
		},
		typeOptions: {
			rows: 4,
			minLength: 1,
			maxLength: 500,
		},
		default: "",
		placeholder: "e.g. a lighthouse",
		description: "What to draw. At most 500 characters.",
	},
	{
		displayName: "Model",
		name: "model",
		type: "resourceLocator",
		displayOptions: {
			show: {
				resource: ["picture"],
				operation: ["makePicture"],
			},
		},
		default: {
			mode: "list",
			value: "",
		},
		modes: [
			{
				displayName: "From List",
				name: "list",
				type: "list",
				placeholder: "Choose a value",
				typeOptions: {
					searchListMethod: "makePicture.model",
					searchable: true,
					skipCredentialsCheckInRLC: true,
				},
			},
			{
				displayName: "By Value",
				name: "id",
				type: "string",
			},
		],
		description: "Which model draws",
	},
	{
		displayName: "Style Name or ID",
		name: "style",
		type: "options",
		displayOptions: {
			show: {
				resource: ["picture"],
				operation: ["makePicture"],
			},
		},
		typeOptions: {
			loadOptionsMethod: "makePicture.style",
		},
		default: "",
		description: "One of your styles. Choose from the list, or specify an ID using an <a href=\"https://docs.n8n.io/code/expressions/\">expression</a>.",
	},
	{
		displayName: "Source",
		name: "source",
		type: "options",
		required: true,
		displayOptions: {
			show: {
				resource: ["picture"],
				operation: ["makePicture"],
			},
		},
		options: [
			{
				name: "Words",
				value: "words",
			},
			{
				name: "Picture",
				value: "picture",
			},
		],
		default: "words",
		description: "What to start from",
	},
	{
		displayName: "Image URL",
		name: "image_url",
		type: "string",
		required: true,
		displayOptions: {
			show: {
				resource: ["picture"],
				operation: ["makePicture"],
				source: ["picture"],
			},
		},
		default: "",
		description: "Public link to the picture",
	},
	{
		displayName: "Download Result",
		name: "downloadResult",
		type: "boolean",
		displayOptions: {
			show: {
				resource: ["picture"],
				operation: ["makePicture"],
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
				resource: ["picture"],
				operation: ["makePicture"],
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
				resource: ["picture"],
				operation: ["makePicture", "deleteMask", "setMask"],
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
				resource: ["picture"],
				operation: ["deleteMask", "setMask"],
				output: ["fields"],
			},
		},
		description: "Names of the fields to return; dots lead into objects",
		default: "",
		placeholder: "id,name,owner.email",
	},
	{
		displayName: "Additional Fields",
		name: "additionalFields",
		type: "collection",
		displayOptions: {
			show: {
				resource: ["picture"],
				operation: ["setMask"],
			},
		},
		placeholder: "Add Field",
		default: {},
		options: [
			{
				displayName: "Feather",
				name: "feather",
				type: "number",
				typeOptions: {
					numberPrecision: 0,
				},
				default: "",
				description: "Width of the soft edge",
			},
		],
	},
	{
		displayName: "Options",
		name: "options",
		type: "collection",
		displayOptions: {
			show: {
				resource: ["picture"],
				operation: ["setMask"],
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
				default: 5,
				description: "How many items are worked on side by side",
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
		displayName: "Options",
		name: "options",
		type: "collection",
		displayOptions: {
			show: {
				resource: ["picture"],
				operation: ["deleteMask"],
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
				resource: ["picture"],
				operation: ["makePicture"],
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
				name: "Image URL",
				value: "image_url",
			},
			{
				name: "Items",
				value: "items",
			},
			{
				name: "Status",
				value: "status",
			},
			{
				name: "Usage",
				value: "usage",
			},
			{
				name: "Width",
				value: "width",
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
				resource: ["picture"],
				operation: ["makePicture"],
			},
		},
		placeholder: "Add Field",
		default: {},
		options: [
			{
				displayName: "Count",
				name: "count",
				type: "number",
				typeOptions: {
					minValue: 1,
					maxValue: 4,
					numberPrecision: 0,
				},
				default: 1,
				description: "How many pictures. Between 1 and 4.",
			},
			{
				displayName: "Extra",
				name: "extra",
				type: "json",
				default: "{}",
				description: "Anything else",
			},
			{
				displayName: "Format",
				name: "format",
				type: "options",
				options: [
					{
						name: "PNG",
						value: "png",
					},
					{
						name: "Webp",
						value: "webp",
					},
				],
				default: "png",
				description: "File format of the result",
			},
			{
				displayName: "Labels",
				name: "labels",
				type: "fixedCollection",
				placeholder: "Add Entry",
				typeOptions: {
					multipleValues: true,
				},
				default: {},
				options: [
					{
						displayName: "Entry",
						name: "items",
						values: [
							{
								displayName: "Name",
								name: "name",
								type: "string",
								default: "",
							},
							{
								displayName: "Value",
								name: "value",
								type: "string",
								default: "",
							},
						],
					},
				],
				description: "Notes of your own",
			},
			{
				displayName: "Layers",
				name: "layers",
				type: "fixedCollection",
				placeholder: "Add Value",
				default: {},
				options: [
					{
						displayName: "Layers",
						name: "items",
						values: [
							{
								displayName: "Text",
								name: "text",
								type: "string",
								typeOptions: {
									rows: 4,
								},
								default: "",
							},
							{
								displayName: "Opacity",
								name: "opacity",
								type: "number",
								default: "",
							},
						],
					},
				],
				typeOptions: {
					multipleValues: true,
					multipleValueButtonText: "Add Item",
				},
				description: "Drawn one over the other",
			},
			{
				displayName: "Seamless",
				name: "seamless",
				type: "boolean",
				default: false,
				description: "Whether the edges fit together",
			},
			{
				displayName: "Seed",
				name: "seed",
				type: "number",
				typeOptions: {
					numberPrecision: 0,
				},
				default: "",
				description: "Same seed. Not documented by Showcase: seen in an example only.",
			},
			{
				displayName: "Size",
				name: "size",
				type: "fixedCollection",
				placeholder: "Add Value",
				default: {},
				options: [
					{
						displayName: "Size",
						name: "value",
						values: [
							{
								displayName: "Width",
								name: "width",
								type: "number",
								typeOptions: {
									numberPrecision: 0,
								},
								default: "",
							},
							{
								displayName: "Height",
								name: "height",
								type: "number",
								typeOptions: {
									numberPrecision: 0,
								},
								default: "",
							},
						],
					},
				],
				description: "Size in pixels",
			},
			{
				displayName: "Strength",
				name: "strength",
				type: "number",
				typeOptions: {
					minValue: 0,
					maxValue: 1,
				},
				default: "",
				description: "How much to change. Between 0 and 1.",
			},
			{
				displayName: "Tags",
				name: "tags",
				type: "string",
				typeOptions: {
					multipleValues: true,
					multipleValueButtonText: "Add Value",
				},
				default: "",
				description: "Words to find it by",
			},
		],
	},
	{
		displayName: "Options",
		name: "options",
		type: "collection",
		displayOptions: {
			show: {
				resource: ["picture"],
				operation: ["makePicture"],
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
				default: 5,
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
