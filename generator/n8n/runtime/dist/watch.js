"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.poll = poll;
const n8n_workflow_1 = require("n8n-workflow");
const core_1 = require("../core/core");
const json_1 = require("../core/json");
const bytes_1 = require("./bytes");
const errors_1 = require("./errors");
const form_1 = require("./form");
const lists_1 = require("./lists");
const transport_1 = require("./transport");
const plan_1 = require("./plan");
const TIMEOUT = 60000;
const MOST_PAGES = 10;
const MOST_PAGES_UPWARDS = 100;
const REMEMBERED = 5000;
async function poll(context, versions) {
    const plan = (0, plan_1.planOf)(versions, context.getNode());
    const trigger = plan.triggers[String(context.getNodeParameter('event'))];
    if (!trigger || !trigger.operation)
        throw new n8n_workflow_1.NodeOperationError(context.getNode(), 'The chosen event is not known');
    const step = { operation: trigger.operation, form: trigger.form || {} };
    try {
        const choice = context.getNodeParameter('authentication', '');
        const session = await (0, transport_1.connect)(context, plan, TIMEOUT, 0, choice, plan.service.operations[trigger.operation]);
        const inputs = await (0, form_1.readForm)(step.form, (name) => context.getNodeParameter(name, null), form_1.noFiles);
        if (context.getMode() === 'manual')
            return await sample(context, session, trigger, inputs);
        return await news(context, session, trigger, inputs);
    }
    catch (error) {
        if (error instanceof lists_1.PageFailure)
            throw (0, errors_1.apiError)(context.getNode(), plan, step, error.failure, 0);
        throw (0, errors_1.asNodeError)(context.getNode(), plan, step, error, 0);
    }
}
async function sample(context, session, trigger, inputs) {
    const op = session.plan.service.operations[trigger.operation];
    for await (const page of (0, lists_1.pages)(session, op, inputs)) {
        const found = (0, core_1.pageItems)(op, page).find((element) => (0, core_1.meets)(element, trigger.when));
        if (found !== undefined)
            return [[itemOf(session, op, found)]];
    }
    throw new n8n_workflow_1.NodeOperationError(context.getNode(), 'There is nothing yet that this trigger would tell');
}
async function news(context, session, trigger, inputs) {
    const memory = context.getWorkflowStaticData('node');
    const source = await (0, bytes_1.digest)([context.getNodeParameter('event'), inputs]);
    const known = memory.source === source ? memory : undefined;
    const seen = new Set(known ? known.seen : []);
    const waiting = new Set(known ? known.waiting : []);
    const elements = await look(session, trigger, inputs, (id) => seen.has(id) || waiting.has(id), !known);
    const fresh = elements.filter(({ id, element }) => (0, core_1.meets)(element, trigger.when) && !seen.has(id));
    const pending = elements.filter(({ element }) => !(0, core_1.meets)(element, trigger.when)).map(({ id }) => id);
    const told = elements.filter(({ element }) => (0, core_1.meets)(element, trigger.when)).map(({ id }) => id);
    memory.source = source;
    memory.seen = [...new Set([...told, ...seen])].slice(0, Math.max(REMEMBERED, told.length));
    memory.waiting = [...new Set([...pending, ...waiting])].filter((id) => !told.includes(id)).slice(0, REMEMBERED);
    if (!known || fresh.length === 0)
        return null;
    const op = session.plan.service.operations[trigger.operation];
    return [inOrder(trigger, fresh.map(({ element }) => element)).map((element) => itemOf(session, op, element))];
}
function itemOf({ plan, baseUrl }, op, element) {
    const json = (0, core_1.elementOutput)(plan.service, op.gives && op.gives.media, element, baseUrl);
    return { json: json };
}
async function look(session, trigger, inputs, isKnown, first) {
    const op = session.plan.service.operations[trigger.operation];
    const found = new Map();
    let [count, upwards] = [0, false];
    for await (const page of (0, lists_1.pages)(session, op, inputs, trigger.pageSize)) {
        const elements = await Promise.all((0, core_1.pageItems)(op, page).map(async (element) => ({ id: await identity(trigger, element), element })));
        const unknown = elements.some(({ id }) => !isKnown(id) && !found.has(id));
        for (const one of elements)
            if (!found.has(one.id))
                found.set(one.id, one);
        upwards = upwards || risesWithin(trigger, elements);
        count++;
        if (count >= (upwards ? MOST_PAGES_UPWARDS : MOST_PAGES) || (!unknown && !upwards && !first))
            break;
    }
    return [...found.values()];
}
function risesWithin(trigger, elements) {
    const times = elements.map(({ element }) => field(element, trigger.order)).filter(json_1.isScalar).map(String);
    return times.length > 1 && times[0] < times[times.length - 1];
}
function inOrder(trigger, elements) {
    if (!trigger.order)
        return elements.reverse();
    const time = (element) => String(field(element, trigger.order) || '');
    return [...elements].sort((a, b) => (time(a) < time(b) ? -1 : time(a) > time(b) ? 1 : 0));
}
async function identity(trigger, element) {
    const id = field(element, trigger.dedupe || 'id');
    return (0, json_1.isScalar)(id) ? String(id) : await (0, bytes_1.digest)(element);
}
function field(element, name) {
    return name ? (0, json_1.lookup)(element, (0, json_1.tokens)(name)) : undefined;
}
