"use strict";
/** A step's inputs, by Field.name, as the values the document asks for: shown fields only, each in its type. */
Object.defineProperty(exports, "__esModule", { value: true });
exports.InputError = void 0;
exports.readInputs = readInputs;
exports.applies = applies;
exports.convert = convert;
const dates_1 = require("./dates");
const digits_1 = require("./digits");
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
/**
 * The values of the fields that count, by name. Absent constants, and required fields, take their default. `zone` is
 * where dates without an offset were meant.
 */
function readInputs(fields, inputs, zone = 'UTC') {
    const values = {};
    for (const field of fields) {
        if (!applies(field, fields, inputs))
            continue;
        const given = (0, json_1.own)(inputs, field.name);
        const value = convert(field, given === undefined ? absent(field) : given, zone);
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
    const isGiven = (0, json_1.own)(inputs, (asking[0] || field).name) !== undefined;
    return (field.when || []).every((condition) => {
        const asked = siblings.find((sibling) => sibling.name === condition.field);
        if (!asked || asking.includes(asked))
            return true;
        return holds(condition, asked, siblings, inputs, isGiven) && applies(asked, siblings, inputs, [...asking, field]);
    });
}
function holds(condition, asked, siblings, inputs, isGiven) {
    const answer = (0, json_1.own)(inputs, asked.name);
    const isAnswered = answer !== undefined && answer !== null;
    // A selector is never sent: who leaves it out has answered it by the fields they fill in.
    if (!isAnswered && asked.in === 'selector')
        return isGiven || (0, json_1.isAmong)(answerBy(asked, siblings, inputs), condition.values);
    const value = isAnswered ? answer : asked.default;
    // A question nobody answered excludes nothing that is given, and asks for nothing else.
    return value === undefined ? isGiven : (0, json_1.isAmong)(value, condition.values);
}
/** What the given fields say to a question; without any its default. */
function answerBy(asked, siblings, inputs) {
    var _a;
    const told = siblings.flatMap((sibling) => (0, json_1.own)(inputs, sibling.name) === undefined ? [] : (sibling.when || []).filter(({ field }) => field === asked.name));
    const fitting = told.length ? told[0].values : [asked.default];
    return (_a = fitting.find((value) => told.every(({ values }) => (0, json_1.isAmong)(value, values)))) !== null && _a !== void 0 ? _a : fitting[0];
}
/** The value in the field's type, if nothing is lost on the way; undefined where it is not to be sent. */
function convert(field, value, zone) {
    if (value === undefined)
        return undefined;
    if (value === null)
        return field.nullable || field.type === 'any' ? null : undefined;
    if (!field.repeated)
        return convertOne(field, value, zone);
    const read = typeof value === 'string' && value.trim().startsWith('[') ? (0, json_1.parseInput)(value) : value;
    const list = Array.isArray(read) ? read : [value];
    return list.map((one) => convertOne(field, one, zone)).filter((one) => one !== undefined);
}
function convertOne(field, value, zone) {
    var _a;
    if (value instanceof Date)
        return convertOne(field, value.toISOString(), zone);
    switch (field.type) {
        case 'integer':
        case 'number':
            return convertNumber(field, value, zone);
        case 'boolean':
            return value === 'true' ? true : value === 'false' ? false : value;
        case 'object':
            return convertObject(field, jsonText(value), zone);
        case 'any':
            return (_a = listed(field, value)) !== null && _a !== void 0 ? _a : jsonText(value);
        case 'file':
            return value;
        default:
            return convertText(field, value, zone);
    }
}
function convertObject(field, value, zone) {
    if (!(0, json_1.isPlain)(value))
        return value;
    const fields = field.fields || [];
    const given = named(fields, value);
    const values = readInputs(fields, given, zone);
    for (const key of Object.keys(given)) {
        if (fields.some((known) => known.name === key))
            continue;
        const free = field.values ? convert(field.values, given[key], zone) : given[key];
        if (free !== undefined)
            (0, json_1.put)(values, key, free);
    }
    return values;
}
/** The parts of an object by Field.name, where they were given as the service calls them: alternatives share names. */
function named(fields, given) {
    const found = {};
    for (const key of Object.keys(given)) {
        const called = fields.filter((field) => field.name === key || wireName(field) === key);
        const shown = called.filter((field) => shows(field, fields, given));
        const own = shown.find((field) => field.name === key);
        const chosen = own && fits(own, given[key]) ? own : shown.find((field) => fits(field, given[key])) || own;
        (0, json_1.put)(found, chosen && !(chosen.name in given) ? chosen.name : key, given[key]);
    }
    return found;
}
function wireName(field) {
    const path = (0, json_1.tokens)(field.pointer || '');
    return path.length === 1 ? path[0] : '';
}
/** Whether the answers that were given ask for the field. */
function shows(field, siblings, given) {
    return applies(field, siblings, { ...given, [field.name]: true });
}
/** Whether a value is of the field's kind, as far as lists and objects go. */
function fits(field, value) {
    if (Array.isArray(value))
        return !!field.repeated || field.type === 'any';
    if ((0, json_1.isPlain)(value))
        return !field.repeated && (field.type === 'object' || field.type === 'any');
    return !field.repeated && field.type !== 'object';
}
/** A number where a text says one, with all its digits: '007' stays text. Dates become Unix seconds where those are asked for. */
function convertNumber(field, value, zone) {
    var _a;
    if (typeof value === 'number' && !Number.isFinite(value))
        throw new InputError(`${field.name} is not a number`, field.name);
    if (typeof value !== 'string' && typeof value !== 'bigint')
        return value;
    const text = String(value).trim();
    const number = (_a = (0, digits_1.numberOf)(text)) !== null && _a !== void 0 ? _a : (field.format === 'unix-time' ? (0, dates_1.secondsOf)(text, zone) : undefined);
    return number === undefined ? String(value) : number;
}
/** The value among those the document lists, of its own kind; undefined where it is none of them. */
function listed(field, value) {
    const choices = field.choices || [];
    return choices.includes(value) ? value : choices.find((choice) => (0, json_1.same)(choice, value));
}
/** A text, or what else the document allows in its place: a number, yes or no. */
function convertText(field, value, zone) {
    const kinds = field.kinds || [];
    const choice = listed(field, value);
    if (choice !== undefined)
        return choice;
    if (kinds.includes(typeof value) || value instanceof digits_1.Digits)
        return kinds.length ? value : String(value);
    if (typeof value !== 'string')
        return (0, json_1.isScalar)(value) ? String(value) : value;
    // Where only some words may stand, another text is a number.
    const number = field.choices && kinds.includes('number') ? (0, digits_1.numberOf)(value.trim()) : undefined;
    return number === undefined ? (0, dates_1.dateOf)(value, field.format, zone) : number;
}
/** What a text field for JSON holds. */
function jsonText(value) {
    if (typeof value !== 'string' || !/^\s*[{[]/.test(value))
        return value;
    const read = (0, json_1.parseInput)(value);
    return read === undefined ? value : read;
}
