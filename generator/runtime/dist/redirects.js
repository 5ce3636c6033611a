"use strict";
/** Redirects by RFC 9110 (15.4): what to ask next, and to whom nothing is shown. */
Object.defineProperty(exports, "__esModule", { value: true });
exports.MOST_REDIRECTS = void 0;
exports.redirected = redirected;
const encode_1 = require("./encode");
const urls_1 = require("./urls");
exports.MOST_REDIRECTS = 5;
/**
 * The request that follows `request` after a reply with this status and Location; undefined where the reply is no
 * redirect, or one that must not be followed. After 303, and after 301 and 302 of a POST, it is a GET without a body.
 * Another server is asked without what was meant for the first one, and never gets a body.
 */
function redirected(request, status, location) {
    if (![301, 302, 303, 307, 308].includes(status) || typeof location !== 'string' || !location.trim())
        return undefined;
    const url = (0, urls_1.resolve)(location.trim().replace(/[^\x21-\x7e]/gu, encode_1.percent), request.url);
    if (!(0, urls_1.split)(url))
        return undefined;
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const reads = !isRead && (status === 303 || (status < 303 && request.method === 'POST'));
    const next = reads ? asGet(request, url) : { ...request, url };
    if ((0, urls_1.sameOrigin)(url, request.url))
        return next;
    return isRead || reads ? { ...next, headers: headersOf(next, ['accept', 'user-agent']) } : undefined;
}
function asGet(request, url) {
    const { path, query, parameters, server, security } = request;
    const kept = Object.keys(request.headers).filter((name) => !name.startsWith('content-'));
    const headers = headersOf(request, kept);
    return { method: 'GET', url, headers, query, path, parameters, server, security, bodyType: 'none', parts: [] };
}
function headersOf(request, names) {
    return Object.fromEntries(Object.entries(request.headers).filter(([name]) => names.includes(name)));
}
