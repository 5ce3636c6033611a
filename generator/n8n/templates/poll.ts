import type { INodeExecutionData, INodeType, INodeTypeDescription, IPollFunctions } from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';
import { methodsOf } from './runtime/lists';
import { poll } from './runtime/watch';
import { plan } from './plan';

export class << class_name >> implements INodeType {
	description: INodeTypeDescription = {
		<< head >>
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		<< credentials >>
		polling: true,
		properties: [
			<< properties >>
		],
	};

	methods = methodsOf(plan);

	async poll(this: IPollFunctions): Promise<INodeExecutionData[][] | null> {
		return await poll(this, plan);
	}
}
