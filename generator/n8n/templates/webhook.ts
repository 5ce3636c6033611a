import type { IHookFunctions, INodeType, INodeTypeDescription, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';
import { methodsOf } from './runtime/lists';
import { isSubscribed, receive, subscribe, unsubscribe } from './runtime/hook';
import { plan } from './plan';

export class << class_name >> implements INodeType {
	description: INodeTypeDescription = {
		<< head >>
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		<< credentials >>
		webhooks: [{ name: 'default', httpMethod: 'POST', responseMode: 'onReceived', path: 'webhook' }],
		properties: [
			<< properties >>
		],
	};

	methods = methodsOf(plan);

	webhookMethods = {
		default: {
			async checkExists(this: IHookFunctions): Promise<boolean> {
				return await isSubscribed(this);
			},
			async create(this: IHookFunctions): Promise<boolean> {
				return await subscribe(this, plan);
			},
			async delete(this: IHookFunctions): Promise<boolean> {
				return await unsubscribe(this, plan);
			},
		},
	};

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		return await receive(this, plan);
	}
}
