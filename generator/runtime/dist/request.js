"use strict";
/** One request out of a step's inputs. */
Object.defineProperty(exports, "__esModule", { value: true });
exports.buildRequest = buildRequest;
exports.exchangeOf = exchangeOf;
exports.gatewayRequest = gatewayRequest;
exports.readRequest = readRequest;
exports.jobRequest = jobRequest;
exports.writes = writes;
exports.addQuery = addQuery;
const body_1 = require("./body");
const encode_1 = require("./encode");
const inputs_1 = require("./inputs");
const json_1 = require("./json");
const urls_1 = require("./urls");
/**
 * The request of one operation. `inputs` are by Field.name, nested as the fields are; absent ones, and those whose
 * `when` does not hold, are not sent. `additionalBody` and `additionalQuery` (objects, or JSON text) are merged in.
 * `zone` is where dates without an offset were meant. The credential is not part of it. Raises InputError.
 */
function buildRequest(service, op, inputs, baseUrl = '', zone = 'UTC') {
    const fields = op.fields || [];
    const values = (0, inputs_1.readInputs)(fields, inputs, zone);
    const [path, parameters, headers] = [{}, {}, {}];
    const query = [];
    const cookies = [];
    if (op.accept)
        headers.accept = (0, encode_1.safeHeader)('accept', op.accept);
    for (const field of fields) {
        const value = (0, json_1.own)(values, field.name);
        if (value === undefined || value === null)
            continue;
        const name = field.pointer || field.name;
        if (field.in === 'path')
            (0, json_1.put)(path, name, value);
        if (field.in === 'query')
            (0, json_1.put)(parameters, name, value);
        if (field.in === 'query')
            query.push(...(0, encode_1.pairs)(name, value, field));
        if (field.in === 'cookie')
            cookies.push(...(0, encode_1.pairs)(name, value, field));
        if (field.in === 'header' && !isEmpty(value))
            (0, json_1.put)(headers, name.toLowerCase(), (0, encode_1.safeHeader)(name, (0, encode_1.headerValue)(value, field)));
    }
    const extra = additional(fields, inputs, 'additionalQuery');
    for (const name of Object.keys(extra)) {
        if (extra[name] === null)
            continue;
        (0, json_1.put)(parameters, name, extra[name]);
        query.push(...(0, encode_1.pairs)(name, extra[name]));
    }
    if (cookies.length)
        headers.cookie = (0, encode_1.safeHeader)('cookie', cookies.map((pair) => pair.join('=')).join('; '));
    const more = additional(fields, inputs, 'additionalBody');
    const reads = ['GET', 'HEAD'].includes(op.method) && !op.mediaType;
    const body = reads ? (0, body_1.withoutBody)(more) : (0, body_1.bodyOf)(op, values, more);
    if (body.contentType)
        headers['content-type'] = (0, encode_1.safeHeader)('content-type', body.contentType);
    const url = addQuery(base(service, op, baseUrl) + fillPath(op, path), query);
    const decoded = query.map((pair) => pair.map(decodeURIComponent));
    const { method, server, security } = op;
    return { method, url, headers, query: decoded, path, parameters, server, security, ...body };
}
/** A list or an object without anything in it is not sent in a header. */
function isEmpty(value) {
    return (Array.isArray(value) || (0, json_1.isPlain)(value)) && !Object.keys(value).length;
}
/** What a request and its reply say to expressions. */
function exchangeOf(request, reply) {
    const headers = {};
    for (const name of Object.keys(reply.headers || {}))
        (0, json_1.put)(headers, name.toLowerCase(), (0, json_1.own)(reply.headers, name));
    return {
        status: reply.status,
        headers,
        body: reply.body,
        url: request.url,
        method: request.method,
        requestBody: request.document,
        requestHeaders: request.headers,
        path: request.path,
        query: request.parameters,
    };
}
/** The same step by way of the gateway, which answers with the normalized result. Raises InputError. */
function gatewayRequest(service, op, inputs, options) {
    const address = (0, urls_1.split)(options.url);
    if (!address)
        throw new inputs_1.InputError('The gateway URL is not an http(s) address', 'gatewayUrl');
    const document = (0, inputs_1.readInputs)(op.fields || [], inputs);
    for (const name of ['additionalBody', 'additionalQuery']) {
        const extra = additional(op.fields || [], inputs, name);
        if (Object.keys(extra).length)
            document[name] = extra;
    }
    const headers = { accept: 'application/json', 'content-type': 'application/json' };
    const prefer = [options.respondAsync ? 'respond-async' : '', options.wait ? `wait=${options.wait}` : ''];
    const wanted = prefer.filter(Boolean).join(', ');
    if (wanted)
        headers.prefer = (0, encode_1.safeHeader)('prefer', wanted);
    if (options.key)
        headers['x-specloom-key'] = (0, encode_1.safeHeader)('x-specloom-key', options.key);
    if (options.callback)
        headers['specloom-callback'] = (0, encode_1.safeHeader)('specloom-callback', options.callback);
    const url = `${(0, urls_1.withoutSlash)(options.url.replace(/[?#].*$/, ''))}/run/${(0, encode_1.percent)(service.key)}/${(0, encode_1.percent)(op.id)}`;
    const body = { bodyType: 'json', body: document, parts: [], document, contentType: 'application/json' };
    return { method: 'POST', url, headers, query: [], path: {}, parameters: {}, ...body };
}
/** A request for what stands at a URL. */
function readRequest(url, headers = {}) {
    return { method: 'GET', url, headers, query: [], path: {}, parameters: {}, bodyType: 'none', parts: [] };
}
/** A look at one of the gateway's jobs, held for `wait` seconds; `url` is where it said that the job is. */
function jobRequest(url, options = {}) {
    const headers = { accept: 'application/json' };
    if (options.wait)
        headers.prefer = (0, encode_1.safeHeader)('prefer', `wait=${options.wait}`);
    if (options.key)
        headers['x-specloom-key'] = (0, encode_1.safeHeader)('x-specloom-key', options.key);
    return readRequest(url, headers);
}
/** Whether the call may change something, so that nobody knows what became of one without a reply. */
function writes(op) {
    return !['GET', 'HEAD', 'OPTIONS'].includes(op.method) && !op.pagination;
}
/** An escape hatch's object, unless the document has a field of that very name. */
function additional(fields, inputs, name) {
    if (fields.some((field) => field.name === name))
        return {};
    const given = (0, json_1.own)(inputs, name);
    if (given === undefined || given === null || given === '')
        return {};
    const value = typeof given === 'string' ? (0, json_1.parseInput)(given) : given;
    if (!(0, json_1.isPlain)(value))
        throw new inputs_1.InputError(`${name} is not a JSON object`, name);
    return value;
}
function base(service, op, baseUrl) {
    const given = baseUrl || service.baseUrl || '';
    const url = op.server ? (0, urls_1.ownServer)(op.server, service.baseUrl || '', given) : given;
    if (!(0, urls_1.split)(url))
        throw new inputs_1.InputError(`The base URL of ${service.title} is not an http(s) address`, 'baseUrl');
    return (0, urls_1.withoutSlash)(url.replace(/[?#].*$/, ''));
}
/** The path with its values. A value never makes a segment empty, nor '.' or '..', alone or with what stands beside it. */
function fillPath(op, path) {
    const segments = op.path.replace(/#.*$/, '').split('/');
    const filled = segments.map((segment) => {
        let asked = '';
        const whole = segment.replace(/\{([^{}]+)\}|[^\x21-\x7e]|["<>\\^`|{}]/gu, (found, wire) => {
            if (wire === undefined)
                return (0, encode_1.percent)(found);
            const field = pathField(op, wire);
            const value = (0, json_1.own)(path, wire);
            asked = field.name;
            if (value === undefined || (0, encode_1.text)(value) === '')
                throw new inputs_1.InputError(`${asked} is missing`, asked);
            return (0, encode_1.pathText)(wire, value, field);
        });
        if (asked && (whole === '' || (0, encode_1.hasDots)(whole)))
            throw new inputs_1.InputError(`${asked} cannot be '${whole}'`, asked);
        return whole;
    });
    return `/${filled.join('/').replace(/^\/+/, '')}`;
}
function pathField(op, wire) {
    const found = (op.fields || []).find((field) => field.in === 'path' && (field.pointer || field.name) === wire);
    return found || { name: wire, in: 'path' };
}
/** The URL with more pairs, which are percent-encoded. */
function addQuery(url, query) {
    if (!query.length)
        return url;
    return `${url}${url.includes('?') ? '&' : '?'}${query.map((pair) => pair.join('=')).join('&')}`;
}
