"use strict";
/** A step's inputs, by Field.name, as the values the document asks for: shown fields only, each in its type. */
Object.defineProperty(exports, "__esModule", { value: true });
exports.InputError = void 0;
exports.readInputs = readInputs;
exports.applies = applies;
exports.convert = convert;
const json_1 = require("./json");
/** The inputs do not make a request. `message` is fit for the user, `field` the input's name. */
class InputError extends Error {
    constructor(message, field = '') {
        super(message);
        this.field = field;
        this.name = 'InputError';
    }
}
exports.InputError = InputError;
/** The values of the fields that count, by name. Absent constants, and required fields, take their default. */
function readInputs(fields, inputs) {
    const values = {};
    for (const field of fields) {
        if (!applies(field, fields, inputs))
            continue;
        const given = (0, json_1.own)(inputs, field.name);
        const value = convert(field, given === undefined ? absent(field) : given);
        if (value !== undefined)
            (0, json_1.put)(values, field.name, value);
    }
    return values;
}
function absent(field) {
    if (!field.required && !field.constant)
        return undefined;
    if (field.default !== undefined || field.type !== 'object' || field.repeated)
        return field.default;
    const constants = readInputs(field.fields || [], {});
    return Object.keys(constants).length ? constants : undefined;
}
/** Whether all of the field's conditions hold, those of the fields they look at included. */
function applies(field, siblings, inputs, asking = []) {
    return (field.when || []).every((condition) => {
        const asked = siblings.find((sibling) => sibling.name === condition.field);
        if (!asked || asking.includes(asked))
            return true;
        return holds(condition, asked, field, inputs) && applies(asked, siblings, inputs, [...asking, field]);
    });
}
function holds(condition, asked, field, inputs) {
    const given = (0, json_1.own)(inputs, asked.name);
    // A selector is never sent: who leaves it out has answered it by the fields they fill in.
    const assumed = asked.in !== 'selector' || field.constant ? asked.default : undefined;
    const value = given === undefined || given === null ? assumed : given;
    // A question nobody answered excludes nothing.
    if (value === undefined)
        return true;
    return (0, json_1.isAmong)(value, condition.values);
}
/** The value in the field's type, if nothing is lost on the way; undefined where it is not to be sent. */
function convert(field, value) {
    if (value === undefined)
        return undefined;
    if (value === null)
        return field.nullable || field.type === 'any' ? null : undefined;
    if (!field.repeated)
        return convertOne(field, value);
    const read = typeof value === 'string' && value.trim().startsWith('[') ? (0, json_1.parse)(value) : value;
    const list = Array.isArray(read) ? read : [value];
    return list.map((one) => convertOne(field, one)).filter((one) => one !== undefined);
}
function convertOne(field, value) {
    if (value instanceof Date)
        return dateText(value.toISOString(), field.format);
    switch (field.type) {
        case 'integer':
        case 'number':
            return convertNumber(field, value);
        case 'boolean':
            return value === 'true' ? true : value === 'false' ? false : value;
        case 'object':
            return convertObject(field, jsonText(value));
        case 'any':
            return jsonText(value);
        case 'file':
            return value;
        default:
            return typeof value === 'string' ? dateText(value, field.format) : (0, json_1.isScalar)(value) ? String(value) : value;
    }
}
function convertObject(field, value) {
    if (!(0, json_1.isPlain)(value))
        return value;
    const fields = field.fields || [];
    const values = readInputs(fields, value);
    for (const key of Object.keys(value)) {
        if (fields.some((known) => known.name === key))
            continue;
        const free = field.values ? convert(field.values, value[key]) : value[key];
        if (free !== undefined)
            (0, json_1.put)(values, key, free);
    }
    return values;
}
/** A number where a text says exactly that: '007' and twenty digits stay text. */
function convertNumber(field, value) {
    if (typeof value === 'number' && !Number.isFinite(value))
        throw new InputError(`${field.name} is not a number`, field.name);
    if (typeof value !== 'string' && typeof value !== 'bigint')
        return value;
    const [text, number] = [String(value).trim(), Number(value)];
    return text === String(number) && Number.isFinite(number) ? number : String(value);
}
/** What a text field for JSON holds. */
function jsonText(value) {
    if (typeof value !== 'string' || !/^\s*[{[]/.test(value))
        return value;
    const read = (0, json_1.parse)(value);
    return read === undefined ? value : read;
}
/** Date pickers hand over a time of day with every date. */
function dateText(text, format) {
    return format === 'date' && /^\d{4}-\d\d-\d\dT/.test(text) ? text.slice(0, 10) : text;
}
