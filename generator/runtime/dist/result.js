"use strict";
/** The normalized result: what every step returns, whatever the service. */
Object.defineProperty(exports, "__esModule", { value: true });
exports.normalize = normalize;
exports.failedResult = failedResult;
exports.isResult = isResult;
exports.ok = ok;
exports.itemsOf = itemsOf;
exports.downloads = downloads;
exports.flat = flat;
exports.mediaUrls = mediaUrls;
const expressions_1 = require("./expressions");
const failure_1 = require("./failure");
const json_1 = require("./json");
const request_1 = require("./request");
const urls_1 = require("./urls");
const URL_FIELDS = {
    image: 'image_url', audio: 'audio_url', video: 'video_url', model3d: 'model_url', file: 'file_url', text: 'text',
}; // prettier-ignore
const TEXTS = ['content_type', 'file_name', 'preview_url'];
const NUMBERS = ['file_size', 'width', 'height', 'duration'];
/**
 * The result of `op`, of which `exchange` is the last: the call itself, or for a job its poll (or the call that
 * started it). Failures have `error`; items and the flat field stand only where the work is done.
 */
function normalize(service, op, exchange, options = {}) {
    const status = statusOf(service, op, exchange);
    const mapped = (name) => textIn((0, expressions_1.evaluate)((0, json_1.own)(op.output.mapping, name), exchange));
    const items = status === 'succeeded' ? itemsOf(service, op, exchange, options.baseUrl || service.baseUrl || '') : [];
    const usage = op.usage || {};
    const result = {
        ...flat(op.output.type, items),
        ...blank(service, op, status, options),
        items,
        request_id: mapped('request_id'),
        expires_at: mapped('expires_at'),
        usage: {
            cost: (0, failure_1.numberIn)((0, expressions_1.amount)(usage.cost, exchange)),
            remaining: (0, failure_1.numberIn)((0, expressions_1.evaluate)(usage.remaining, exchange)),
            unit: usage.unit || null,
        },
        rate_limit: rateLimit(service, exchange),
        raw: exchange.body === undefined ? null : exchange.body,
    };
    result.id = mapped('id') || result.id || (op.output.type === 'none' ? textIn((0, json_1.lookup)(exchange.body, ['id'])) : null);
    if (!result.success)
        result.error = (0, failure_1.failure)(service, op, exchange, options);
    return result;
}
/** The result for what no reply describes: unreachable, timeout, outcome_unknown, or an input refused by us. */
function failedResult(service, op, error, options = {}) {
    const { type, message, status = null, retry_after = null } = error;
    const raw = options.raw === undefined ? null : options.raw;
    const failed = { type, message, status, retryable: (0, failure_1.isRetryable)(type), retry_after };
    return { ...blank(service, op, 'failed', options), raw, error: failed };
}
/** Whether it is a normalized result, as gateways answer with. */
function isResult(value) {
    return (0, json_1.isPlain)(value) && typeof value.success === 'boolean' && typeof value.status === 'string';
}
function blank(service, op, status, options) {
    return {
        success: status !== 'failed' && status !== 'canceled',
        status,
        type: op.output.type,
        items: [],
        id: options.id || null,
        job_id: options.jobId || null,
        request_id: null,
        service: service.key,
        operation: op.id,
        expires_at: null,
        usage: { cost: null, remaining: null, unit: null },
        rate_limit: null,
        raw: null,
    };
}
/** Whether the HTTP status says that the call worked. */
function ok(exchange) {
    return exchange.status >= 200 && exchange.status < 300;
}
function statusOf(service, op, exchange) {
    const { success, status } = op.output.mapping || {};
    if (!ok(exchange) || isFalse((0, expressions_1.evaluate)(success, exchange)))
        return 'failed';
    if (op.job)
        return (0, expressions_1.jobState)(op.job, exchange);
    const job = status && jobPolledBy(service, op);
    return job ? (0, expressions_1.stateOf)(job, (0, expressions_1.evaluate)(status, exchange)) : 'succeeded';
}
function isFalse(value) {
    return value === false || value === 0 || value === 'false' || value === 'False';
}
function jobPolledBy(service, op) {
    return Object.values(service.operations)
        .map((other) => other.job)
        .find((job) => job !== undefined && job.poll.operation === op.id);
}
/** What the reply has made, whatever the work's state. */
function itemsOf(service, op, exchange, baseUrl) {
    const { items, mapping = {}, type } = op.output;
    if (type === 'none')
        return [];
    const given = items ? (0, expressions_1.evaluate)(items, exchange) : exchange.body;
    const urls = items ? undefined : (0, expressions_1.evaluate)(mapping.url, exchange);
    const whole = given === undefined ? [] : [given];
    const elements = Array.isArray(urls) ? urls : items && Array.isArray(given) ? given : items ? whole : [given];
    return elements
        .map((element) => itemOf(service, op, exchange, element, baseUrl, Array.isArray(urls) ? element : undefined))
        .filter((item) => item !== undefined);
}
function itemOf(service, op, exchange, element, baseUrl, url) {
    const value = (name) => (0, expressions_1.evaluate)((0, json_1.own)(op.output.mapping, name), exchange, element);
    const item = { type: op.output.type };
    if (item.type === 'text') {
        const said = value('text');
        return said === undefined ? undefined : { ...item, text: (0, json_1.isScalar)(said) ? String(said) : JSON.stringify(said) };
    }
    const address = textIn(url === undefined ? value('url') : url);
    item.url = address ? (0, urls_1.absolute)(address, baseUrl) : downloadUrl(service, op, exchange, element, baseUrl);
    if (!item.url)
        return undefined;
    const details = [
        ['id', textIn(value('item_id'))],
        ...TEXTS.map((name) => [name, textIn(value(name))]),
        ...NUMBERS.map((name) => [name, (0, failure_1.numberIn)(value(name))]),
    ];
    for (const [name, detail] of details)
        if (detail !== null)
            item[name] = detail;
    return item;
}
/** A text or a number as text; null for anything else and for the empty text. */
function textIn(value) {
    return typeof value === 'string' || typeof value === 'number' ? String(value) || null : null;
}
/** Where the bytes are, when no reply says so but an operation returns them. */
function downloadUrl(service, op, exchange, element, baseUrl) {
    const link = op.output.download;
    const target = link && (0, json_1.own)(service.operations, link.operation);
    if (!link || !target)
        return '';
    try {
        return (0, request_1.buildRequest)(service, target, (0, expressions_1.linkInputs)(link, exchange, element), baseUrl).url;
    }
    catch {
        // Without its identifier there is nothing to download yet.
        return '';
    }
}
/**
 * Where an operation returns a result's files: its inputs for each of the `count` items, in their order. Empty where no
 * operation does, or where elements and items do not fit: better none than another one's file.
 */
function downloads(service, op, exchange, count) {
    const link = op.output.download;
    const target = link && (0, json_1.own)(service.operations, link.operation);
    if (!link || !target)
        return [];
    const elements = op.output.items ? (0, expressions_1.evaluate)(op.output.items, exchange) : [undefined];
    if (!Array.isArray(elements) || elements.length !== count)
        return [];
    return elements.map((element) => ({ operation: link.operation, inputs: (0, expressions_1.linkInputs)(link, exchange, element) }));
}
/** The first item's URL or text under the name of its type, `image_url` to `text`. */
function flat(type, items) {
    const name = (0, json_1.own)(URL_FIELDS, type);
    const [item] = items;
    const value = item && (type === 'text' ? item.text : item.url);
    return name && value !== undefined ? { [name]: value } : {};
}
function rateLimit(service, exchange) {
    const { limit, remaining, reset } = service.rateLimit || {};
    const read = (rule) => (0, failure_1.numberIn)((0, expressions_1.amount)(rule, exchange));
    const found = { limit: read(limit), remaining: read(remaining), reset: read(reset) };
    return Object.values(found).some((value) => value !== null) ? found : null;
}
/** The URLs of a result's files, for fetching; texts have none. */
function mediaUrls(result) {
    const items = (0, json_1.isObject)(result) ? (0, json_1.own)(result, 'items') : undefined;
    const urls = (Array.isArray(items) ? items : []).map((item) => ((0, json_1.isObject)(item) ? (0, json_1.own)(item, 'url') : undefined));
    return urls.filter((url) => typeof url === 'string' && url !== '');
}
