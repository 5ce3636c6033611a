"use strict";
/** Decoded JSON from strangers: only own keys are read, and no key can reach a prototype. */
Object.defineProperty(exports, "__esModule", { value: true });
exports.isObject = isObject;
exports.isPlain = isPlain;
exports.own = own;
exports.put = put;
exports.same = same;
exports.isAmong = isAmong;
exports.isScalar = isScalar;
exports.record = record;
exports.lookup = lookup;
exports.tokens = tokens;
exports.place = place;
exports.merge = merge;
exports.parse = parse;
exports.parseInput = parseInput;
const digits_1 = require("./digits");
function isObject(value) {
    return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
/** An object that is only data, unlike a Buffer or a stream a platform hands through. */
function isPlain(value) {
    if (!isObject(value))
        return false;
    const prototype = Object.getPrototypeOf(value);
    // A literal made in another realm (a sandbox) has that realm's Object.prototype.
    return prototype === null || Object.getPrototypeOf(prototype) === null;
}
/** The object's own value, never one of its prototype. */
function own(object, key) {
    return object && Object.prototype.hasOwnProperty.call(object, key) ? object[key] : undefined;
}
/** Sets an own key. `__proto__` is dropped: it is no service's property, and later merges might follow it. */
function put(object, key, value) {
    if (key !== '__proto__')
        object[key] = value;
}
/** Whether `left` and `right` are the same scalar, as people see it: 5 is '5', true is 'true'. */
function same(left, right) {
    return left === right || (isScalar(left) && isScalar(right) && String(left) === String(right));
}
/** Whether the value, or one of a list's, is among those wanted. */
function isAmong(value, wanted) {
    return (Array.isArray(value) ? value : [value]).some((one) => wanted.some((other) => same(one, other)));
}
function isScalar(value) {
    return value instanceof digits_1.Digits || ['string', 'number', 'boolean', 'bigint'].includes(typeof value);
}
/** An element of a list as a record: what is no object stands under `value`. */
function record(value) {
    return isPlain(value) ? value : { value };
}
/** The value at `path`; undefined where there is none (or where it is null). */
function lookup(value, path) {
    let current = value;
    for (const token of path) {
        if (Array.isArray(current))
            current = /^[0-9]{1,9}$/.test(token) ? current[Number(token)] : undefined;
        else if (isObject(current))
            current = own(current, token);
        else
            return undefined;
    }
    return current === null ? undefined : current;
}
/** `/a/b~1c` to ['a', 'b/c']; a text without a leading slash is one token. */
function tokens(pointer) {
    if (pointer === '')
        return [];
    if (!pointer.startsWith('/'))
        return [pointer];
    return pointer
        .slice(1)
        .split('/')
        .map((token) => token.replace(/~1/g, '/').replace(/~0/g, '~'));
}
/** Sets `value` at `path` inside `target`, making the objects on the way. */
function place(target, path, value) {
    let current = target;
    for (const token of path.slice(0, -1)) {
        let next = own(current, token);
        if (!isObject(next)) {
            next = {};
            put(current, token, next);
        }
        current = next;
    }
    put(current, path[path.length - 1], value);
}
/** Copies `extra` over `base`, object by object; lists and scalars of `extra` replace. Neither is changed. */
function merge(base, extra) {
    const result = {};
    for (const key of Object.keys(base))
        put(result, key, base[key]);
    for (const key of Object.keys(extra)) {
        const [old, value] = [own(result, key), extra[key]];
        put(result, key, isPlain(value) ? merge(isPlain(old) ? old : {}, value) : value);
    }
    return result;
}
/** The JSON a text of a service's holds; undefined where it holds none. A number JavaScript would change is its text. */
function parse(text) {
    return (0, digits_1.readJson)(text, (digits) => digits);
}
/** The JSON a person wrote, to be sent: with every digit. */
function parseInput(text) {
    return (0, digits_1.readJson)(text, (digits) => new digits_1.Digits(digits));
}
