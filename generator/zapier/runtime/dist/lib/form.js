"use strict";
/** A Zapier form's values back to the inputs of the operation, by name and in their natural shape. */
Object.defineProperty(exports, "__esModule", { value: true });
exports.FormError = void 0;
exports.blank = blank;
exports.readForm = readForm;
exports.json = json;
exports.dynamicFields = dynamicFields;
const json_1 = require("../core/json");
class FormError extends Error {
}
exports.FormError = FormError;
/** Whether nobody filled it in. */
function blank(value) {
    if (value === undefined || value === null || value === '')
        return true;
    return (Array.isArray(value) && value.length === 0) || ((0, json_1.isObject)(value) && Object.keys(value).length === 0);
}
/** `entries` say where the value of each key goes; nothing that was left empty is set. */
function readForm(entries, data) {
    const inputs = {};
    for (const entry of entries) {
        const value = read(entry, (0, json_1.own)(data, entry.key));
        if (blank(value))
            continue;
        const known = entry.merge ? (0, json_1.lookup)(inputs, entry.path) : undefined;
        (0, json_1.place)(inputs, entry.path, (0, json_1.isObject)(known) && (0, json_1.isObject)(value) ? { ...value, ...known } : value);
    }
    return inputs;
}
function read(entry, value) {
    if (blank(value))
        return undefined;
    if (entry.children)
        return rows(entry, entry.children, value);
    if (entry.json)
        return json(entry, value);
    if (entry.dict)
        return dictionary(entry, value);
    if (entry.list)
        return list(entry, value);
    return value;
}
function rows(entry, children, value) {
    const given = json(entry, value);
    const all = (Array.isArray(given) ? given : [given]).filter(json_1.isObject);
    return all.map((row) => readForm(children, row)).filter((row) => Object.keys(row).length > 0);
}
function list(entry, value) {
    const given = typeof value === 'string' && value.trim().startsWith('[') ? json(entry, value) : value;
    return (Array.isArray(given) ? given : [given]).filter((one) => !blank(one));
}
function dictionary(entry, value) {
    const given = json(entry, value);
    if (!(0, json_1.isObject)(given))
        throw new FormError(`${entry.label} needs pairs of a key and a value.`);
    return Object.fromEntries(Object.entries(given).filter(([key, one]) => key !== '' && !blank(one)));
}
/** What a text field for JSON holds; other values as they are. */
function json({ label }, value) {
    if (typeof value !== 'string')
        return value;
    const read = (0, json_1.parseInput)(value);
    if (read === undefined)
        throw new FormError(`${label} is not valid JSON.`);
    return read;
}
/** Names of the conditional fields of one group that the answers given so far ask for. */
function dynamicFields(group, data) {
    return group.filter(({ when }) => when.every((condition) => holds(condition, data))).map(({ field }) => field);
}
function holds(condition, data) {
    const given = (0, json_1.own)(data, condition.key);
    return (0, json_1.isAmong)(blank(given) ? condition.default : given, condition.values);
}
