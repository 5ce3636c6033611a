"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.execute = execute;
const n8n_workflow_1 = require("n8n-workflow");
const core_1 = require("../core/core");
const json_1 = require("../core/json");
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
async function execute(context, versions) {
    const plan = (0, plan_1.planOf)(versions, context.getNode());
    const results = [];
    for (let item = 0; item < context.getInputData().length; item++) {
        let step;
        try {
            step = stepOf(context, plan, item);
            const found = await carryOut(await prepare(context, plan, step, item));
            for (const one of found)
                results.push({ ...one, pairedItem: { item } });
        }
        catch (error) {
            const failed = (0, errors_1.asNodeError)(context.getNode(), plan, step, error, item);
            if (!context.continueOnFail())
                throw failed;
            results.push({ json: (0, errors_1.failedJson)(context.getNode(), failed), pairedItem: { item } });
        }
    }
    return [results];
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
    if (node.type.endsWith('Tool') || (typeof context.isToolExecution === 'function' && context.isToolExecution())) {
        throw new n8n_workflow_1.NodeOperationError(node, 'This operation cannot be used as a tool', { itemIndex: item });
    }
    if (context.getNodeParameter('confirm', item, false) !== true) {
        const description = 'It makes, replaces or removes a secret or data. Turn on Confirm in the node to run it.';
        throw new n8n_workflow_1.NodeOperationError(node, 'This operation has not been confirmed', { itemIndex: item, description });
    }
}
async function prepare(context, plan, step, item) {
    const op = plan.service.operations[step.operation];
    const options = context.getNodeParameter('options', item, {});
    const seconds = Number(options.timeout) || (op.job ? op.job.timeout : Math.max(TIMEOUT, 4 * (op.duration || 0)));
    const patience = { interval: Number(options.interval) || (op.job ? op.job.interval : 2), timeout: seconds };
    const choice = context.getNodeParameter('authentication', item, '');
    const session = await (0, transport_1.connect)(context, plan, (op.job ? TIMEOUT : seconds) * 1000, item, choice, op);
    const ask = (name) => context.getNodeParameter(name, item, null);
    const inputs = await (0, form_1.readForm)(step.form, ask, (0, media_1.fileReader)(context, session, item));
    for (const name of ['additionalBody', 'additionalQuery'])
        if (options[name] !== undefined)
            inputs[name] = options[name];
    return {
        context, session, step, op, inputs, item, patience,
        wait: context.getNodeParameter('waitForCompletion', item, true),
        output: outputOf(context, item),
        gateway: String(options.gateway || 'slow'),
    };
}
function outputOf(context, item) {
    const mode = context.getNodeParameter('output', item, 'simple');
    const fields = mode === 'fields' ? context.getNodeParameter('fields', item, []) : [];
    return { mode, fields: typeof fields === 'string' ? fields.split(',').map((name) => name.trim()) : fields };
}
async function carryOut(run) {
    const { op, session } = run;
    if (op.gives && op.gives.kind === 'list')
        return await list(run);
    if (usesGateway(run)) {
        const { context, step, inputs, wait, patience, item } = run;
        return await finished(run, await (0, work_1.throughGateway)(context, session, step, inputs, wait, patience, item), undefined);
    }
    const request = (0, core_1.buildRequest)(session.plan.service, op, run.inputs, session.baseUrl, run.context.getTimezone());
    const reply = await (0, transport_1.send)(session, request);
    const binary = (0, core_1.isFileReply)(op, reply.status, (0, transport_1.typeOf)(reply));
    const first = binary ? (0, media_1.about)(request, reply) : (0, transport_1.exchange)(request, reply);
    if (!(0, core_1.ok)(first))
        throw refused(run, first);
    if (isWebPage(op, first))
        throw noResult(run, `${session.plan.service.title} answered with a web page. Is the Base URL right?`);
    if (binary) {
        const result = (0, core_1.normalize)(session.plan.service, op, first, resultOptions(run));
        const name = result.items[0] && result.items[0].file_name;
        const held = await (0, media_1.binaryReply)(run.context, reply, property(run), name);
        const { fileName, mimeType } = held[property(run)];
        const json = (0, core_1.fileOutput)(result, String(fileName), mimeType);
        return [{ json: json, binary: held }];
    }
    const last = op.job && run.wait ? await (0, work_1.finish)(run.context, session, run.step, first, run.patience, run.item) : first;
    return await finished(run, (0, core_1.normalize)(session.plan.service, op, last, resultOptions(run)), last);
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
    const given = (0, output_1.items)(op, result, run.output);
    if (result.status === 'succeeded' && context.getNodeParameter('downloadResult', item, false) === true && given.length) {
        const seen = last || { status: 200, body: result.raw };
        given[0].binary = await (0, media_1.download)(context, session, step, result, seen, property(run), item);
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
