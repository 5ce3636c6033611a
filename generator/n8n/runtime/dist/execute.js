"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.execute = execute;
const n8n_workflow_1 = require("n8n-workflow");
const core_1 = require("../core/core");
const inputs_1 = require("../core/inputs");
const json_1 = require("../core/json");
const batch_1 = require("./batch");
const errors_1 = require("./errors");
const form_1 = require("./form");
const lists_1 = require("./lists");
const media_1 = require("./media");
const output_1 = require("./output");
const transport_1 = require("./transport");
const plan_1 = require("./plan");
const work_1 = require("./work");
const SLOW = 30;
const TIMEOUT = 300;
const JOBS_AT_ONCE = 10;
const CALLS_AT_ONCE = 5;
const MOST_REFUSALS = 5;
async function execute(context, versions) {
    const plan = (0, plan_1.planOf)(versions, context.getNode());
    const batch = new batch_1.Batch(context, context.getInputData().length);
    const results = await batch.sideBySide(atOnce(context, plan), async (item) => await oneItem(context, plan, batch, item));
    const { halted } = batch;
    if (halted && !(0, batch_1.continues)(context)) {
        halted.description = `${halted.description || ''}${batch.told()}`.trim();
        throw halted;
    }
    return [results.flatMap((found, item) => found || [notStarted(context, halted, item)])];
}
function atOnce(context, plan) {
    if (!context.getInputData().length)
        return 1;
    const { itemsAtOnce } = context.getNodeParameter('options', 0, {});
    const resource = plan.steps[String(context.getNodeParameter('resource', 0))] || {};
    const step = resource[String(context.getNodeParameter('operation', 0))];
    const waits = !!step && (!!plan.service.operations[step.operation].job || !!step.resumes);
    return Math.max(1, Math.floor(Number(itemsAtOnce)) || (waits ? JOBS_AT_ONCE : CALLS_AT_ONCE));
}
async function oneItem(context, plan, batch, item) {
    let step;
    try {
        step = stepOf(context, plan, item);
        const found = await carryOut(await prepare(context, plan, step, batch, item));
        return found && found.map((one) => ({ ...one, pairedItem: { item } }));
    }
    catch (error) {
        const failed = (0, errors_1.asNodeError)(context.getNode(), plan, step, error, item);
        if (failed.work)
            batch.began(item, failed.work);
        batch.failed(failed);
        return [{ json: (0, errors_1.failedJson)(context.getNode(), failed), pairedItem: { item } }];
    }
}
function notStarted(context, { message, specloom }, item) {
    const failed = new n8n_workflow_1.NodeOperationError(context.getNode(), `Not started: ${message}`, { itemIndex: item });
    if (specloom)
        failed.specloom = { ...specloom, message: failed.message };
    return { json: (0, errors_1.failedJson)(context.getNode(), failed), pairedItem: { item } };
}
function stepOf(context, plan, item) {
    const resource = String(context.getNodeParameter('resource', item));
    const operation = String(context.getNodeParameter('operation', item));
    const step = plan.steps[resource] && plan.steps[resource][operation];
    if (!step)
        throw new n8n_workflow_1.NodeOperationError(context.getNode(), `There is no operation ${operation} of ${resource}`, { itemIndex: item });
    if (plan.service.operations[step.operation].sensitive)
        confirmed(context, item);
    return step;
}
function confirmed(context, item) {
    const node = context.getNode();
    if ((0, batch_1.isTool)(context)) {
        throw new n8n_workflow_1.NodeOperationError(node, 'This operation cannot be used as a tool', { itemIndex: item });
    }
    if (context.getNodeParameter('confirm', item, false) !== true) {
        const description = 'It makes, replaces or removes a secret or data. Turn on Confirm in the node to run it.';
        throw new n8n_workflow_1.NodeOperationError(node, 'This operation has not been confirmed', { itemIndex: item, description });
    }
}
async function prepare(context, plan, step, batch, item) {
    const op = plan.service.operations[step.operation];
    const { job } = plan.service.operations[step.resumes || step.operation];
    const options = context.getNodeParameter('options', item, {});
    const seconds = Number(options.timeout) || (job ? job.timeout : Math.max(TIMEOUT, 4 * (op.duration || 0)));
    const interval = Number(options.interval) || (job ? job.interval : 2);
    const patience = { interval, timeout: seconds, ended: () => batch.ended };
    const choice = context.getNodeParameter('authentication', item, '');
    const session = await (0, transport_1.connect)(context, plan, (job ? TIMEOUT : seconds) * 1000, item, choice, op);
    const ask = (name) => context.getNodeParameter(name, item, null);
    const inputs = await (0, form_1.readForm)(step.form, ask, (0, media_1.fileReader)(context, session, item));
    for (const name of ['additionalBody', 'additionalQuery'])
        if (options[name] !== undefined)
            inputs[name] = options[name];
    if (options.additionalBody === undefined)
        complete(op, inputs);
    return {
        context, session, step, op, inputs, item, patience, batch,
        wait: context.getNodeParameter('waitForCompletion', item, true),
        output: outputOf(context, item),
        perResult: options.onePerResult === true,
        gateway: String(options.gateway || 'slow'),
    };
}
function complete(op, inputs) {
    const fields = op.fields || [];
    for (const field of fields) {
        const number = (field.type === 'integer' || field.type === 'number') && !field.repeated;
        if (!number || !field.required || field.default !== undefined || (0, json_1.own)(inputs, field.name) !== undefined)
            continue;
        if ((0, inputs_1.applies)(field, fields, inputs))
            throw new core_1.InputError(`${field.name} is missing`, field.name);
    }
}
function outputOf(context, item) {
    const mode = context.getNodeParameter('output', item, 'simple');
    const fields = mode === 'fields' ? context.getNodeParameter('fields', item, []) : [];
    return { mode, fields: typeof fields === 'string' ? fields.split(',').map((name) => name.trim()) : fields };
}
async function carryOut(run) {
    const { op, session, batch } = run;
    if (!(await batch.turn(session.plan.service)))
        return undefined;
    if (op.gives && op.gives.kind === 'list')
        return await list(run);
    if (usesGateway(run)) {
        const { context, step, inputs, wait, patience, item } = run;
        const result = await (0, work_1.throughGateway)(context, session, step, inputs, wait, patience, item);
        batch.began(item, { id: result.id || result.job_id });
        return await finished(run, result, undefined);
    }
    const request = (0, core_1.buildRequest)(session.plan.service, op, run.inputs, session.baseUrl, run.context.getTimezone());
    const reply = await sendInTurn(run, request);
    if (!reply)
        return undefined;
    const binary = (0, core_1.isFileReply)(op, reply.status, (0, transport_1.typeOf)(reply));
    const first = binary ? (0, media_1.about)(request, reply) : (0, transport_1.exchange)(request, reply);
    if (!(0, core_1.ok)(first))
        throw refused(run, first);
    if (isWebPage(op, first))
        throw noResult(run, `${session.plan.service.title} answered with a web page. Is the Base URL right?`);
    if (binary)
        return await fileItem(run, reply, first);
    return await awaited(run, request, first);
}
async function sendInTurn(run, request) {
    const { op, session, batch } = run;
    const { service } = session.plan;
    for (let refusals = 1;; refusals++) {
        const reply = await (0, transport_1.send)(session, request);
        const seen = (0, media_1.about)(request, reply);
        batch.heard(service, op, seen);
        if (reply.status !== 429 || batch.count < 2 || refusals > MOST_REFUSALS)
            return reply;
        if (!batch.pause((0, core_1.failure)(service, op, seen, resultOptions(run)).retry_after))
            return reply;
        if (!(await batch.turn(service)))
            return undefined;
    }
}
async function fileItem(run, reply, first) {
    const result = (0, core_1.normalize)(run.session.plan.service, run.op, first, resultOptions(run));
    const name = result.items[0] && result.items[0].file_name;
    const held = await (0, media_1.binaryReply)(run.context, reply, property(run), name);
    const { fileName, mimeType } = held[property(run)];
    const json = (0, core_1.fileOutput)(result, String(fileName), mimeType);
    return [{ json: json, binary: held }];
}
async function awaited(run, request, first) {
    const { op, session, step, batch, item, context, patience } = run;
    const { service } = session.plan;
    const begun = { id: (0, core_1.normalize)(service, op, first).id, job_url: op.job ? undefined : request.url };
    if ((0, core_1.writes)(op))
        batch.began(item, begun);
    const starter = step.resumes && run.wait ? service.operations[step.resumes] : op;
    if (!starter.job || !run.wait)
        return await finished(run, (0, core_1.normalize)(service, op, first, resultOptions(run)), first);
    const task = step.resumes ? { job: starter.job, request, id: begun.id, seen: first } : (0, work_1.taskOf)(session, op, first);
    const last = await (0, work_1.finish)(context, session, step, task, patience, item);
    return await finished({ ...run, op: starter }, (0, core_1.normalize)(service, starter, last, resultOptions(run)), last);
}
function usesGateway(run) {
    const { op, session, gateway } = run;
    if (!session.gatewayUrl || gateway === 'never' || op.output.binary)
        return false;
    if (op.mediaType && !/json|urlencoded/i.test(op.mediaType))
        return false;
    return gateway === 'always' || !!op.job || (op.duration || 0) >= SLOW;
}
function resultOptions(run) {
    return { baseUrl: run.session.baseUrl, now: Date.now() / 1000 };
}
function refused(run, last) {
    const { session, op, step, item, context } = run;
    return (0, errors_1.apiError)(context.getNode(), session.plan, step, (0, core_1.failure)(session.plan.service, op, last, resultOptions(run)), item);
}
function isWebPage(op, last) {
    const type = String((last.headers || {})['content-type'] || '');
    return typeof last.body === 'string' && /html/i.test(type) && !/html/i.test(op.accept || '');
}
function noResult(run, message) {
    const failed = { type: 'provider_error', message, status: null, retryable: true, retry_after: null };
    return (0, errors_1.apiError)(run.context.getNode(), run.session.plan, run.step, failed, run.item);
}
async function finished(run, result, last) {
    const { context, session, step, item, op } = run;
    if (!result.success) {
        const failed = result.error || { type: 'provider_error', message: 'The work failed', status: null, retryable: false, retry_after: null };
        throw (0, errors_1.apiError)(context.getNode(), session.plan, step, failed, item);
    }
    if (result.status === 'succeeded' && !(result.items || []).length && result.type !== 'none' && !(0, json_1.isPlain)(result.raw) && !Array.isArray(result.raw)) {
        throw noResult(run, 'The reply holds no result');
    }
    const split = run.perResult && run.output.mode !== 'raw' && result.items && result.items.length > 1;
    const given = split ? result.items.flatMap((one) => (0, output_1.items)(op, { ...result, items: [one] }, run.output)) : (0, output_1.items)(op, result, run.output);
    if (result.status === 'succeeded' && context.getNodeParameter('downloadResult', item, false) === true && given.length) {
        const seen = last || { status: 200, body: result.raw };
        const files = await (0, media_1.download)(context, session, step, op, result, seen, item);
        if (!split)
            given[0].binary = (0, media_1.merged)(files, property(run));
        else
            for (const [index, file] of files.entries())
                if (file)
                    given[index].binary = { [property(run)]: file };
    }
    return given;
}
function property(run) {
    return String(run.context.getNodeParameter('binaryProperty', run.item, 'data') || 'data');
}
async function list(run) {
    const { context, session, op, step, item } = run;
    const all = context.getNodeParameter('returnAll', item, false);
    const limit = all ? Infinity : Number(context.getNodeParameter('limit', item, 50));
    try {
        const found = await (0, lists_1.collect)(session, op, run.inputs, limit, step.pageSize);
        return (0, output_1.elementItems)(session.plan.service, op, found, run.output, session.baseUrl);
    }
    catch (error) {
        if (error instanceof lists_1.PageFailure)
            throw (0, errors_1.apiError)(context.getNode(), session.plan, step, error.failure, item);
        throw (0, errors_1.asNodeError)(context.getNode(), session.plan, step, error, item);
    }
}
