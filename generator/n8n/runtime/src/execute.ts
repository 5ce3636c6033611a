/** The run of the node: for every item its operation, and what comes of it. */

import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import { buildRequest, failure, fileOutput, isFileReply, normalize, ok } from '../core/core';
import type { Exchange, Operation, Result, Values } from '../core/core';
import { isPlain } from '../core/json';
import { apiError, asNodeError, failedJson } from './errors';
import { readForm } from './form';
import { PageFailure, collect } from './lists';
import { about, binaryReply, download, fileReader } from './media';
import { elementItems, items } from './output';
import type { OutputChoice } from './output';
import type { Plan, Step } from './plan';
import { connect, exchange, send, typeOf } from './transport';
import type { Session } from './transport';
import { planOf } from './plan';
import { finish, throughGateway } from './work';
import type { Patience } from './work';

/** Seconds from which on a step counts as slow. */
const SLOW = 30;
const TIMEOUT = 300;

interface Run {
	context: IExecuteFunctions;
	session: Session;
	step: Step;
	op: Operation;
	inputs: Values;
	item: number;
	wait: boolean;
	output: OutputChoice;
	patience: Patience;
	gateway: string;
}

/** Carries out the chosen operation for every item. */
export async function execute(context: IExecuteFunctions, versions: Plan): Promise<INodeExecutionData[][]> {
	const plan = planOf(versions, context.getNode());
	const results: INodeExecutionData[] = [];
	for (let item = 0; item < context.getInputData().length; item++) {
		let step: Step | undefined;
		try {
			step = stepOf(context, plan, item);
			const found = await carryOut(await prepare(context, plan, step, item));
			for (const one of found) results.push({ ...one, pairedItem: { item } });
		} catch (error) {
			const failed = asNodeError(context.getNode(), plan, step, error, item);
			if (!context.continueOnFail()) throw failed;
			results.push({ json: failedJson(context.getNode(), failed), pairedItem: { item } });
		}
	}
	return [results];
}

function stepOf(context: IExecuteFunctions, plan: Plan, item: number): Step {
	const resource = String(context.getNodeParameter('resource', item));
	const operation = String(context.getNodeParameter('operation', item));
	const step = plan.steps[resource] && plan.steps[resource][operation];
	if (!step) throw new NodeOperationError(context.getNode(), `There is no operation ${operation} of ${resource}`, { itemIndex: item });
	if (plan.service.operations[step.operation].sensitive) confirmed(context, item);
	return step;
}

/** Operations that make, replace or remove a secret or data run only when a person means it. */
function confirmed(context: IExecuteFunctions, item: number): void {
	const node = context.getNode();
	if (node.type.endsWith('Tool') || (typeof context.isToolExecution === 'function' && context.isToolExecution())) {
		throw new NodeOperationError(node, 'This operation cannot be used as a tool', { itemIndex: item });
	}
	if (context.getNodeParameter('confirm', item, false) !== true) {
		const description = 'It makes, replaces or removes a secret or data. Turn on Confirm in the node to run it.';
		throw new NodeOperationError(node, 'This operation has not been confirmed', { itemIndex: item, description });
	}
}

async function prepare(context: IExecuteFunctions, plan: Plan, step: Step, item: number): Promise<Run> {
	const op = plan.service.operations[step.operation];
	const options = context.getNodeParameter('options', item, {}) as IDataObject;
	const seconds = Number(options.timeout) || (op.job ? op.job.timeout : Math.max(TIMEOUT, 4 * (op.duration || 0)));
	const patience = { interval: Number(options.interval) || (op.job ? op.job.interval : 2), timeout: seconds };
	const choice = context.getNodeParameter('authentication', item, '') as string;
	const session = await connect(context, plan, (op.job ? TIMEOUT : seconds) * 1000, item, choice, op);
	const ask = (name: string) => context.getNodeParameter(name, item, null) as unknown;
	const inputs = await readForm(step.form, ask, fileReader(context, session, item));
	for (const name of ['additionalBody', 'additionalQuery']) if (options[name] !== undefined) inputs[name] = options[name];
	return {
		context, session, step, op, inputs, item, patience,
		wait: context.getNodeParameter('waitForCompletion', item, true) as boolean,
		output: outputOf(context, item),
		gateway: String(options.gateway || 'slow'),
	}; // prettier-ignore
}

function outputOf(context: IExecuteFunctions, item: number): OutputChoice {
	const mode = context.getNodeParameter('output', item, 'simple') as OutputChoice['mode'];
	const fields = mode === 'fields' ? (context.getNodeParameter('fields', item, []) as string[] | string) : [];
	return { mode, fields: typeof fields === 'string' ? fields.split(',').map((name) => name.trim()) : fields };
}

async function carryOut(run: Run): Promise<INodeExecutionData[]> {
	const { op, session } = run;
	if (op.gives && op.gives.kind === 'list') return await list(run);
	if (usesGateway(run)) {
		const { context, step, inputs, wait, patience, item } = run;
		return await finished(run, await throughGateway(context, session, step, inputs, wait, patience, item), undefined);
	}
	const request = buildRequest(session.plan.service, op, run.inputs, session.baseUrl, run.context.getTimezone());
	const reply = await send(session, request);
	const binary = isFileReply(op, reply.status, typeOf(reply));
	const first = binary ? about(request, reply) : exchange(request, reply);
	if (!ok(first)) throw refused(run, first);
	if (isWebPage(op, first)) throw noResult(run, `${session.plan.service.title} answered with a web page. Is the Base URL right?`);
	if (binary) {
		const result = normalize(session.plan.service, op, first, resultOptions(run));
		const name = result.items[0] && result.items[0].file_name;
		const held = await binaryReply(run.context, reply, property(run), name);
		const { fileName, mimeType } = held[property(run)];
		const json = fileOutput(result, String(fileName), mimeType);
		return [{ json: json as unknown as IDataObject, binary: held }];
	}
	const last = op.job && run.wait ? await finish(run.context, session, run.step, first, run.patience, run.item) : first;
	return await finished(run, normalize(session.plan.service, op, last, resultOptions(run)), last);
}

function usesGateway(run: Run): boolean {
	const { op, session, gateway } = run;
	if (!session.gatewayUrl || gateway === 'never' || op.output.binary) return false;
	// Files travel in the request itself, which the gateway takes as JSON.
	if (op.mediaType && !/json|urlencoded/i.test(op.mediaType)) return false;
	return gateway === 'always' || !!op.job || (op.duration || 0) >= SLOW;
}

function resultOptions(run: Run): { baseUrl: string; now: number } {
	return { baseUrl: run.session.baseUrl, now: Date.now() / 1000 };
}

function refused(run: Run, last: Exchange): Error {
	const { session, op, step, item, context } = run;
	return apiError(context.getNode(), session.plan, step, failure(session.plan.service, op, last, resultOptions(run)), item);
}

function isWebPage(op: Operation, last: Exchange): boolean {
	const type = String((last.headers || {})['content-type'] || '');
	return typeof last.body === 'string' && /html/i.test(type) && !/html/i.test(op.accept || '');
}

function noResult(run: Run, message: string): Error {
	const failed = { type: 'provider_error', message, status: null, retryable: true, retry_after: null };
	return apiError(run.context.getNode(), run.session.plan, run.step, failed, run.item);
}

/** The items of a finished step, or its failure. */
async function finished(run: Run, result: Result, last: Exchange | undefined): Promise<INodeExecutionData[]> {
	const { context, session, step, item, op } = run;
	if (!result.success) {
		const failed = result.error || { type: 'provider_error', message: 'The work failed', status: null, retryable: false, retry_after: null };
		throw apiError(context.getNode(), session.plan, step, failed, item);
	}
	if (result.status === 'succeeded' && !(result.items || []).length && result.type !== 'none' && !isPlain(result.raw) && !Array.isArray(result.raw)) {
		throw noResult(run, 'The reply holds no result');
	}
	const given = items(op, result, run.output);
	if (result.status === 'succeeded' && context.getNodeParameter('downloadResult', item, false) === true && given.length) {
		const seen = last || { status: 200, body: result.raw };
		given[0].binary = await download(context, session, step, result, seen, property(run), item);
	}
	return given;
}

function property(run: Run): string {
	return String(run.context.getNodeParameter('binaryProperty', run.item, 'data') || 'data');
}

async function list(run: Run): Promise<INodeExecutionData[]> {
	const { context, session, op, step, item } = run;
	const all = context.getNodeParameter('returnAll', item, false) as boolean;
	const limit = all ? Infinity : Number(context.getNodeParameter('limit', item, 50));
	try {
		const found = await collect(session, op, run.inputs, limit, step.pageSize);
		return elementItems(session.plan.service, op, found, run.output, session.baseUrl);
	} catch (error) {
		if (error instanceof PageFailure) throw apiError(context.getNode(), session.plan, step, error.failure, item);
		throw asNodeError(context.getNode(), session.plan, step, error, item);
	}
}
