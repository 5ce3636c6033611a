"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.finish = finish;
exports.throughGateway = throughGateway;
const n8n_workflow_1 = require("n8n-workflow");
const core_1 = require("../core/core");
const errors_1 = require("./errors");
const transport_1 = require("./transport");
const MOST_FAILURES = 5;
const LONGEST_PAUSE = 60;
const GATEWAY_WAIT = 25;
async function finish(context, session, step, accepted, patience, item) {
    const { service } = session.plan;
    const op = service.operations[step.operation];
    const job = op.job;
    const request = (0, core_1.buildRequest)(service, service.operations[job.poll.operation], (0, core_1.linkInputs)(job.poll, accepted), session.baseUrl);
    const work = { id: (0, core_1.normalize)(service, op, accepted).id, job_url: request.url };
    const end = Date.now() + patience.timeout * 1000;
    for (let failures = 0, pause = Math.min(1, patience.interval);; pause = patience.interval) {
        await rest(context, Math.min(pause, Math.max(0, (end - Date.now()) / 1000)));
        const seen = await look(session, op, request);
        if (seen.exchange) {
            failures = 0;
            if ((0, core_1.isFinal)((0, core_1.jobState)(job, seen.exchange)))
                return seen.exchange;
        }
        else {
            const failed = seen.failure;
            if (!failed.retryable || ++failures > MOST_FAILURES)
                throw going((0, errors_1.apiError)(context.getNode(), session.plan, step, failed, item), work);
            await rest(context, Math.min(failed.retry_after || failures * patience.interval, LONGEST_PAUSE));
        }
        if (Date.now() >= end)
            throw stillRunning(context, patience, item, work);
    }
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
function stillRunning(context, patience, item, work) {
    const message = `The work is still going on after ${patience.timeout} seconds`;
    const error = new n8n_workflow_1.NodeOperationError(context.getNode(), message, {
        itemIndex: item,
        description: `Raise Timeout in the node's options, or turn off Wait for Completion and read the result later. It will be at ${work.job_url}.`,
    });
    error.specloom = { type: 'timeout', message, status: null, retryable: false, retry_after: null };
    return going(error, work);
}
function going(error, work) {
    error.work = work;
    return error;
}
async function rest(context, seconds) {
    const signal = context.getExecutionCancelSignal();
    for (let left = seconds * 1000; left > 0; left -= 1000) {
        if (signal && signal.aborted)
            throw new n8n_workflow_1.NodeOperationError(context.getNode(), 'The execution was stopped');
        await (0, n8n_workflow_1.sleep)(Math.min(left, 1000));
    }
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
            throw stillRunning(context, patience, item, { id, job_url: job || request.url });
        request = (0, core_1.jobRequest)(job, { key: gatewayKey, wait: GATEWAY_WAIT });
        await rest(context, patience.interval);
    }
}
function jobUrl(location, gatewayUrl) {
    if (typeof location !== 'string' || !location)
        return '';
    const url = location.startsWith('/') ? gatewayUrl + location : (0, core_1.absolute)(location, gatewayUrl);
    return (0, core_1.sameOrigin)(url, gatewayUrl) ? url : '';
}
