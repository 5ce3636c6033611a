/** The run of the node: for every item its operation, and what comes of it. */

import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import { InputError, buildRequest, failure, fileOutput, isFileReply, normalize, ok, writes } from '../core/core';
import type { Exchange, Operation, Request, Result, Values } from '../core/core';
import { applies } from '../core/inputs';
import { isPlain, own } from '../core/json';
import { Batch, continues, isTool } from './batch';
import { apiError, asNodeError, failedJson } from './errors';
import type { NodeFailure } from './errors';
import { readForm } from './form';
import { PageFailure, collect } from './lists';
import { about, binaryReply, download, fileReader, merged } from './media';
import { elementItems, items } from './output';
import type { OutputChoice } from './output';
import type { Plan, Step } from './plan';
import { connect, exchange, send, typeOf } from './transport';
import type { Reply, Session } from './transport';
import { planOf } from './plan';
import { finish, taskOf, throughGateway } from './work';
import type { Patience } from './work';

/** Seconds from which on a step counts as slow. */
const SLOW = 30;
const TIMEOUT = 300;
const JOBS_AT_ONCE = 10;
const CALLS_AT_ONCE = 5;
const MOST_REFUSALS = 5;

interface Run {
	context: IExecuteFunctions;
	session: Session;
	step: Step;
	op: Operation;
	inputs: Values;
	item: number;
	wait: boolean;
	output: OutputChoice;
	/** Each thing that was made is an item of its own. */
	perResult: boolean;
	patience: Patience;
	batch: Batch;
	gateway: string;
}

/** Carries out the chosen operation for every item: side by side, as far as the service bears it. */
export async function execute(context: IExecuteFunctions, versions: Plan): Promise<INodeExecutionData[][]> {
	const plan = planOf(versions, context.getNode());
	const batch = new Batch(context, context.getInputData().length);
	const results = await batch.sideBySide(atOnce(context, plan), async (item) => await oneItem(context, plan, batch, item));
	const { halted } = batch;
	if (halted && !continues(context)) {
		halted.description = `${halted.description || ''}${batch.told()}`.trim();
		throw halted;
	}
	return [results.flatMap((found, item) => found || [notStarted(context, halted as NodeFailure, item)])];
}

/** How many items are under way at once. */
function atOnce(context: IExecuteFunctions, plan: Plan): number {
	if (!context.getInputData().length) return 1;
	const { itemsAtOnce } = context.getNodeParameter('options', 0, {}) as IDataObject;
	const resource = plan.steps[String(context.getNodeParameter('resource', 0))] || {};
	const step = resource[String(context.getNodeParameter('operation', 0))];
	const waits = !!step && (!!plan.service.operations[step.operation].job || !!step.resumes);
	return Math.max(1, Math.floor(Number(itemsAtOnce)) || (waits ? JOBS_AT_ONCE : CALLS_AT_ONCE));
}

async function oneItem(context: IExecuteFunctions, plan: Plan, batch: Batch, item: number): Promise<INodeExecutionData[] | undefined> {
	let step: Step | undefined;
	try {
		step = stepOf(context, plan, item);
		const found = await carryOut(await prepare(context, plan, step, batch, item));
		return found && found.map((one) => ({ ...one, pairedItem: { item } }));
	} catch (error) {
		const failed = asNodeError(context.getNode(), plan, step, error, item);
		if (failed.work) batch.began(item, failed.work);
		batch.failed(failed);
		return [{ json: failedJson(context.getNode(), failed), pairedItem: { item } }];
	}
}

/** What stands for an item that came after the failure of another one, with which it would have failed too. */
function notStarted(context: IExecuteFunctions, { message, specloom }: NodeFailure, item: number): INodeExecutionData {
	const failed: NodeFailure = new NodeOperationError(context.getNode(), `Not started: ${message}`, { itemIndex: item });
	if (specloom) failed.specloom = { ...specloom, message: failed.message };
	return { json: failedJson(context.getNode(), failed), pairedItem: { item } };
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
	if (isTool(context)) {
		throw new NodeOperationError(node, 'This operation cannot be used as a tool', { itemIndex: item });
	}
	if (context.getNodeParameter('confirm', item, false) !== true) {
		const description = 'It makes, replaces or removes a secret or data. Turn on Confirm in the node to run it.';
		throw new NodeOperationError(node, 'This operation has not been confirmed', { itemIndex: item, description });
	}
}

async function prepare(context: IExecuteFunctions, plan: Plan, step: Step, batch: Batch, item: number): Promise<Run> {
	const op = plan.service.operations[step.operation];
	const { job } = plan.service.operations[step.resumes || step.operation];
	const options = context.getNodeParameter('options', item, {}) as IDataObject;
	const seconds = Number(options.timeout) || (job ? job.timeout : Math.max(TIMEOUT, 4 * (op.duration || 0)));
	const interval = Number(options.interval) || (job ? job.interval : 2);
	const patience = { interval, timeout: seconds, ended: () => batch.ended };
	const choice = context.getNodeParameter('authentication', item, '') as string;
	const session = await connect(context, plan, (job ? TIMEOUT : seconds) * 1000, item, choice, op);
	const ask = (name: string) => context.getNodeParameter(name, item, null) as unknown;
	const inputs = await readForm(step.form, ask, fileReader(context, session, item));
	for (const name of ['additionalBody', 'additionalQuery']) if (options[name] !== undefined) inputs[name] = options[name];
	if (options.additionalBody === undefined) complete(op, inputs);
	return {
		context, session, step, op, inputs, item, patience, batch,
		wait: context.getNodeParameter('waitForCompletion', item, true) as boolean,
		output: outputOf(context, item),
		perResult: options.onePerResult === true,
		gateway: String(options.gateway || 'slow'),
	}; // prettier-ignore
}

/** n8n stops what is left out of texts and lists, and lets blank numbers pass: the call would be paid for in vain. */
function complete(op: Operation, inputs: Values): void {
	const fields = op.fields || [];
	for (const field of fields) {
		const number = (field.type === 'integer' || field.type === 'number') && !field.repeated;
		if (!number || !field.required || field.default !== undefined || own(inputs, field.name) !== undefined) continue;
		if (applies(field, fields, inputs)) throw new InputError(`${field.name} is missing`, field.name);
	}
}

function outputOf(context: IExecuteFunctions, item: number): OutputChoice {
	const mode = context.getNodeParameter('output', item, 'simple') as OutputChoice['mode'];
	const fields = mode === 'fields' ? (context.getNodeParameter('fields', item, []) as string[] | string) : [];
	return { mode, fields: typeof fields === 'string' ? fields.split(',').map((name) => name.trim()) : fields };
}

/** What the step gives; undefined where it was not started, since another item's failure came first. */
async function carryOut(run: Run): Promise<INodeExecutionData[] | undefined> {
	const { op, session, batch } = run;
	if (!(await batch.turn(session.plan.service))) return undefined;
	if (op.gives && op.gives.kind === 'list') return await list(run);
	if (usesGateway(run)) {
		const { context, step, inputs, wait, patience, item } = run;
		const result = await throughGateway(context, session, step, inputs, wait, patience, item);
		batch.began(item, { id: result.id || result.job_id });
		return await finished(run, result, undefined);
	}
	const request = buildRequest(session.plan.service, op, run.inputs, session.baseUrl, run.context.getTimezone());
	const reply = await sendInTurn(run, request);
	if (!reply) return undefined;
	const binary = isFileReply(op, reply.status, typeOf(reply));
	const first = binary ? about(request, reply) : exchange(request, reply);
	if (!ok(first)) throw refused(run, first);
	if (isWebPage(op, first)) throw noResult(run, `${session.plan.service.title} answered with a web page. Is the Base URL right?`);
	if (binary) return await fileItem(run, reply, first);
	return await awaited(run, request, first);
}

/** Sends the call. Where others of the run made it one too many, it waits as it is told to and is sent once more. */
async function sendInTurn(run: Run, request: Request): Promise<Reply | undefined> {
	const { op, session, batch } = run;
	const { service } = session.plan;
	for (let refusals = 1; ; refusals++) {
		const reply = await send(session, request);
		const seen = about(request, reply);
		batch.heard(service, op, seen);
		if (reply.status !== 429 || batch.count < 2 || refusals > MOST_REFUSALS) return reply;
		if (!batch.pause(failure(service, op, seen, resultOptions(run)).retry_after)) return reply;
		if (!(await batch.turn(service))) return undefined;
	}
}

async function fileItem(run: Run, reply: Reply, first: Exchange): Promise<INodeExecutionData[]> {
	const result = normalize(run.session.plan.service, run.op, first, resultOptions(run));
	const name = result.items[0] && result.items[0].file_name;
	const held = await binaryReply(run.context, reply, property(run), name);
	const { fileName, mimeType } = held[property(run)];
	const json = fileOutput(result, String(fileName), mimeType);
	return [{ json: json as unknown as IDataObject, binary: held }];
}

/** Waits for what goes on after the reply: of the call that began it, and of one that asks after it. */
async function awaited(run: Run, request: Request, first: Exchange): Promise<INodeExecutionData[]> {
	const { op, session, step, batch, item, context, patience } = run;
	const { service } = session.plan;
	const begun = { id: normalize(service, op, first).id, job_url: op.job ? undefined : request.url };
	if (writes(op)) batch.began(item, begun);
	const starter = step.resumes && run.wait ? service.operations[step.resumes] : op;
	if (!starter.job || !run.wait) return await finished(run, normalize(service, op, first, resultOptions(run)), first);
	const task = step.resumes ? { job: starter.job, request, id: begun.id, seen: first } : taskOf(session, op, first);
	const last = await finish(context, session, step, task, patience, item);
	return await finished({ ...run, op: starter }, normalize(service, starter, last, resultOptions(run)), last);
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
	const split = run.perResult && run.output.mode !== 'raw' && result.items && result.items.length > 1;
	const given = split ? result.items.flatMap((one) => items(op, { ...result, items: [one] }, run.output)) : items(op, result, run.output);
	if (result.status === 'succeeded' && context.getNodeParameter('downloadResult', item, false) === true && given.length) {
		const seen = last || { status: 200, body: result.raw };
		const files = await download(context, session, step, op, result, seen, item);
		if (!split) given[0].binary = merged(files, property(run));
		else for (const [index, file] of files.entries()) if (file) given[index].binary = { [property(run)]: file };
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
