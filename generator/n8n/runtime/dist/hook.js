"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.isSubscribed = isSubscribed;
exports.subscribe = subscribe;
exports.unsubscribe = unsubscribe;
exports.receive = receive;
exports.isSigned = isSigned;
const n8n_workflow_1 = require("n8n-workflow");
const core_1 = require("../core/core");
const json_1 = require("../core/json");
const bytes_1 = require("./bytes");
const errors_1 = require("./errors");
const form_1 = require("./form");
const transport_1 = require("./transport");
const plan_1 = require("./plan");
const TIMEOUT = 60000;
const REMEMBERED = 200;
const recent = new Map();
function eventOf(context, plan) {
    const trigger = plan.triggers[String(context.getNodeParameter('event'))];
    if (!trigger)
        throw new n8n_workflow_1.NodeOperationError(context.getNode(), 'The chosen event is not known');
    return trigger;
}
async function isSubscribed(context) {
    const memory = context.getWorkflowStaticData('node');
    const event = String(context.getNodeParameter('event'));
    return memory.url === context.getNodeWebhookUrl('default') && memory.event === event;
}
async function subscribe(context, versions) {
    const plan = (0, plan_1.planOf)(versions, context.getNode());
    const trigger = eventOf(context, plan);
    const memory = context.getWorkflowStaticData('node');
    const url = context.getNodeWebhookUrl('default');
    if (trigger.operation) {
        const inputs = await (0, form_1.readForm)(trigger.form || {}, (name) => context.getNodeParameter(name, null), form_1.noFiles);
        const reply = await call(context, plan, trigger.operation, { ...inputs, [trigger.urlField || 'url']: url });
        if (trigger.unsubscribe)
            memory.unsubscribe = (0, core_1.linkInputs)(trigger.unsubscribe, reply);
        memory.secret = secretIn(reply.body);
    }
    memory.url = url;
    memory.event = String(context.getNodeParameter('event'));
    return true;
}
async function unsubscribe(context, versions) {
    const plan = (0, plan_1.planOf)(versions, context.getNode());
    const memory = context.getWorkflowStaticData('node');
    const trigger = plan.triggers[memory.event || ''];
    if (trigger && trigger.unsubscribe && memory.unsubscribe) {
        await call(context, plan, trigger.unsubscribe.operation, memory.unsubscribe, [404, 410]);
    }
    for (const name of ['url', 'event', 'unsubscribe', 'secret'])
        delete memory[name];
    return true;
}
async function call(context, plan, operation, inputs, fine = []) {
    const step = { operation, form: {} };
    const op = plan.service.operations[operation];
    try {
        const choice = context.getNodeParameter('authentication', '');
        const session = await (0, transport_1.connect)(context, plan, TIMEOUT, 0, choice, op);
        const request = (0, core_1.buildRequest)(plan.service, op, inputs, session.baseUrl);
        const found = (0, transport_1.exchange)(request, await (0, transport_1.send)(session, request));
        if ((0, core_1.ok)(found) || fine.includes(found.status))
            return found;
        throw (0, errors_1.apiError)(context.getNode(), plan, step, (0, core_1.failure)(plan.service, op, found), 0);
    }
    catch (error) {
        throw (0, errors_1.asNodeError)(context.getNode(), plan, step, error, 0);
    }
}
function secretIn(body) {
    if (!(0, json_1.isPlain)(body))
        return undefined;
    const name = Object.keys(body).find((key) => /secret/i.test(key) && typeof body[key] === 'string' && body[key] !== '');
    return name ? String(body[name]) : undefined;
}
async function receive(context, versions) {
    const plan = (0, plan_1.planOf)(versions, context.getNode());
    const trigger = eventOf(context, plan);
    const memory = context.getWorkflowStaticData('node');
    const secret = (await configuredSecret(context, plan)) || memory.secret;
    const headers = context.getHeaderData();
    if (trigger.signature && secret && !(await isSigned(trigger.signature, secret, headers, rawBody(context), Date.now() / 1000))) {
        context.getResponseObject().status(401).json({ message: 'The signature is wrong' });
        return { noWebhookResponse: true };
    }
    const body = context.getBodyData();
    const id = trigger.signature && trigger.signature.idHeader ? headers[trigger.signature.idHeader.toLowerCase()] : undefined;
    if (typeof id === 'string' && isRepeated(`${String(context.getWorkflow().id)}/${context.getNode().id}`, id))
        return {};
    if (!(0, core_1.meets)(body, trigger.when))
        return {};
    return { workflowData: [[{ json: (0, core_1.elementOutput)(plan.service, trigger.media, body) }]] };
}
function isRepeated(node, id) {
    const known = recent.get(node) || [];
    if (known.includes(id))
        return true;
    recent.set(node, [id, ...known].slice(0, REMEMBERED));
    return false;
}
async function configuredSecret(context, plan) {
    if (!plan.credentials.length)
        return '';
    const choice = context.getNodeParameter('authentication', '');
    const credential = plan.credentials.find((one) => one.choice === choice) || plan.credentials[0];
    const data = await context.getCredentials(credential.name);
    return typeof data.webhookSecret === 'string' ? data.webhookSecret : '';
}
function rawBody(context) {
    const raw = context.getRequestObject().rawBody;
    return raw || (0, bytes_1.fromText)(JSON.stringify(context.getBodyData()));
}
async function isSigned(rules, secret, headers, body, now) {
    const header = (name) => String((name && (0, json_1.own)(headers, name.toLowerCase())) || '');
    const timestamp = header(rules.timestampHeader);
    if (rules.timestampHeader && !isRecent(timestamp, now, rules.tolerance))
        return false;
    const parts = { timestamp, id: header(rules.idHeader) };
    const [before, after] = aroundBody(rules.content).map((text) => text.replace(/\{(timestamp|id)\}/g, (_, name) => parts[name]));
    const made = await (0, bytes_1.hmac)(hashOf(rules.algorithm), keyOf(secret), (0, bytes_1.joined)([(0, bytes_1.fromText)(before), body, (0, bytes_1.fromText)(after)]));
    const given = header(rules.signatureHeader).trim().split(/\s+/);
    return given.some((one) => (0, bytes_1.equal)(made, (0, bytes_1.fromText)(unprefixed(one, rules.prefix || ''), rules.encoding)));
}
function hashOf(algorithm) {
    return algorithm.replace(/^hmac-sha/, 'SHA-');
}
function aroundBody(content) {
    const at = content.indexOf('{body}');
    return at < 0 ? [content, ''] : [content.slice(0, at), content.slice(at + 6)];
}
function keyOf(secret) {
    return secret.startsWith('whsec_') ? (0, bytes_1.fromText)(secret.slice(6), 'base64') : (0, bytes_1.fromText)(secret);
}
function isRecent(timestamp, now, tolerance) {
    const stated = Number(timestamp);
    const seconds = stated > 1e11 ? stated / 1000 : stated;
    return timestamp !== '' && Number.isFinite(seconds) && Math.abs(now - seconds) <= tolerance;
}
function unprefixed(text, prefix) {
    return prefix && text.startsWith(prefix) ? text.slice(prefix.length) : text;
}
