"use strict";
/** Slow steps by way of the connection's gateway, which waits for the service and answers with the result. */
Object.defineProperty(exports, "__esModule", { value: true });
exports.runThrough = runThrough;
exports.jobOf = jobOf;
const core_1 = require("../core/core");
const json_1 = require("../core/json");
const calls_1 = require("./calls");
const errors_1 = require("./errors");
const files_1 = require("./files");
const http_1 = require("./http");
/** Seconds a started job may take to be acknowledged. */
const START = 20;
/** Seconds between two looks at a job. */
const INTERVAL = 3;
/** Starts the operation; with `callback` the gateway posts there once it is done, otherwise it is waited for. */
async function runThrough(run, op, inputs, { callback, wait }) {
    const seconds = !callback && wait ? Math.max(1, Math.floor((run.patience - Date.now()) / 1000)) : undefined;
    const options = {
        ...run.connection.gateway,
        respondAsync: !!callback || !wait,
        callback,
        wait: seconds,
    };
    const request = (0, core_1.gatewayRequest)(run.app.service, op, inputs, options);
    return resultOf(run, op, request, await ask(run, request, (0, core_1.writes)(op), callback ? START : undefined));
}
/**
 * The state of a job the gateway runs; with `wait` asked again until it is final or the step's time is over. Undefined
 * where the gateway knows no such job.
 */
async function jobOf(run, op, jobId, wait = true) {
    const { url, key } = run.connection.gateway;
    const request = (0, core_1.jobRequest)(`${url}/jobs/${encodeURIComponent(jobId)}`, { key });
    for (;;) {
        const reply = await ask(run, request, false);
        if (reply.status === 404 && !wait)
            return undefined;
        const result = resultOf(run, op, request, reply);
        if (!wait || (0, core_1.isFinal)(result.status) || Date.now() + INTERVAL * 1000 > run.patience)
            return result;
        await (0, calls_1.sleep)(INTERVAL);
    }
}
async function ask(run, request, writing, seconds) {
    const { url } = run.connection.gateway;
    const reply = await (0, http_1.send)(run, request, { origins: [url], seconds });
    if (reply.problem) {
        throw (0, errors_1.errorOf)(run, { ...reply.problem, message: `The gateway at ${url}: ${reply.problem.message}` }, { writing });
    }
    return reply;
}
/** The body is the result; failures carry `error`, those of the gateway itself too. */
function resultOf(run, op, request, reply) {
    const { body, status } = reply;
    if ((0, json_1.isObject)(body) && (0, json_1.isObject)(body.error) && body.error.type) {
        throw (0, errors_1.errorOf)(run, body.error, { writing: (0, core_1.writes)(op) });
    }
    if (status >= 300 || !(0, json_1.isObject)(body) || typeof body.status !== 'string') {
        const failed = (0, core_1.failure)(run.app.service, { ...op, job: undefined }, (0, core_1.exchangeOf)(request, reply));
        throw (0, errors_1.errorOf)(run, { ...failed, message: `The gateway answered: ${failed.message}` });
    }
    return (0, files_1.withFiles)(run, body, op, { status: 200, headers: {}, body: body.raw });
}
