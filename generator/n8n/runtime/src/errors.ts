/** Failures as n8n shows them: the service's own message, and below it what to do. */

import type { IDataObject, INode, JsonObject } from 'n8n-workflow';
import { NodeApiError, NodeOperationError } from 'n8n-workflow';
import { InputError, writes } from '../core/core';
import type { Failure } from '../core/core';
import type { Plan, Step } from './plan';
import { NoReply } from './transport';

/** Work that goes on at the service although the step has failed. */
export interface Work {
	id?: string | null;
	job_url?: string;
}

export type NodeFailure = (NodeApiError | NodeOperationError) & { specloom?: Failure; work?: Work };

/** The error of a call that the service refused or could not do. */
export function apiError(node: INode, plan: Plan, step: Step | undefined, failure: Failure, item: number): NodeFailure {
	const { message, status } = failure;
	const description = hint(plan.service.title, step, failure);
	const error: NodeFailure = new NodeApiError(node, { message, description } as JsonObject, {
		message,
		description,
		httpCode: status ? String(status) : undefined,
		itemIndex: item,
	});
	// n8n puts words of its own in place of some messages; the service's say more.
	error.message = message;
	error.description = description;
	error.specloom = failure;
	return error;
}

function hint(title: string, step: Step | undefined, failure: Failure): string {
	const wait = failure.retry_after ? ` Try again in ${duration(failure.retry_after)}.` : '';
	const needs = step && step.needs ? ` It needs ${step.needs}.` : '';
	const hints: Record<string, string> = {
		unauthorized: `${title} does not accept the key. Check it in the credential.`,
		forbidden: `The key is good, but not for this operation.${needs}`,
		insufficient_credits: `The account has too few credits left. Buy more at ${title}.${wait}`,
		quota_exceeded: `The plan's quota is used up. Wait for its reset or choose a larger plan.${wait}`,
		rate_limited: `Too many requests.${wait || ' Wait a moment.'} To send fewer at a time, use Loop Over Items with a Wait, or turn on Retry On Fail in the node's settings.`,
		not_found: 'Nothing is there. Check the IDs, and the Base URL in the credential.',
		invalid_request: `${title} does not accept these values.`,
		provider_error: failure.retryable ? `${title} failed.${wait} Turn on Retry On Fail in the node's settings to try again by itself.` : '',
		timeout: `${title} took too long. Raise Timeout in the node's options.`,
		unreachable: 'No reply. Check the Base URL in the credential, and the network.',
		outcome_unknown: 'No reply came, so the call may have been carried out or not. Look before you repeat it.',
	};
	return hints[failure.type] || '';
}

function duration(seconds: number): string {
	if (seconds >= 7200) return `${Math.round(seconds / 3600)} hours`;
	if (seconds >= 120) return `${Math.round(seconds / 60)} minutes`;
	return `${Math.ceil(seconds)} seconds`;
}

/** Whatever was thrown, as an error n8n can show. */
export function asNodeError(node: INode, plan: Plan, step: Step | undefined, error: unknown, item: number): NodeFailure {
	if (error instanceof NoReply) return apiError(node, plan, step, noReply(plan, step, error), item);
	if (error instanceof InputError) {
		return new NodeOperationError(node, error.message, { itemIndex: item, level: 'warning' });
	}
	if (error instanceof NodeApiError || error instanceof NodeOperationError) return error;
	return new NodeOperationError(node, error as Error, { itemIndex: item });
}

/** A writing call without a reply may have been carried out. */
function noReply(plan: Plan, step: Step | undefined, error: NoReply): Failure {
	const op = step && plan.service.operations[step.operation];
	const type = op && writes(op) && error.lost ? 'outcome_unknown' : error.timedOut ? 'timeout' : 'unreachable';
	return { type, message: error.message, status: null, retryable: type !== 'outcome_unknown', retry_after: null };
}

/**
 * What an item holds that failed while the node continues: the failure, and the work that goes on. n8n sends to the
 * error output only what has no keys but error, message and details, and replaces the data of items that carry an error
 * object of its own.
 */
export function failedJson(node: INode, error: NodeFailure): IDataObject {
	const nothing = { type: 'invalid_request', message: error.message, status: null, retryable: false, retry_after: null };
	const failure = { ...(error.specloom || nothing) };
	const { id, job_url: url } = error.work || {};
	const work = { ...(id ? { id } : {}), ...(url ? { job_url: url } : {}) };
	if (node.onError === 'continueErrorOutput') return { error: failure, ...(url || id ? { details: work } : {}) };
	return { error: failure, ...work };
}
