"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.fromText = fromText;
exports.joined = joined;
exports.isBytes = isBytes;
exports.asBytes = asBytes;
exports.randomName = randomName;
exports.digest = digest;
exports.hmac = hmac;
exports.equal = equal;
function fromText(text, encoding = 'utf8') {
    return Buffer.from(text, encoding);
}
function joined(list) {
    return Buffer.concat(list);
}
function isBytes(value) {
    return Buffer.isBuffer(value);
}
function asBytes(body) {
    if (typeof body === 'string' || body instanceof ArrayBuffer)
        return Buffer.from(body);
    if (isBytes(body))
        return body;
    return Buffer.from(body === undefined || body === null ? '' : JSON.stringify(body));
}
function randomName() {
    return crypto.randomUUID();
}
async function digest(value) {
    const found = await crypto.subtle.digest('SHA-256', Buffer.from(JSON.stringify(value)));
    return Buffer.from(found).toString('hex').slice(0, 32);
}
async function hmac(hash, secret, data) {
    const key = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash }, false, ['sign']);
    return Buffer.from(await crypto.subtle.sign('HMAC', key, data));
}
function equal(left, right) {
    let difference = left.length ^ right.length;
    for (let i = 0; i < left.length; i++)
        difference |= left[i] ^ (right[i] || 0);
    return difference === 0;
}
