import type { IExecuteFunctions, INodeExecutionData, INodeType, INodeTypeDescription } from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';
<< imports >>
import { execute } from './runtime/execute';
import { methodsOf } from './runtime/lists';
import { plan } from './plan';

export class << class_name >> implements INodeType {
	description: INodeTypeDescription = {
		<< head >>
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		usableAsTool: true,
		<< credentials >>
		properties: [
			<< properties >>
			<< resources >>
		],
	};

	methods = methodsOf(plan);

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await execute(this, plan);
	}
}
