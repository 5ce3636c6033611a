"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.PageFailure = void 0;
exports.pages = pages;
exports.collect = collect;
exports.methodsOf = methodsOf;
const n8n_workflow_1 = require("n8n-workflow");
const core_1 = require("../core/core");
const json_1 = require("../core/json");
const transport_1 = require("./transport");
const plan_1 = require("./plan");
const MOST_PAGES = 10000;
const MOST_CHOICES_PAGES = 20;
const CHOICES_TIMEOUT = 30000;
class PageFailure extends Error {
    constructor(failure) {
        super(failure.message);
        this.failure = failure;
    }
}
exports.PageFailure = PageFailure;
async function* pages(session, op, inputs, pageSize) {
    const size = op.pagination && op.pagination.sizeParameter;
    const { service } = session.plan;
    let state = (0, core_1.firstPage)(op, size && pageSize ? { ...inputs, [size]: pageSize } : inputs);
    for (let count = 0; state && count < MOST_PAGES; count++) {
        const request = (0, core_1.buildRequest)(service, op, state.inputs, session.baseUrl, session.context.getTimezone());
        if (state.url)
            request.url = state.url;
        const found = (0, transport_1.exchange)(request, await (0, transport_1.send)(session, request));
        if ((0, core_1.isBeyondEnd)(op, found, state))
            return;
        if (!(0, core_1.ok)(found))
            throw new PageFailure((0, core_1.failure)(service, op, found, { now: Date.now() / 1000 }));
        yield found;
        state = (0, core_1.nextPage)(op, found, state, { documented: service.baseUrl, baseUrl: session.baseUrl });
    }
}
async function collect(session, op, inputs, limit, largest) {
    const wanted = largest ? Math.min(largest, limit) : undefined;
    const items = [];
    for await (const page of pages(session, op, inputs, wanted)) {
        for (const item of (0, core_1.pageItems)(op, page))
            if (item !== null && item !== undefined)
                items.push(item);
        if (items.length >= limit)
            break;
    }
    return items.slice(0, limit);
}
function methodsOf(plan) {
    const loadOptions = {};
    for (const name of (0, plan_1.namesOf)(plan, 'loaders')) {
        loadOptions[name] = async function () {
            const own = (0, plan_1.planOf)(plan, this.getNode());
            return await loadChoices(this, own, own.loaders[name]);
        };
    }
    const listSearch = {};
    for (const name of (0, plan_1.namesOf)(plan, 'lists')) {
        listSearch[name] = async function (filter) {
            const wanted = (filter || '').toLowerCase();
            const held = (one) => `${one.name}\n${String(one.value)}`.toLowerCase().includes(wanted);
            return { results: ((0, plan_1.planOf)(plan, this.getNode()).lists[name] || []).filter(held) };
        };
    }
    return { loadOptions, listSearch };
}
async function loadChoices(context, plan, loader) {
    const op = plan.service.operations[loader.operation];
    const choice = context.getCurrentNodeParameter('authentication');
    const session = await (0, transport_1.connect)(context, plan, CHOICES_TIMEOUT, 0, typeof choice === 'string' ? choice : undefined, op);
    const inputs = {};
    for (const [input, parameter] of Object.entries(loader.inputs || {})) {
        const value = context.getCurrentNodeParameter(parameter);
        if (value !== undefined && value !== '')
            inputs[input] = value;
    }
    const found = new Map();
    let count = 0;
    try {
        for await (const page of pages(session, op, inputs)) {
            const list = (0, core_1.evaluate)(loader.items, page);
            for (const element of Array.isArray(list) ? list : [])
                addChoice(found, loader, page, element);
            if (++count === MOST_CHOICES_PAGES)
                break;
        }
    }
    catch (error) {
        throw new n8n_workflow_1.NodeOperationError(context.getNode(), error);
    }
    return [...found.values()];
}
function addChoice(found, loader, page, element) {
    const value = (0, core_1.evaluate)(loader.value, page, element);
    const name = (0, core_1.evaluate)(loader.label, page, element);
    if (!(0, json_1.isScalar)(value) || typeof value === 'bigint' || typeof value === 'object' || value === '' || (typeof value === 'string' && value.startsWith('=')))
        return;
    if (!found.has(value))
        found.set(value, { name: (0, json_1.isScalar)(name) && name !== '' ? String(name) : String(value), value });
}
