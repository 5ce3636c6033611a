"use strict";
/** Failures of many services, told in one way. */
Object.defineProperty(exports, "__esModule", { value: true });
exports.failure = failure;
exports.isRetryable = isRetryable;
exports.numberIn = numberIn;
const expressions_1 = require("./expressions");
const durations_1 = require("./durations");
const json_1 = require("./json");
const TYPES = {
    401: 'unauthorized', 402: 'insufficient_credits', 403: 'forbidden', 404: 'not_found',
    408: 'timeout', 429: 'rate_limited', 504: 'timeout',
}; // prettier-ignore
const RETRYABLE = ['rate_limited', 'quota_exceeded', 'provider_error', 'timeout', 'unreachable'];
const PLACES = [
    ['error', 'message'], ['error'], ['message'], ['detail'], ['errors', '0', 'message'], ['errors'], ['error_message'],
    ['errorMessage'], ['error_description'], ['msg'], ['reason'], ['title'],
]; // prettier-ignore
/**
 * What went wrong in an exchange that did not work. `status` 0 means that no reply came. `clock.now` (unix seconds)
 * turns dates into waits.
 */
function failure(service, op, exchange, clock = {}) {
    const type = failureType(service, exchange.status);
    return {
        type,
        message: messageOf(service, op, exchange),
        status: exchange.status || null,
        // What was answered, with a failure or a redirect, would be answered again.
        retryable: isRetryable(type) && !(exchange.status >= 200 && exchange.status < 400),
        retry_after: retryAfter(service, exchange, clock),
    };
}
function isRedirect(status) {
    return status >= 300 && status < 400;
}
/** Whether the same request may work later. */
function isRetryable(type) {
    return RETRYABLE.includes(type);
}
function failureType(service, status) {
    const types = (service.errors && service.errors.types) || {};
    const said = (0, json_1.own)(types, String(status)) || (0, json_1.own)(types, `${Math.floor(status / 100)}XX`);
    if (said || !status)
        return said || 'unreachable';
    // A 2XX that says it failed, or a redirect nobody follows, is the service's doing.
    const usual = status >= 400 && status < 500 ? 'invalid_request' : 'provider_error';
    return (0, json_1.own)(TYPES, String(status)) || usual;
}
function messageOf(service, op, exchange) {
    const { body, status } = exchange;
    const rules = [op.job && op.job.error, service.errors && service.errors.message];
    const said = [...rules.map((rule) => (0, expressions_1.evaluate)(rule, exchange)), ...PLACES.map((path) => (0, json_1.lookup)(body, path))];
    const found = said.map(words).find((text) => text !== '');
    if (found)
        return found.slice(0, 2000);
    if (isRedirect(status))
        return 'The service answered with a redirect that is not followed';
    const plain = typeof body === 'string' ? untagged(body) : '';
    if (plain)
        return plain;
    if (status >= 200 && status < 300)
        return 'The service reports that it failed, without a reason';
    return status ? `HTTP ${status}` : 'The service could not be reached';
}
/** A text, a list of texts, or FastAPI's [{loc, msg}]; '' for anything else. */
function words(value) {
    if (typeof value === 'string')
        return value.trim();
    if (!Array.isArray(value))
        return '';
    return value.slice(0, 20).map(entryWords).filter(Boolean).join('; ');
}
function entryWords(entry) {
    if (typeof entry === 'string')
        return entry.trim();
    const message = (0, json_1.isObject)(entry) ? (0, json_1.own)(entry, 'msg') : undefined;
    if (!(0, json_1.isObject)(entry) || typeof message !== 'string')
        return '';
    const place = (0, json_1.own)(entry, 'loc');
    return Array.isArray(place) && place.length ? `${place.join('.')}: ${message}` : message;
}
function untagged(text) {
    const plain = text.slice(0, 4000).replace(/<[^>]{0,500}>/g, ' ');
    return plain.replace(/\s+/g, ' ').trim().slice(0, 200);
}
function retryAfter(service, exchange, clock) {
    if (exchange.status < 400)
        return null;
    const told = (0, expressions_1.evaluate)(service.errors && service.errors.retryAfter, exchange);
    for (const value of [told, (0, expressions_1.header)(exchange.headers, 'retry-after')]) {
        const seconds = (0, durations_1.secondsUntil)(value, clock);
        if (seconds !== null)
            return seconds;
    }
    const reset = numberIn((0, expressions_1.amount)(service.rateLimit && service.rateLimit.reset, exchange));
    if (exchange.status !== 429 || reset === null || clock.now === undefined)
        return null;
    return Math.max(0, reset - clock.now);
}
/** A finite number, also where it came as a text, as headers do. */
function numberIn(value) {
    if (typeof value === 'string' && /^\s*-?\d{1,18}(\.\d{1,18})?\s*$/.test(value))
        return Number(value);
    return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
