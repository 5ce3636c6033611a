"use strict";
/**
 * What the functions of the app do. The app itself is data (app.json): its definition for Zapier, the functions' places
 * in it by key, the forms of its steps and what the service's calls look like.
 */
Object.defineProperty(exports, "__esModule", { value: true });
exports.createApp = createApp;
const core_1 = require("./core/core");
const json_1 = require("./core/json");
const authentication_1 = require("./lib/authentication");
const calls_1 = require("./lib/calls");
const connection_1 = require("./lib/connection");
const files_1 = require("./lib/files");
const form_1 = require("./lib/form");
const gateway_1 = require("./lib/gateway");
const stored_1 = require("./lib/stored");
const triggers_1 = require("./lib/triggers");
const INVALID = 'InvalidInput';
/** The inputs of a step by the operation's own names. Its own questions are answered on the way. */
async function inputsOf(run, step) {
    const data = run.bundle.inputData || {};
    const { confirm, body, query } = step.own;
    if (confirm && String((0, json_1.own)(data, confirm)) !== 'true') {
        throw new form_1.FormError(`${step.name} was not run: set "Confirm" to True if you want it, it cannot be undone.`);
    }
    const inputs = (0, form_1.readForm)(step.inputs, data);
    await (0, files_1.loadFiles)(run, step.inputs, inputs);
    if (body && !(0, form_1.blank)((0, json_1.own)(data, body)))
        inputs.additionalBody = (0, form_1.json)({ label: 'Additional Body' }, (0, json_1.own)(data, body));
    if (query && !(0, form_1.blank)((0, json_1.own)(data, query)))
        inputs.additionalQuery = (0, form_1.json)({ label: 'Additional Query' }, (0, json_1.own)(data, query));
    return { ...inputs, ...step.fixed };
}
async function create(run) {
    const { step } = run;
    const op = (0, calls_1.operation)(run, step.operation);
    const inputs = await inputsOf(run, step);
    const waits = step.own.wait ? String((0, json_1.own)(run.bundle.inputData, step.own.wait)) !== 'false' : true;
    // While a Zap is being built its editor shows what the step returns, and waits for no callback.
    const called = waits && !(run.bundle.meta && run.bundle.meta.isLoadingSample);
    if (op.job && op.job.callbackField)
        return startJob(run, op, inputs, waits, called ? op.job.callbackField : undefined);
    if (step.slow && run.connection.gateway) {
        const callback = called ? run.z.generateCallbackUrl() : undefined;
        return (0, calls_1.given)(op, await (0, gateway_1.runThrough)(run, op, inputs, { callback, wait: waits }));
    }
    if (op.job)
        return startJob(run, op, inputs, waits);
    const exchange = await (0, calls_1.call)(run, op, inputs);
    return exchange.response ? bytes(run, op, inputs, exchange) : (0, calls_1.given)(op, (0, calls_1.resultOf)(run, op, exchange));
}
/** Starts the work, then either leaves the rest to `resume`, with a `callbackField`, or asks until the time is over. */
async function startJob(run, op, inputs, waits, callbackField) {
    const sent = callbackField ? { ...inputs, [callbackField]: run.z.generateCallbackUrl() } : inputs;
    const exchange = await (0, calls_1.call)(run, op, sent);
    const started = (0, calls_1.resultOf)(run, op, exchange);
    const poll = (0, calls_1.pollInputs)(op, exchange);
    if (callbackField)
        return { ...(0, calls_1.given)(op, started), resume: poll };
    if (!waits || (0, core_1.isFinal)(started.status))
        return (0, calls_1.given)(op, started);
    return followed(run, op, poll, { id: started.id, first: started });
}
/** Zapier calls this once the callback URL was called. Its payload is not trusted: the result is read anew. */
async function resume(run) {
    const op = (0, calls_1.operation)(run, run.step.operation);
    const { job_id: jobId, id, resume: poll } = run.bundle.outputData || {};
    if (jobId && run.connection.gateway)
        return (0, calls_1.given)(op, (await (0, gateway_1.jobOf)(run, op, String(jobId))));
    if (!poll)
        throw new form_1.FormError('The reply that started this step is missing, so its result cannot be read.');
    return followed(run, op, poll, { id: id, waitFirst: false });
}
async function followed(run, op, inputs, started) {
    const result = await (0, calls_1.follow)(run, op, inputs, started);
    return result && (0, calls_1.given)(op, result);
}
/** A reply that is a file: stored for later steps where the step may do that, else a pointer to it. */
async function bytes(run, op, inputs, exchange, lazily = false) {
    const { headers = {} } = exchange;
    const response = exchange.response;
    const result = (0, core_1.normalize)(run.app.service, op, { ...exchange, body: undefined }, {});
    const name = (0, files_1.nameOf)(headers, response, result.items[0] && result.items[0].file_name);
    const type = headers['content-type'];
    if (lazily)
        response.body.destroy();
    const file = lazily
        ? (0, files_1.dehydrated)(run, { operation: op.id, inputs, name, type })
        : await run.z.stashFile(response, undefined, name, type);
    return { ...(0, core_1.fileOutput)(result, name, type, file), file };
}
/** Whether the pages of a list are turned: a person who names one, or its size, wants that one. */
function turnsPages({ pagination }, inputs) {
    const names = pagination ? [pagination.parameter, pagination.sizeParameter] : [];
    return !!pagination && !names.some((name) => name && (0, json_1.own)(inputs, name) !== undefined);
}
async function search(run) {
    var _a, _b;
    const { step } = run;
    const op = (0, calls_1.operation)(run, step.operation);
    const inputs = await inputsOf(run, step);
    try {
        if (((_a = op.gives) === null || _a === void 0 ? void 0 : _a.kind) === 'list' && turnsPages(op, inputs)) {
            const found = await (0, triggers_1.pages)(run, op, { ...inputs, ...step.page }, run.app.limits);
            return found.map((one) => { var _a; return (0, calls_1.element)(run, one, (_a = op.gives) === null || _a === void 0 ? void 0 : _a.media); });
        }
        const exchange = await (0, calls_1.call)(run, op, inputs);
        if (exchange.response)
            return [await bytes(run, op, inputs, exchange, true)];
        if (exchange.status === 404)
            return [];
        if (((_b = op.gives) === null || _b === void 0 ? void 0 : _b.kind) !== 'list' || !(0, core_1.ok)(exchange))
            return [(0, calls_1.given)(op, (0, calls_1.resultOf)(run, op, exchange))];
        return (0, calls_1.elements)(op, exchange).map((one) => { var _a; return (0, calls_1.element)(run, one, (_a = op.gives) === null || _a === void 0 ? void 0 : _a.media); });
    }
    catch (error) {
        // Nothing found is no failure of a search.
        if (error.name === 'AppError' && JSON.parse(error.message).status === 404)
            return [];
        throw error;
    }
}
/** What a step started that had to go on without its result: the gateway knows it by its job, the service by its id. */
async function result(run) {
    const { id: named, step: asked } = run.bundle.inputData;
    const [id, step] = [String(named), asked ? String(asked) : ''];
    const op = (0, calls_1.operation)(run, (0, json_1.own)(run.app.service.operations, step) ? step : run.step.operation);
    const found = run.connection.gateway ? await (0, gateway_1.jobOf)(run, op, id, false) : undefined;
    if (found)
        return [(0, calls_1.given)(op, found)];
    if (!op.job) {
        if (run.connection.gateway)
            return [];
        throw new form_1.FormError('Only a connection with a gateway keeps the results of this action.');
    }
    const inputs = Object.fromEntries(Object.keys(op.job.poll.parameters || {}).map((name) => [name, named]));
    const exchange = await (0, calls_1.call)(run, (0, calls_1.operation)(run, op.job.poll.operation), inputs);
    return exchange.status === 404 ? [] : [(0, calls_1.given)(op, (0, calls_1.resultOf)(run, op, exchange, { id }))];
}
async function fields({ app, binding, bundle, step }) {
    const group = (step.dynamic || [])[binding.index || 0] || [];
    return (0, form_1.dynamicFields)(group, bundle.inputData || {}).map((name) => app.fields[name]);
}
const RUNS = {
    create,
    resume,
    search,
    result,
    media: files_1.media,
    fields,
    ...authentication_1.runs,
    ...(0, triggers_1.runs)(inputsOf),
};
/** One function of the app, of the two arguments Zapier calls it with. */
function bound(app, binding) {
    return async (z, bundle) => {
        const began = Date.now();
        const run = {
            app,
            binding,
            bundle,
            connection: (0, connection_1.connectionOf)(app, bundle.authData),
            deadline: began + app.limits.step * 1000,
            patience: began + app.limits.wait * 1000,
            step: app.steps[binding.step || ''],
            z,
        };
        try {
            return await RUNS[binding.run](run);
        }
        catch (error) {
            if (error instanceof form_1.FormError)
                throw new z.errors.Error(error.message, INVALID, 400);
            if (error instanceof core_1.InputError)
                throw new z.errors.Error(inputMessage(run, error), INVALID, 400);
            throw error;
        }
    };
}
/** The core speaks of inputs by the document's names, people see labels. */
function inputMessage(run, { field, message }) {
    if (field === 'baseUrl')
        return `${message}: look at the address in the connection.`;
    const entry = run.step && run.step.inputs.find(({ path }) => path.length === 1 && path[0] === field);
    return entry ? message.replace(field, entry.label) : message;
}
/**
 * The app as zapier-platform-core wants it. Only the listed places become functions: what looks like one elsewhere is a
 * text of the document.
 */
function createApp(data) {
    const app = { ...data, ...(0, stored_1.unfolded)(data), service: (0, core_1.unfold)(data.service) };
    for (const binding of data.bindings) {
        const last = binding.path[binding.path.length - 1];
        const owner = binding.path.slice(0, -1).reduce((inner, key) => inner[key], app.definition);
        owner[last] = bound(app, binding);
    }
    return app.definition;
}
