/** Waits for work that goes on after the reply: the service's own jobs, and the gateway's. */

import type { IExecuteFunctions } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import {
	absolute, buildRequest, failure, gatewayRequest, isFinal, isResult, jobRequest, jobState, linkInputs, normalize, ok,
	sameOrigin,
} from '../core/core'; // prettier-ignore
import type { Exchange, Failure, Job, Operation, Request, Result, Values } from '../core/core';
import { rest } from './batch';
import { apiError } from './errors';
import type { NodeFailure, Work } from './errors';
import type { Plan, Step } from './plan';
import { NoReply, exchange, send } from './transport';
import type { Session } from './transport';

/** Seconds. */
export interface Patience {
	interval: number;
	timeout: number;
	/** Whether to wait no longer. */
	ended: () => boolean;
}

const MOST_FAILURES = 5;
const LONGEST_PAUSE = 60;
const GATEWAY_WAIT = 25;

/** Work that a service does: how to ask after it, under which id, and what was seen of it already. */
export interface Task {
	job: Job;
	request: Request;
	id: string | null;
	seen?: Exchange;
}

/** What a call has begun whose reply is `accepted`. */
export function taskOf({ plan, baseUrl }: Session, op: Operation, accepted: Exchange): Task {
	const { service } = plan;
	const job = op.job as Job;
	const request = buildRequest(service, service.operations[job.poll.operation], linkInputs(job.poll, accepted), baseUrl);
	return { job, request, id: normalize(service, op, accepted).id };
}

/** Polls until the job has ended; returns the last exchange. */
export async function finish(
	context: IExecuteFunctions, session: Session, step: Step, { job, request, id, seen }: Task, patience: Patience, item: number,
): Promise<Exchange> { // prettier-ignore
	const op = session.plan.service.operations[step.operation];
	const work = { id, job_url: request.url };
	const end = Date.now() + patience.timeout * 1000;
	if (seen && isFinal(jobState(job, seen))) return seen;
	for (let failures = 0, pause = Math.min(1, patience.interval); ; pause = patience.interval) {
		await rest(context, Math.min(pause, Math.max(0, (end - Date.now()) / 1000)), patience.ended);
		if (patience.ended()) throw given(context, item, work);
		const looked = await look(session, op, request);
		if (looked.exchange) {
			failures = 0;
			if (isFinal(jobState(job, looked.exchange))) return looked.exchange;
		} else {
			const failed = looked.failure as Failure;
			if (!failed.retryable || ++failures > MOST_FAILURES) throw going(apiError(context.getNode(), session.plan, step, failed, item), work);
			await rest(context, Math.min(failed.retry_after || failures * patience.interval, LONGEST_PAUSE), patience.ended);
		}
		if (Date.now() >= end) throw stillRunning(context, session.plan, step, patience, item, work);
	}
}

/** Nobody waits for it any more, since the run has failed with another item. */
function given(context: IExecuteFunctions, item: number, work: Work): NodeFailure {
	return going(new NodeOperationError(context.getNode(), 'Another item has failed', { itemIndex: item }), work);
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

function stillRunning(context: IExecuteFunctions, plan: Plan, step: Step, patience: Patience, item: number, work: Work): NodeFailure {
	const message = `The work is still going on after ${patience.timeout} seconds`;
	const later = resumedBy(plan, step);
	const error: NodeFailure = new NodeOperationError(context.getNode(), message, {
		itemIndex: item,
		description: `${later ? `To wait on, use the operation ${later} with Wait for Completion and the ID ${work.id || 'of the work'}.` : ''} Raise Timeout in the node's options, or turn off Wait for Completion and read the result later. It will be at ${work.job_url}.`.trim(),
	});
	// Another try would start the work once more.
	error.specloom = { type: 'timeout', message, status: null, retryable: false, retry_after: null };
	return going(error, work);
}

/** The operation that takes the work up again; '' where the node has none. */
function resumedBy(plan: Plan, { operation, resumes }: Step): string {
	const { job } = plan.service.operations[resumes || operation];
	const all = Object.values(plan.steps).flatMap((steps) => Object.values(steps));
	const found = all.find((step) => !!step.resumes && !!job && step.operation === job.poll.operation);
	return (found && found.name) || '';
}

function going(error: NodeFailure, work: Work): NodeFailure {
	error.work = work;
	return error;
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
		if (!job || Date.now() >= end) throw stillRunning(context, plan, step, patience, item, { id, job_url: job || request.url });
		request = jobRequest(job, { key: gatewayKey, wait: GATEWAY_WAIT });
		await rest(context, patience.interval, patience.ended);
		if (patience.ended()) throw given(context, item, { id, job_url: job });
	}
}

function jobUrl(location: unknown, gatewayUrl: string): string {
	if (typeof location !== 'string' || !location) return '';
	const url = location.startsWith('/') ? gatewayUrl + location : absolute(location, gatewayUrl);
	return sameOrigin(url, gatewayUrl) ? url : '';
}
