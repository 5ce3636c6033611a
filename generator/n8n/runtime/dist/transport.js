"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.NoReply = void 0;
exports.connect = connect;
exports.send = send;
exports.fetchFile = fetchFile;
exports.exchange = exchange;
exports.typeOf = typeOf;
const n8n_workflow_1 = require("n8n-workflow");
const core_1 = require("../core/core");
const digits_1 = require("../core/digits");
const bytes_1 = require("./bytes");
class NoReply extends Error {
    constructor(message, timedOut, lost) {
        super(message);
        this.timedOut = timedOut;
        this.lost = lost;
    }
}
exports.NoReply = NoReply;
async function connect(context, plan, timeout, item = 0, choice, op) {
    const credential = credentialFor(context, plan, choice, op);
    const data = credential ? await credentialData(context, credential.name, item) : {};
    const text = (name) => (typeof data[name] === 'string' ? data[name].trim() : '');
    const usual = plan.address.map((part) => (typeof part === 'string' ? part : text(part.field) || part.default)).join('');
    const baseUrl = (0, core_1.withoutSlash)(text('baseUrl') || text('server') || usual);
    const gatewayUrl = (0, core_1.withoutSlash)(text('gatewayUrl'));
    return { context, plan, credential, secrets: data, baseUrl, gatewayUrl, gatewayKey: text('gatewayApiKey'), timeout };
}
function credentialFor(context, plan, choice, op) {
    const wanted = plan.credentials.find((one) => one.choice === choice) || plan.credentials[0];
    if (!wanted)
        return undefined;
    const node = context.getNode();
    const given = (one) => !!(node.credentials && node.credentials[one.name]);
    const fits = (one) => !op || (0, core_1.signedBy)(op.security, schemesOf(one)) !== null;
    if (given(wanted) && fits(wanted))
        return wanted;
    const other = plan.credentials.find((one) => given(one) && fits(one));
    if (other)
        return other;
    const known = plan.address.length > 0;
    const open = !wanted.secrets || (!!op && !!op.security && op.security.some((entry) => entry.length === 0));
    if (known && open)
        return undefined;
    if (given(wanted))
        throw new n8n_workflow_1.NodeOperationError(node, 'This operation does not take the chosen credential', { description: needs(plan, fits), itemIndex: 0 });
    const description = known ? 'This operation needs a key.' : 'It says where the service is.';
    throw new n8n_workflow_1.NodeOperationError(node, 'No credential is chosen in the node', { description, itemIndex: 0 });
}
function schemesOf({ secrets = [] }) {
    return secrets.map(({ scheme }) => scheme);
}
function needs(plan, fits) {
    const names = plan.credentials.filter(fits).map((one) => one.label || one.choice);
    return `It takes ${names.join(' or ') || 'none that this node has'}: choose that under Authentication.`;
}
async function credentialData(context, name, item) {
    return await context.getCredentials(name, item);
}
async function send(session, request) {
    let current = request;
    for (let count = 0;; count++) {
        const reply = await once(session, current);
        const next = count < core_1.MOST_REDIRECTS ? (0, core_1.redirected)(current, reply.status, reply.headers.location) : undefined;
        if (!next)
            return reply;
        current = next;
    }
}
async function fetchFile(session, url) {
    return await send(session, (0, core_1.readRequest)(url, { accept: '*/*' }));
}
function isTrusted(session, url, server) {
    return [session.baseUrl, session.gatewayUrl, server].some((one) => !!one && (0, core_1.sameOrigin)(url, one));
}
async function once(session, request) {
    const { context, credential } = session;
    const { secrets = [], oauth2 = false } = credential || {};
    const trusted = isTrusted(session, request.url, request.server);
    const names = trusted && credential ? (0, core_1.signedBy)(request.security, schemesOf(credential)) || [] : [];
    const native = names.length > 0 && (oauth2 ? names.includes(secrets[0].scheme) : names.length === secrets.length);
    const own = native ? (oauth2 ? names.filter((name) => name !== secrets[0].scheme) : []) : names;
    const signed = (0, core_1.sign)(request, session.plan.service, secrets, session.secrets, own, toBase64);
    const { method, url } = signed;
    const body = bytesOf(request);
    const headers = { ...signed.headers, ...(body && body.contentType ? { 'content-type': body.contentType } : {}) };
    const options = {
        method: method,
        url,
        headers,
        encoding: 'arraybuffer',
        returnFullResponse: true,
        disableFollowRedirect: true,
        ignoreHttpStatusErrors: native && credential && (oauth2 || credential.renews) ? { ignore: true, except: [401] } : true,
        timeout: session.timeout,
        ...(body ? { body: asSent(headers, body.data) } : {}),
    };
    try {
        const reply = (native && credential
            ? await context.helpers.httpRequestWithAuthentication.call(context, credential.name, options)
            : await context.helpers.httpRequest(options));
        return { status: reply.statusCode, headers: reply.headers, bytes: (0, bytes_1.asBytes)(reply.body), url: request.url };
    }
    catch (error) {
        return rejected(error, request.url);
    }
}
function toBase64(text) {
    return (0, bytes_1.fromText)(text).toString('base64');
}
function asSent(headers, body) {
    return /x-www-form-urlencoded/i.test(headers['content-type'] || '') ? body.toString('utf8') : body;
}
function rejected(error, url) {
    const chain = [error, error.cause, error.cause && error.cause.cause].filter((one) => !!one);
    const response = chain.map((one) => one.response).find((one) => one && (one.status || 0) >= 400);
    if (response) {
        const headers = { ...(response.headers || {}) };
        return { status: response.status, headers, bytes: (0, bytes_1.asBytes)(response.data), url };
    }
    const code = chain.map((one) => one.code).find((one) => typeof one === 'string') || '';
    const message = chain[chain.length - 1].message || 'No reply';
    const timedOut = /TIMEDOUT|ECONNABORTED/.test(code) || /timeout/i.test(message);
    throw new NoReply(message, timedOut, timedOut || /ECONNRESET|EPIPE/.test(code) || /socket hang up|aborted/i.test(message));
}
function exchange(request, reply, binary = false) {
    const { status, headers, bytes } = reply;
    return (0, core_1.exchangeOf)(request, { status, headers, body: binary ? undefined : (0, core_1.decode)(bytes, typeOf(reply), request.headers.accept) });
}
function typeOf(reply) {
    return (0, core_1.header)(reply.headers, 'content-type');
}
function bytesOf(request) {
    switch (request.bodyType) {
        case 'json':
            return { data: (0, bytes_1.fromText)((0, digits_1.jsonOf)(request.body)) };
        case 'form':
        case 'text':
            return { data: (0, bytes_1.fromText)(String(request.body)) };
        case 'binary':
            return rawFile(request);
        case 'multipart':
            return inParts(request);
        default:
            return undefined;
    }
}
function isFile(value) {
    return typeof value === 'object' && value !== null && (0, bytes_1.isBytes)(value.data);
}
function rawFile(request) {
    if (!isFile(request.body))
        return { data: (0, bytes_1.fromText)(String(request.body)) };
    const wanted = request.headers['content-type'];
    const any = !wanted || wanted === 'application/octet-stream';
    return { data: request.body.data, contentType: any ? request.body.contentType : wanted };
}
function inParts(request) {
    const boundary = `specloom-${(0, bytes_1.randomName)()}`;
    const pieces = (0, core_1.multipart)(request.parts, boundary, partFile).map((piece) => (typeof piece === 'string' ? (0, bytes_1.fromText)(piece) : piece));
    return { data: (0, bytes_1.joined)(pieces), contentType: `multipart/form-data; boundary=${boundary}` };
}
function partFile(value) {
    if (!isFile(value))
        return undefined;
    const { data, fileName, contentType } = value;
    return { data, contentType, name: fileName };
}
