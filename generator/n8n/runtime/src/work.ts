/** Waits for work that goes on after the reply: the service's own jobs, and the gateway's. */

import type { IExecuteFunctions } from 'n8n-workflow';
import { NodeOperationError, sleep } from 'n8n-workflow';
import {
	absolute, buildRequest, failure, gatewayRequest, isFinal, isResult, jobRequest, jobState, linkInputs, normalize, ok,
	sameOrigin,
} from '../core/core'; // prettier-ignore
import type { Exchange, Failure, Operation, Request, Result, Values } from '../core/core';
import { apiError } from './errors';
import type { NodeFailure, Work } from './errors';
import type { Step } from './plan';
import { NoReply, exchange, send } from './transport';
import type { Session } from './transport';

/** Seconds. */
export interface Patience {
	interval: number;
	timeout: number;
}

const MOST_FAILURES = 5;
const LONGEST_PAUSE = 60;
const GATEWAY_WAIT = 25;

/** Polls until the job has ended; returns the last exchange. */
export async function finish(
	context: IExecuteFunctions,
	session: Session,
	step: Step,
	accepted: Exchange,
	patience: Patience,
	item: number,
): Promise<Exchange> {
	const { service } = session.plan;
	const op = service.operations[step.operation];
	const job = op.job as NonNullable<Operation['job']>;
	const request = buildRequest(service, service.operations[job.poll.operation], linkInputs(job.poll, accepted), session.baseUrl);
	const work = { id: normalize(service, op, accepted).id, job_url: request.url };
	const end = Date.now() + patience.timeout * 1000;
	for (let failures = 0, pause = Math.min(1, patience.interval); ; pause = patience.interval) {
		await rest(context, Math.min(pause, Math.max(0, (end - Date.now()) / 1000)));
		const seen = await look(session, op, request);
		if (seen.exchange) {
			failures = 0;
			if (isFinal(jobState(job, seen.exchange))) return seen.exchange;
		} else {
			const failed = seen.failure as Failure;
			if (!failed.retryable || ++failures > MOST_FAILURES) throw going(apiError(context.getNode(), session.plan, step, failed, item), work);
			await rest(context, Math.min(failed.retry_after || failures * patience.interval, LONGEST_PAUSE));
		}
		if (Date.now() >= end) throw stillRunning(context, patience, item, work);
	}
}

/** One look at the work. A read can be repeated, so that what passes is no reason to lose paid work. */
async function look(session: Session, op: Operation, request: Request): Promise<{ exchange?: Exchange; failure?: Failure }> {
	try {
		const found = exchange(request, await send(session, request));
		return ok(found) ? { exchange: found } : { failure: failure(session.plan.service, op, found, { now: Date.now() / 1000 }) };
	} catch (error) {
		const message = error instanceof NoReply ? error.message : String(error);
		return { failure: { type: 'unreachable', message, status: null, retryable: error instanceof NoReply, retry_after: null } };
	}
}

function stillRunning(context: IExecuteFunctions, patience: Patience, item: number, work: Work): NodeFailure {
	const message = `The work is still going on after ${patience.timeout} seconds`;
	const error: NodeFailure = new NodeOperationError(context.getNode(), message, {
		itemIndex: item,
		description: `Raise Timeout in the node's options, or turn off Wait for Completion and read the result later. It will be at ${work.job_url}.`,
	});
	// Another try would start the work once more.
	error.specloom = { type: 'timeout', message, status: null, retryable: false, retry_after: null };
	return going(error, work);
}

function going(error: NodeFailure, work: Work): NodeFailure {
	error.work = work;
	return error;
}

/** Sleeps in short steps, so that a stopped execution ends soon. */
async function rest(context: IExecuteFunctions, seconds: number): Promise<void> {
	const signal = context.getExecutionCancelSignal();
	for (let left = seconds * 1000; left > 0; left -= 1000) {
		if (signal && signal.aborted) throw new NodeOperationError(context.getNode(), 'The execution was stopped');
		await sleep(Math.min(left, 1000));
	}
}

/** The step by way of the gateway, whose answer is the normalized result. */
export async function throughGateway(
	context: IExecuteFunctions,
	session: Session,
	step: Step,
	inputs: Values,
	wait: boolean,
	patience: Patience,
	item: number,
): Promise<Result> {
	const { plan, gatewayUrl, gatewayKey } = session;
	const op = plan.service.operations[step.operation];
	const how = wait ? { wait: GATEWAY_WAIT } : { respondAsync: true };
	let request = gatewayRequest(plan.service, op, inputs, { url: gatewayUrl, key: gatewayKey, ...how });
	const end = Date.now() + patience.timeout * 1000;
	let id: string | null = null;
	for (let failures = 0; ; ) {
		const reply = await send(session, request);
		const seen = exchange(request, reply);
		const { body } = seen;
		const job = jobUrl(reply.headers.location, gatewayUrl) || (request.method === 'GET' ? request.url : '');
		if (isResult(body)) {
			if (!wait || isFinal(body.status)) return body;
			id = body.id || body.job_id || id;
			failures = 0;
		} else {
			const found = failure(plan.service, op, seen);
			if (!job || !found.retryable || ++failures > MOST_FAILURES) throw going(apiError(context.getNode(), plan, step, found, item), { id, job_url: job });
		}
		if (!job || Date.now() >= end) throw stillRunning(context, patience, item, { id, job_url: job || request.url });
		request = jobRequest(job, { key: gatewayKey, wait: GATEWAY_WAIT });
		await rest(context, patience.interval);
	}
}

function jobUrl(location: unknown, gatewayUrl: string): string {
	if (typeof location !== 'string' || !location) return '';
	const url = location.startsWith('/') ? gatewayUrl + location : absolute(location, gatewayUrl);
	return sameOrigin(url, gatewayUrl) ? url : '';
}
