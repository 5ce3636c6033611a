"use strict";
/** OpenAPI runtime expressions (`$response.body#/id`): where a value stands in an exchange, or in an element of it. */
Object.defineProperty(exports, "__esModule", { value: true });
exports.evaluate = evaluate;
exports.amount = amount;
exports.linkInputs = linkInputs;
exports.isFinal = isFinal;
exports.jobState = jobState;
exports.stateOf = stateOf;
exports.header = header;
const json_1 = require("./json");
/**
 * The value in one exchange; undefined where it is absent. A text with an absent part is undefined: half a URL
 * is worse than none. `item` is the element `$item#` stands for.
 */
function evaluate(expression, exchange, item) {
    if (!expression)
        return undefined;
    const [first] = expression.parts;
    if (expression.parts.length === 1 && typeof first === 'object')
        return resolve(first, exchange, item);
    const texts = [];
    for (const part of expression.parts) {
        const value = typeof part === 'string' ? part : resolve(part, exchange, item);
        if (!(0, json_1.isScalar)(value))
            return undefined;
        texts.push(String(value));
    }
    return texts.join('');
}
/** An expression's value, or the constant that stands in its place. */
function amount(rule, exchange) {
    return typeof rule === 'object' ? evaluate(rule, exchange) : rule;
}
/** The inputs, by Field.name, with which to call the link's operation. Absent values are left out. */
function linkInputs(link, exchange, item) {
    const inputs = {};
    for (const name of Object.keys(link.parameters || {})) {
        const rule = (0, json_1.own)(link.parameters, name);
        if (!rule)
            continue;
        const value = 'parts' in rule ? evaluate(rule, exchange, item) : rule.value;
        if (value !== undefined && value !== null)
            (0, json_1.put)(inputs, name, value);
    }
    return inputs;
}
/** Whether the work is over, one way or another. */
function isFinal(state) {
    return state === 'succeeded' || state === 'failed' || state === 'canceled';
}
/** The state a poll's reply tells; one that stands in none of the job's lists, or is missing, is running. */
function jobState(job, exchange) {
    return stateOf(job, evaluate(job.status, exchange));
}
function stateOf(job, value) {
    if (!(0, json_1.isScalar)(value))
        return 'running';
    const states = ['succeeded', 'failed', 'canceled', 'queued'];
    return states.find((state) => (job[state] || []).includes(String(value))) || 'running';
}
function resolve(reference, exchange, item) {
    const { root, path } = reference;
    const name = path[0] || '';
    switch (root) {
        case 'response.body':
            return (0, json_1.lookup)(exchange.body, path);
        case 'item':
            return (0, json_1.lookup)(item, path);
        case 'request.body':
            return (0, json_1.lookup)(exchange.requestBody, path);
        case 'response.header':
            return header(exchange.headers, name);
        case 'request.header':
            return header(exchange.requestHeaders, name);
        case 'request.path':
            return present((0, json_1.own)(exchange.path, name));
        case 'request.query':
            return present((0, json_1.own)(exchange.query, name));
        case 'status':
            return exchange.status;
        case 'url':
            return exchange.url;
        case 'method':
            return exchange.method;
        default:
            return undefined;
    }
}
/** A header's text, whatever the case of its name; several values of one name are joined as HTTP does. */
function header(headers, name) {
    const wanted = name.toLowerCase();
    const key = Object.keys(headers || {}).find((candidate) => candidate.toLowerCase() === wanted);
    const value = key === undefined ? undefined : (0, json_1.own)(headers, key);
    if (Array.isArray(value))
        return value.join(', ');
    return (0, json_1.isScalar)(value) ? String(value) : undefined;
}
function present(value) {
    return value === null ? undefined : value;
}
