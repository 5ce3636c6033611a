"use strict";
/** Triggers: watched lists, hooks the service calls, and the hidden ones behind dropdowns. */
Object.defineProperty(exports, "__esModule", { value: true });
exports.pages = pages;
exports.runs = runs;
const core_1 = require("../core/core");
const json_1 = require("../core/json");
const calls_1 = require("./calls");
const errors_1 = require("./errors");
const form_1 = require("./form");
const http_1 = require("./http");
/** The elements of as many pages as Zapier looks at. */
async function pages(run, op, inputs, { pages: most, items: enough }) {
    const found = [];
    const places = { documented: run.app.service.baseUrl, baseUrl: run.connection.baseUrl };
    let state = (0, core_1.firstPage)(op, inputs);
    for (let page = 0; state && page < most && found.length < enough; page += 1) {
        const exchange = state.url ? await followed(run, op, state.url) : await (0, calls_1.call)(run, op, state.inputs);
        // A failure half way would hide the elements that came before it.
        if (!(0, core_1.ok)(exchange)) {
            if (found.length)
                break;
            (0, calls_1.resultOf)(run, op, exchange);
        }
        found.push(...(0, calls_1.elements)(op, exchange));
        state = (0, core_1.nextPage)(op, exchange, state, places);
    }
    return found;
}
async function followed(run, op, url) {
    const { accept = 'application/json', security, server } = op;
    const request = { ...(0, core_1.readRequest)(url, { accept }), security, server };
    const reply = await (0, http_1.send)(run, request, { origins: [run.connection.baseUrl] });
    if (reply.problem)
        throw (0, errors_1.errorOf)(run, reply.problem);
    return (0, core_1.exchangeOf)(request, reply);
}
function poll(inputsOf) {
    return async (run) => {
        const { step } = run;
        const op = (0, calls_1.operation)(run, step.operation);
        const found = await pages(run, op, await inputsOf(run, step), run.app.limits);
        const { when, order } = step.list;
        const wanted = found.filter((one) => (0, core_1.meets)(one, when));
        if (order)
            wanted.sort((a, b) => moment(b[order]) - moment(a[order]));
        return unique(wanted.map((one) => { var _a; return (0, calls_1.told)(run, one, step.list, (_a = op.gives) === null || _a === void 0 ? void 0 : _a.media); }));
    };
}
function moment(value) {
    return typeof value === 'number' ? value : Date.parse(String(value)) || 0;
}
/** A list that moved on between two pages holds an element twice, which Zapier takes for an error. */
function unique(list) {
    return [...new Map(list.map((one) => [String(one.id), one])).values()];
}
/** Behind a dropdown: value and label of each element, with the form's answers as far as the list asks for them. */
async function options(run) {
    const { step } = run;
    const op = (0, calls_1.operation)(run, step.operation);
    const inputs = { ...(0, form_1.readForm)(step.inputs, run.bundle.inputData || {}), ...step.fixed };
    const found = await optionItems(run, op, inputs, step);
    const shown = found.map((one) => {
        var _a;
        const [value, label] = [step.value, step.label].map((rule) => (0, core_1.evaluate)(rule, { status: 200 }, one));
        const names = [label, (0, json_1.isObject)(one) && (one.name || one.title || one.prompt), value];
        return { id: value, name: String((_a = names.find(calls_1.isId)) !== null && _a !== void 0 ? _a : '') };
    });
    return unique(shown.filter(({ id }) => (0, calls_1.isId)(id)).map((one) => ({ ...one, id: String(one.id) })));
}
async function optionItems(run, op, inputs, step) {
    if (!step.items)
        return pages(run, op, inputs, run.app.limits);
    const exchange = await (0, calls_1.call)(run, op, inputs);
    if (!(0, core_1.ok)(exchange))
        (0, calls_1.resultOf)(run, op, exchange);
    const found = (0, core_1.evaluate)(step.items, exchange);
    return Array.isArray(found) ? found : [];
}
/** Zapier keeps what is returned, and hands it in again when the Zap is turned off. */
function subscribe(inputsOf) {
    return async (run) => {
        const { step } = run;
        const op = (0, calls_1.operation)(run, step.operation);
        const inputs = { ...(await inputsOf(run, step)), [step.urlField]: run.bundle.targetUrl };
        const exchange = await (0, calls_1.call)(run, op, inputs);
        const { id } = (0, calls_1.resultOf)(run, op, exchange);
        return { id, unsubscribe: step.unsubscribe ? (0, core_1.linkInputs)(step.unsubscribe, exchange) : {} };
    };
}
async function unsubscribe(run) {
    const op = (0, calls_1.operation)(run, run.step.unsubscribe.operation);
    const { unsubscribe: inputs } = run.bundle.subscribeData || {};
    const exchange = await (0, calls_1.call)(run, op, (0, json_1.isObject)(inputs) ? inputs : {});
    // What is gone already needs no more unsubscribing.
    if (exchange.status !== 404 && exchange.status !== 410)
        (0, calls_1.resultOf)(run, op, exchange);
    return {};
}
/** A call of the service to the Zap's URL: one event, or several. */
async function hook(run) {
    const payload = run.bundle.cleanedRequest;
    const { list = {}, media } = run.step;
    const events = Array.isArray(payload) ? payload : [payload];
    return events.filter((one) => (0, json_1.isObject)(one) && (0, core_1.meets)(one, list.when)).map((one) => (0, calls_1.told)(run, one, list, media));
}
/** The first is the definition's. */
async function samples({ app, binding, step }) {
    const [kind, key] = binding.path;
    const { operation } = app.definition[kind][key];
    return [operation.sample, ...(step.samples || [])];
}
function runs(inputsOf) {
    return { poll: poll(inputsOf), options, subscribe: subscribe(inputsOf), unsubscribe, hook, samples };
}
