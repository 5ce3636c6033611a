"use strict";
/** What a step gives to the next one: what was made, a record as it is, or one element of a list. */
Object.defineProperty(exports, "__esModule", { value: true });
exports.stepOutput = stepOutput;
exports.fileOutput = fileOutput;
exports.elementMedia = elementMedia;
exports.elementOutput = elementOutput;
const expressions_1 = require("./expressions");
const json_1 = require("./json");
const result_1 = require("./result");
const DETAILS = ['content_type', 'file_name', 'width', 'height', 'duration'];
const USUAL = { kind: 'record' };
/** A reply without anything in it. */
const DONE = { success: true };
/** What a step gives that is no list; with `raw`, the reply itself where it says more than the result's fields. */
function stepOutput(op, result, raw = true) {
    const { kind, more } = op.gives || USUAL;
    const finished = (0, expressions_1.isFinal)(result.status);
    if (kind === 'record' && (finished || (0, json_1.isObject)(result.raw)))
        return recordOf(result.raw);
    return made(result, raw && !!more);
}
/** What was made: the flat field first, absent things left out. */
function made(result, raw) {
    const [first] = result.items || [];
    const detail = (name) => first && (0, json_1.own)(first, name);
    const usage = present((result.usage || {}));
    const given = {
        ...(0, result_1.flat)(result.type, result.items || []),
        id: result.id || detail('id'),
        status: result.status,
    };
    for (const name of DETAILS)
        given[name] = detail(name);
    return present({
        ...given,
        items: result.items && result.items.length > 1 ? result.items : undefined,
        usage: 'cost' in usage || 'remaining' in usage ? usage : undefined,
        expires_at: result.expires_at,
        job_id: (0, expressions_1.isFinal)(result.status) ? undefined : result.job_id,
        raw: raw ? result.raw : undefined,
    });
}
/** A reply as the record that it is. What is no object stands under `value`, or under `items` where it is a list. */
function recordOf(raw) {
    if (raw === undefined || raw === null || raw === '')
        return DONE;
    if (Array.isArray(raw))
        return { items: raw };
    return (0, json_1.isPlain)(raw) ? (Object.keys(raw).length ? raw : DONE) : { value: raw };
}
/** What a reply that is a file gives beside its bytes; `url` where a later step finds them. */
function fileOutput(result, name, type, url) {
    const shown = url === undefined ? {} : (0, result_1.flat)(result.type === 'none' ? 'file' : result.type, [{ type: 'file', url }]);
    return present({ ...shown, id: result.id, status: result.status, content_type: type, file_name: name });
}
/** What an element of a list shows by the first of its rules that finds something. */
function elementMedia(service, media, element, baseUrl = '') {
    const exchange = { status: 200, headers: {}, body: element };
    for (const output of (0, json_1.isPlain)(element) ? media || [] : []) {
        const op = { id: '', method: 'GET', path: '', output };
        const items = (0, result_1.itemsOf)(service, op, exchange, baseUrl || service.baseUrl || '');
        if (items.length)
            return { op, exchange, items };
    }
    return undefined;
}
/** One element of a list, or one event: its flat field first, its own fields after; a scalar as `{value}`. */
function elementOutput(service, media, element, baseUrl = '') {
    if (!(0, json_1.isPlain)(element))
        return { value: element };
    const shown = elementMedia(service, media, element, baseUrl);
    const [found] = shown ? Object.entries((0, result_1.flat)(shown.op.output.type, shown.items)) : [];
    return found ? withFlat(element, found[0], found[1]) : element;
}
function withFlat(element, name, value) {
    const given = { [name]: value };
    const old = (0, json_1.own)(element, name);
    const kept = old !== undefined && old !== null && old !== value;
    for (const key of Object.keys(element)) {
        if (key !== name)
            (0, json_1.put)(given, key, element[key]);
        else if (kept)
            (0, json_1.put)(given, `${name}_original`, old);
    }
    return given;
}
function present(values) {
    return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== null));
}
