"use strict";
/** Which of a connection's secrets go along with a call, and how they are written. */
Object.defineProperty(exports, "__esModule", { value: true });
exports.signedBy = signedBy;
exports.heldBy = heldBy;
exports.sign = sign;
const request_1 = require("./request");
const json_1 = require("./json");
/**
 * Of the schemes `held` those that go along: the first of the alternatives that they fulfil; none where the call is
 * made without, null where they do not suffice. An operation that does not say what it needs takes them all.
 */
function signedBy(security, held) {
    if (!security)
        return held;
    const fulfilled = security.find((entry) => entry.length > 0 && entry.every((name) => held.includes(name)));
    if (fulfilled)
        return fulfilled;
    return security.some((entry) => entry.length === 0) ? [] : null;
}
/** The schemes whose secrets are filled in. */
function heldBy(service, secrets, data) {
    const filled = ({ scheme, key }) => {
        const auth = (0, json_1.own)(service.schemes, scheme);
        return auth && auth.kind === 'http' ? text(data.username) !== '' || text(data.password) !== '' : text((0, json_1.own)(data, key)) !== '';
    };
    return secrets.filter(filled).map(({ scheme }) => scheme);
}
/** The request with the secrets of the schemes named. */
function sign(request, service, secrets, data, names, base64) {
    let { url } = request;
    const headers = { ...request.headers };
    for (const { scheme, key } of secrets.filter((one) => names.includes(one.scheme))) {
        const auth = (0, json_1.own)(service.schemes, scheme);
        if (!auth)
            continue;
        const value = written(auth, key, data, base64);
        const name = auth.name || 'Authorization';
        if (auth.location === 'query')
            url = (0, request_1.addQuery)(url, [[encodeURIComponent(name), encodeURIComponent(value)]]);
        else if (auth.location === 'cookie') {
            const pair = `${name}=${encodeURIComponent(value)}`;
            headers.cookie = headers.cookie ? `${headers.cookie}; ${pair}` : pair;
        }
        else
            headers[name.toLowerCase()] = value;
    }
    return { ...request, url, headers };
}
/** A key as it stands in the request. People paste it with its prefix, or without. */
function written(auth, key, data, base64) {
    const { kind, valuePrefix = kind === 'oauth2' ? 'Bearer ' : '' } = auth;
    if (kind === 'http')
        return `Basic ${base64(`${data.username || ''}:${data.password || ''}`)}`;
    const value = text((0, json_1.own)(data, key));
    return value.toLowerCase().startsWith(valuePrefix.toLowerCase()) ? value : valuePrefix + value;
}
function text(value) {
    return typeof value === 'string' ? value.trim() : '';
}
