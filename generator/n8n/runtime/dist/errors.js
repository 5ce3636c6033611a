"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.apiError = apiError;
exports.asNodeError = asNodeError;
exports.failedJson = failedJson;
const n8n_workflow_1 = require("n8n-workflow");
const core_1 = require("../core/core");
const transport_1 = require("./transport");
function apiError(node, plan, step, failure, item) {
    const { message, status } = failure;
    const description = hint(plan.service.title, step, failure);
    const error = new n8n_workflow_1.NodeApiError(node, { message, description }, {
        message,
        description,
        httpCode: status ? String(status) : undefined,
        itemIndex: item,
    });
    error.message = message;
    error.description = description;
    error.specloom = failure;
    return error;
}
function hint(title, step, failure) {
    const wait = failure.retry_after ? ` Try again in ${duration(failure.retry_after)}.` : '';
    const needs = step && step.needs ? ` It needs ${step.needs}.` : '';
    const hints = {
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
function duration(seconds) {
    if (seconds >= 7200)
        return `${Math.round(seconds / 3600)} hours`;
    if (seconds >= 120)
        return `${Math.round(seconds / 60)} minutes`;
    return `${Math.ceil(seconds)} seconds`;
}
function asNodeError(node, plan, step, error, item) {
    if (error instanceof transport_1.NoReply)
        return apiError(node, plan, step, noReply(plan, step, error), item);
    if (error instanceof core_1.InputError) {
        return new n8n_workflow_1.NodeOperationError(node, error.message, { itemIndex: item, level: 'warning' });
    }
    if (error instanceof n8n_workflow_1.NodeApiError || error instanceof n8n_workflow_1.NodeOperationError)
        return error;
    return new n8n_workflow_1.NodeOperationError(node, error, { itemIndex: item });
}
function noReply(plan, step, error) {
    const op = step && plan.service.operations[step.operation];
    const type = op && (0, core_1.writes)(op) && error.lost ? 'outcome_unknown' : error.timedOut ? 'timeout' : 'unreachable';
    return { type, message: error.message, status: null, retryable: type !== 'outcome_unknown', retry_after: null };
}
function failedJson(node, error) {
    const nothing = { type: 'invalid_request', message: error.message, status: null, retryable: false, retry_after: null };
    const failure = { ...(error.specloom || nothing) };
    const { id, job_url: url } = error.work || {};
    const work = { ...(id ? { id } : {}), ...(url ? { job_url: url } : {}) };
    if (node.onError === 'continueErrorOutput')
        return { error: failure, ...(url || id ? { details: work } : {}) };
    return { error: failure, ...work };
}
