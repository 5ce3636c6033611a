import type { IAuthenticateGeneric, Icon, ICredentialTestRequest, ICredentialType, INodeProperties } from 'n8n-workflow';

export class ShowcaseSpecloomApi implements ICredentialType {
	name = "showcaseSpecloomApi";

	displayName = "Showcase API";

	icon: Icon = {
		light: "file:../icons/showcase.svg",
		dark: "file:../icons/showcase.dark.svg",
	};

	documentationUrl = "https://www.npmjs.com/package/n8n-nodes-showcase";

	properties: INodeProperties[] = [
		{
			displayName: "API Key",
			name: "apiKey",
			type: "string",
			typeOptions: {
				password: true,
			},
			required: true,
			default: "",
			placeholder: "sc_xxxxxxxx",
			description: "Settings &gt; API keys It starts with sc_",
		},
		{
			displayName: "Region",
			name: "server_region",
			type: "options",
			options: [
				{
					name: "eu",
					value: "eu",
				},
				{
					name: "us",
					value: "us",
				},
			],
			default: "eu",
			description: "Where your data lives",
		},
		{
			displayName: "Base URL",
			name: "baseUrl",
			type: "string",
			default: "",
			placeholder: "e.g. https://your-region.showcase.example.com/v1",
			description: "Leave empty for https://eu.showcase.example.com/v1. Fill in another address to use a proxy or a test server.",
		},
		{
			displayName: "Gateway URL",
			name: "gatewayUrl",
			type: "string",
			default: "",
			placeholder: "e.g. https://gateway.example.com",
			description: "Address of a Specloom gateway, if you run one. Slow steps then run through it.",
		},
		{
			displayName: "Gateway Key",
			name: "gatewayApiKey",
			type: "string",
			typeOptions: {
				password: true,
			},
			default: "",
			description: "Key of the gateway, if it wants one",
		},
	];

	authenticate: IAuthenticateGeneric = {
		type: "generic",
		properties: {
			headers: {
				Authorization: "=Bearer {{($credentials.apiKey || \"\").replace(/^Bearer /i, \"\")}}",
			},
		},
	};

	test: ICredentialTestRequest = {
		request: {
			baseURL: "={{ ($credentials.baseUrl || \"https://\" + ($credentials.server_region || \"eu\") + \".showcase.example.com/v1\").trim().replace(/[/]+$/, \"\") }}",
			url: "/account",
			method: "GET",
			headers: {
				Accept: "application/json",
			},
			disableFollowRedirect: true,
		},
		rules: [
			{
				type: "responseCode",
				properties: {
					value: 401,
					message: "Showcase refused the key",
				},
			},
			{
				type: "responseCode",
				properties: {
					value: 402,
					message: "The key is known, but the account has nothing left to spend",
				},
			},
			{
				type: "responseCode",
				properties: {
					value: 403,
					message: "Showcase knows the key, but does not let it do this",
				},
			},
			{
				type: "responseCode",
				properties: {
					value: 404,
					message: "Nothing answers at this Base URL: is its path complete?",
				},
			},
			{
				type: "responseCode",
				properties: {
					value: 405,
					message: "Nothing answers at this Base URL: is its path complete?",
				},
			},
			{
				type: "responseCode",
				properties: {
					value: 429,
					message: "Too many requests: try again later",
				},
			},
		],
	};
}
