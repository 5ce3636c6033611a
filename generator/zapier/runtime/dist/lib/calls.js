"use strict";
/** One operation of the service: called, judged, and its result made ready for Zapier. */
Object.defineProperty(exports, "__esModule", { value: true });
exports.now = now;
exports.sleep = sleep;
exports.operation = operation;
exports.call = call;
exports.resultOf = resultOf;
exports.follow = follow;
exports.pollInputs = pollInputs;
exports.elements = elements;
exports.given = given;
exports.element = element;
exports.told = told;
exports.isId = isId;
const core_1 = require("../core/core");
const json_1 = require("../core/json");
const errors_1 = require("./errors");
const files_1 = require("./files");
const http_1 = require("./http");
function now() {
    return Math.floor(Date.now() / 1000);
}
function sleep(seconds) {
    return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
function operation(run, id) {
    return run.app.service.operations[id];
}
/** The exchange with the service; what never reached it is thrown. */
async function call(run, op, inputs, options = {}) {
    var _a;
    const request = (0, core_1.buildRequest)(run.app.service, op, inputs, run.connection.baseUrl, ((_a = run.bundle.meta) === null || _a === void 0 ? void 0 : _a.timezone) || 'UTC');
    if (options.body !== undefined)
        Object.assign(request, { bodyType: 'json', body: options.body, document: options.body });
    const reply = await (0, http_1.send)(run, request, { origins: [run.connection.baseUrl], op, stays: options.testing, ...options });
    if (reply.problem)
        throw (0, errors_1.errorOf)(run, reply.problem, { writing: (0, core_1.writes)(op), testing: options.testing });
    return Object.assign((0, core_1.exchangeOf)(request, reply), { response: reply.response });
}
/** The normalized result of an exchange, with its files; a failure is thrown. */
function resultOf(run, op, exchange, options = {}) {
    const result = (0, core_1.normalize)(run.app.service, op, exchange, { baseUrl: run.connection.baseUrl, now: now(), ...options });
    if (result.error)
        throw (0, errors_1.errorOf)(run, result.error, { writing: (0, core_1.writes)(op) });
    return (0, files_1.withFiles)(run, result, op, exchange);
}
/** Asks for a job's state until it is final or the step's time is over; returns the last result. */
async function follow(run, op, inputs, { id, first, waitFirst = true }) {
    const job = op.job;
    const poll = operation(run, job.poll.operation);
    let last = first;
    let pause = waitFirst ? job.interval : 0;
    while (Date.now() + pause * 1000 < run.patience) {
        await sleep(pause);
        const exchange = await call(run, poll, inputs);
        const failed = (0, core_1.ok)(exchange) ? undefined : (0, core_1.failure)(run.app.service, poll, exchange, { now: now() });
        // A job is not lost because one question about it was refused for a passing reason.
        if (failed && !(failed.retryable && last))
            throw (0, errors_1.errorOf)(run, failed);
        if (!failed)
            last = resultOf(run, op, exchange, { id: id || undefined });
        if (!failed && last && (0, core_1.isFinal)(last.status))
            return last;
        pause = Math.max(job.interval, (failed && failed.retry_after) || 0);
    }
    return last;
}
/** The inputs of a job's poll, out of the reply that started it. */
function pollInputs(op, exchange) {
    return (0, core_1.linkInputs)(op.job.poll, exchange);
}
/** The elements of a list as they came. */
function elements(op, exchange) {
    return (0, core_1.pageItems)(op, exchange).filter((one) => one !== null && one !== undefined);
}
/** What the step hands to the next one: the file beside what was made, the reply after all. */
function given(op, result) {
    const output = (0, core_1.stepOutput)(op, result);
    if (!result.file || !result.items.length)
        return output;
    const { raw, ...rest } = output;
    return raw === undefined ? { ...rest, file: result.file } : { ...rest, file: result.file, raw };
}
/** One element of a list, or one event, with its file. */
function element(run, one, media) {
    const { service } = run.app;
    const { baseUrl } = run.connection;
    const given = (0, core_1.elementOutput)(service, media, one, baseUrl);
    if ((0, core_1.isResult)(one) && holdsItems(one))
        return (0, files_1.withFiles)(run, given);
    const shown = (0, core_1.elementMedia)(service, media, one, baseUrl);
    const { file } = shown ? (0, files_1.withFiles)(run, { items: shown.items, file: undefined }, shown.op, shown.exchange) : { file: undefined };
    return file && !('file' in given) ? { ...given, file } : given;
}
/** The same with the `id` by which Zapier tells what is new. */
function told(run, one, { dedupe = 'id' }, media) {
    const given = element(run, one, media);
    if (!(0, json_1.isObject)(one))
        return { id: String(one), ...given };
    const found = (0, json_1.lookup)(one, (0, json_1.tokens)(dedupe));
    const id = isId(found) ? found : run.z.hash('sha256', JSON.stringify(one));
    return isId(one.id) && one.id !== id ? { ...given, id, id_original: one.id } : { ...given, id };
}
/** Events of a gateway carry the normalized result itself. */
function holdsItems({ items }) {
    return Array.isArray(items) && items.every(json_1.isObject);
}
/** Whether Zapier can tell elements apart by it. */
function isId(value) {
    return ['string', 'number'].includes(typeof value) && value !== '';
}
