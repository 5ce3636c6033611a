"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.taskOf = taskOf;
exports.finish = finish;
exports.throughGateway = throughGateway;
const n8n_workflow_1 = require("n8n-workflow");
const core_1 = require("../core/core");
const batch_1 = require("./batch");
const errors_1 = require("./errors");
const transport_1 = require("./transport");
const MOST_FAILURES = 5;
const LONGEST_PAUSE = 60;
const GATEWAY_WAIT = 25;
function taskOf({ plan, baseUrl }, op, accepted) {
    const { service } = plan;
    const job = op.job;
    const request = (0, core_1.buildRequest)(service, service.operations[job.poll.operation], (0, core_1.linkInputs)(job.poll, accepted), baseUrl);
    return { job, request, id: (0, core_1.normalize)(service, op, accepted).id };
}
async function finish(context, session, step, { job, request, id, seen }, patience, item) {
    const op = session.plan.service.operations[step.operation];
    const work = { id, job_url: request.url };
    const end = Date.now() + patience.timeout * 1000;
    if (seen && (0, core_1.isFinal)((0, core_1.jobState)(job, seen)))
        return seen;
    for (let failures = 0, pause = Math.min(1, patience.interval);; pause = patience.interval) {
        await (0, batch_1.rest)(context, Math.min(pause, Math.max(0, (end - Date.now()) / 1000)), patience.ended);
        if (patience.ended())
            throw given(context, item, work);
        const looked = await look(session, op, request);
        if (looked.exchange) {
            failures = 0;
            if ((0, core_1.isFinal)((0, core_1.jobState)(job, looked.exchange)))
                return looked.exchange;
        }
        else {
            const failed = looked.failure;
            if (!failed.retryable || ++failures > MOST_FAILURES)
                throw going((0, errors_1.apiError)(context.getNode(), session.plan, step, failed, item), work);
            await (0, batch_1.rest)(context, Math.min(failed.retry_after || failures * patience.interval, LONGEST_PAUSE), patience.ended);
        }
        if (Date.now() >= end)
            throw stillRunning(context, session.plan, step, patience, item, work);
    }
}
function given(context, item, work) {
    return going(new n8n_workflow_1.NodeOperationError(context.getNode(), 'Another item has failed', { itemIndex: item }), work);
}
async function look(session, op, request) {
    try {
        const found = (0, transport_1.exchange)(request, await (0, transport_1.send)(session, request));
        return (0, core_1.ok)(found) ? { exchange: found } : { failure: (0, core_1.failure)(session.plan.service, op, found, { now: Date.now() / 1000 }) };
    }
    catch (error) {
        const message = error instanceof transport_1.NoReply ? error.message : String(error);
        return { failure: { type: 'unreachable', message, status: null, retryable: error instanceof transport_1.NoReply, retry_after: null } };
    }
}
function stillRunning(context, plan, step, patience, item, work) {
    const message = `The work is still going on after ${patience.timeout} seconds`;
    const later = resumedBy(plan, step);
    const error = new n8n_workflow_1.NodeOperationError(context.getNode(), message, {
        itemIndex: item,
        description: `${later ? `To wait on, use the operation ${later} with Wait for Completion and the ID ${work.id || 'of the work'}.` : ''} Raise Timeout in the node's options, or turn off Wait for Completion and read the result later. It will be at ${work.job_url}.`.trim(),
    });
    error.specloom = { type: 'timeout', message, status: null, retryable: false, retry_after: null };
    return going(error, work);
}
function resumedBy(plan, { operation, resumes }) {
    const { job } = plan.service.operations[resumes || operation];
    const all = Object.values(plan.steps).flatMap((steps) => Object.values(steps));
    const found = all.find((step) => !!step.resumes && !!job && step.operation === job.poll.operation);
    return (found && found.name) || '';
}
function going(error, work) {
    error.work = work;
    return error;
}
async function throughGateway(context, session, step, inputs, wait, patience, item) {
    const { plan, gatewayUrl, gatewayKey } = session;
    const op = plan.service.operations[step.operation];
    const how = wait ? { wait: GATEWAY_WAIT } : { respondAsync: true };
    let request = (0, core_1.gatewayRequest)(plan.service, op, inputs, { url: gatewayUrl, key: gatewayKey, ...how });
    const end = Date.now() + patience.timeout * 1000;
    let id = null;
    for (let failures = 0;;) {
        const reply = await (0, transport_1.send)(session, request);
        const seen = (0, transport_1.exchange)(request, reply);
        const { body } = seen;
        const job = jobUrl(reply.headers.location, gatewayUrl) || (request.method === 'GET' ? request.url : '');
        if ((0, core_1.isResult)(body)) {
            if (!wait || (0, core_1.isFinal)(body.status))
                return body;
            id = body.id || body.job_id || id;
            failures = 0;
        }
        else {
            const found = (0, core_1.failure)(plan.service, op, seen);
            if (!job || !found.retryable || ++failures > MOST_FAILURES)
                throw going((0, errors_1.apiError)(context.getNode(), plan, step, found, item), { id, job_url: job });
        }
        if (!job || Date.now() >= end)
            throw stillRunning(context, plan, step, patience, item, { id, job_url: job || request.url });
        request = (0, core_1.jobRequest)(job, { key: gatewayKey, wait: GATEWAY_WAIT });
        await (0, batch_1.rest)(context, patience.interval, patience.ended);
        if (patience.ended())
            throw given(context, item, { id, job_url: job });
    }
}
function jobUrl(location, gatewayUrl) {
    if (typeof location !== 'string' || !location)
        return '';
    const url = location.startsWith('/') ? gatewayUrl + location : (0, core_1.absolute)(location, gatewayUrl);
    return (0, core_1.sameOrigin)(url, gatewayUrl) ? url : '';
}
