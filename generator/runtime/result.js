"use strict";
/** The normalized result: what every step returns, whatever the service. The meaning is schemas/normalize.py's. */
Object.defineProperty(exports, "__esModule", { value: true });
exports.normalize = normalize;
exports.ok = ok;
exports.mediaUrls = mediaUrls;
const expressions_1 = require("./expressions");
const failure_1 = require("./failure");
const json_1 = require("./json");
const request_1 = require("./request");
const urls_1 = require("./urls");
const URL_FIELDS = {
    image: 'image_url', audio: 'audio_url', video: 'video_url', model3d: 'model_url', file: 'file_url', text: 'text',
}; // prettier-ignore
const DETAILS = ['content_type', 'file_name', 'file_size', 'width', 'height', 'duration', 'preview_url'];
const STATES = ['queued', 'running', 'succeeded', 'failed', 'canceled'];
/** The result of `op`; of an operation with a job, `exchange` is the poll's (or the one that started it). */
function normalize(service, op, exchange, options = {}) {
    const status = statusOf(service, op, exchange);
    const mapped = (name) => (0, expressions_1.evaluate)((0, json_1.own)(op.output.mapping, name), exchange);
    const failed = status === 'failed' || status === 'canceled';
    const items = failed ? [] : itemsOf(service, op, exchange, options.baseUrl || service.baseUrl || '');
    const usage = op.usage || {};
    const result = {
        success: !failed,
        status,
        type: op.output.type,
        ...flat(op.output.type, items),
        items,
        id: first(mapped('id'), options.id),
        job_id: options.jobId || null,
        request_id: first(mapped('request_id')),
        service: service.key,
        operation: op.id,
        expires_at: first(mapped('expires_at')),
        usage: {
            cost: first((0, expressions_1.amount)(usage.cost, exchange)),
            remaining: first((0, expressions_1.evaluate)(usage.remaining, exchange)),
            unit: usage.unit || null,
        },
        rate_limit: rateLimit(service, exchange),
        raw: exchange.body === undefined ? null : exchange.body,
    };
    if (failed)
        result.error = (0, failure_1.failure)(service, op, exchange, options);
    return result;
}
/** Whether the HTTP status says that the call worked. */
function ok(exchange) {
    return exchange.status >= 200 && exchange.status < 300;
}
function statusOf(service, op, exchange) {
    if (!ok(exchange))
        return 'failed';
    const { success, status } = op.output.mapping || {};
    if (success && isFalse((0, expressions_1.evaluate)(success, exchange)))
        return 'failed';
    if (op.job)
        return (0, expressions_1.stateOf)(op.job, (0, expressions_1.evaluate)(op.job.status, exchange));
    if (!status)
        return 'succeeded';
    const said = (0, expressions_1.evaluate)(status, exchange);
    const job = jobPolledBy(service, op);
    if (job)
        return (0, expressions_1.stateOf)(job, said);
    return (0, json_1.isScalar)(said) && STATES.includes(String(said)) ? String(said) : 'succeeded';
}
function isFalse(value) {
    return value === false || value === 'false' || value === 0;
}
function jobPolledBy(service, op) {
    return Object.values(service.operations)
        .map((other) => other.job)
        .find((job) => job !== undefined && job.poll.operation === op.id);
}
function itemsOf(service, op, exchange, baseUrl) {
    const { items, mapping = {}, type } = op.output;
    if (type === 'none')
        return [];
    const list = items ? (0, expressions_1.evaluate)(items, exchange) : undefined;
    if (items)
        return (Array.isArray(list) ? list : []).map((one) => itemOf(service, op, exchange, one, baseUrl)).filter(isItem);
    const urls = (0, expressions_1.evaluate)(mapping.url, exchange);
    const elements = Array.isArray(urls) ? urls : [undefined];
    return elements.map((one) => itemOf(service, op, exchange, one, baseUrl)).filter(isItem);
}
function isItem(item) {
    return item !== undefined;
}
function itemOf(service, op, exchange, element, baseUrl) {
    const { mapping = {}, type } = op.output;
    const value = (name) => (0, expressions_1.evaluate)((0, json_1.own)(mapping, name), exchange, element);
    const item = { type };
    if (type === 'text') {
        const text = mapping.text ? value('text') : typeof element === 'string' ? element : undefined;
        if ((0, json_1.isScalar)(text))
            item.text = String(text);
    }
    const url = typeof element === 'string' && type !== 'text' ? element : value('url');
    const address = (0, json_1.isScalar)(url) ? (0, urls_1.absolute)(String(url), baseUrl) : downloadUrl(service, op, exchange, element, baseUrl);
    if (address)
        item.url = address;
    for (const name of DETAILS)
        set(item, name, value(name));
    if (typeof item.preview_url === 'string')
        item.preview_url = (0, urls_1.absolute)(item.preview_url, baseUrl);
    set(item, 'id', value('item_id'));
    return Object.keys(item).length > 1 ? item : undefined;
}
function set(item, name, value) {
    if (value !== undefined && value !== null && value !== '')
        item[name] = value;
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
function flat(type, items) {
    const name = (0, json_1.own)(URL_FIELDS, type);
    const [item] = items;
    const value = item && (type === 'text' ? item.text : item.url);
    return name && value !== undefined ? { [name]: value } : {};
}
function first(...values) {
    const value = values.find((one) => one !== undefined && one !== null);
    return value === undefined ? null : value;
}
function rateLimit(service, exchange) {
    const rules = service.rateLimit;
    if (!rules)
        return null;
    const [limit, remaining, reset] = [rules.limit, rules.remaining, rules.reset].map((rule) => number((0, expressions_1.amount)(rule, exchange)));
    if (limit === null && remaining === null && reset === null)
        return null;
    return { limit: limit, remaining: remaining, reset: reset };
}
function number(value) {
    const text = (0, json_1.isScalar)(value) ? String(value).trim() : '';
    return /^-?\d{1,15}(\.\d{1,9})?$/.test(text) ? Number(text) : null;
}
/** The URLs of a result's files, for fetching; texts have none. */
function mediaUrls(result) {
    const items = (0, json_1.isObject)(result) ? (0, json_1.own)(result, 'items') : undefined;
    const urls = (Array.isArray(items) ? items : []).map((item) => ((0, json_1.isObject)(item) ? (0, json_1.own)(item, 'url') : undefined));
    return urls.filter((url) => typeof url === 'string' && url !== '');
}
