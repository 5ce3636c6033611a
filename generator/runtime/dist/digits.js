"use strict";
/** Numbers by their digits, where JavaScript's own would lose some: ids of 64 bits, prices as they were written. */
Object.defineProperty(exports, "__esModule", { value: true });
exports.Digits = void 0;
exports.numberOf = numberOf;
exports.jsonOf = jsonOf;
exports.readJson = readJson;
/** A number as it was written. In JSON it stands as it is; elsewhere it is its text. */
class Digits {
    constructor(text) {
        this.text = text;
    }
    toString() {
        return this.text;
    }
    toJSON() {
        return this.text;
    }
}
exports.Digits = Digits;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
/** The number that a text says in JSON's own form, with every digit; undefined where it says none ('007', '+5'). */
function numberOf(text) {
    if (!NUMBER.test(text))
        return undefined;
    return String(Number(text)) === text ? Number(text) : new Digits(text);
}
/** Whether JavaScript's number has the same value. */
function isKept(text) {
    return decimal(text) === decimal(String(Number(text)));
}
/** The value as digits and a power of ten, however it is written. */
function decimal(text) {
    const found = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text);
    if (!found)
        return text;
    const [sign, whole, part = '', power = '0'] = found.slice(1);
    const digits = (whole + part).replace(/^0+/, '');
    const significant = digits.replace(/0+$/, '');
    if (!significant)
        return '0';
    return `${sign}${significant}e${Number(power) - part.length + digits.length - significant.length}`;
}
/** JSON of a value with its Digits; undefined and what is no data is left out as JSON.stringify does. */
function jsonOf(value) {
    var _a;
    if (value instanceof Digits)
        return value.text;
    if (value === null || typeof value !== 'object' || !holdsDigits(value))
        return (_a = JSON.stringify(value)) !== null && _a !== void 0 ? _a : 'null';
    if (Array.isArray(value))
        return `[${value.map(jsonOf).join(',')}]`;
    const entries = Object.entries(value).filter(([, one]) => one !== undefined && typeof one !== 'function');
    return `{${entries.map(([key, one]) => `${JSON.stringify(key)}:${jsonOf(one)}`).join(',')}}`;
}
function holdsDigits(value) {
    return Object.values(value).some((one) => one instanceof Digits || (!!one && typeof one === 'object' && holdsDigits(one)));
}
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
/**
 * The value of a JSON text; undefined where it is none. `kept` makes something of the digits of each number that
 * JavaScript would change.
 */
function readJson(text, kept) {
    try {
        const plain = JSON.parse(text);
        return /\d{16}|\d[.]\d{15}|\d[eE]/.test(text) ? withDigits(text, plain, kept) : plain;
    }
    catch {
        return undefined;
    }
}
/** Such numbers are read as texts with a mark that no text of the value holds. */
function withDigits(text, plain, kept) {
    const found = [];
    const said = JSON.stringify(plain);
    let mark = '#';
    while (said.includes(mark))
        mark += '#';
    const marked = text.replace(TOKEN, (one) => one.startsWith('"') || isKept(one) ? one : `"${mark}${found.push(one) - 1}"`);
    if (!found.length)
        return plain;
    return JSON.parse(marked, (_key, value) => typeof value === 'string' && value.startsWith(mark) ? kept(found[Number(value.slice(mark.length))]) : value);
}
