"use strict";
/** Request bodies in the operation's media type. Files stay what the platform handed in: it makes the bytes. */
Object.defineProperty(exports, "__esModule", { value: true });
exports.withoutBody = withoutBody;
exports.bodyOf = bodyOf;
exports.partName = partName;
const digits_1 = require("./digits");
const encode_1 = require("./encode");
const inputs_1 = require("./inputs");
const json_1 = require("./json");
function withoutBody(extra) {
    if (Object.keys(extra).length)
        throw new inputs_1.InputError('This step sends no body to add to', 'additionalBody');
    return { bodyType: 'none', parts: [] };
}
function bodyOf(op, values, extra) {
    const fields = (op.fields || []).filter((field) => field.in === 'body');
    const contentType = op.mediaType || 'application/json';
    const kind = kindOf(op.mediaType, fields);
    const whole = assemble(fields, values);
    if (kind === 'binary' || kind === 'text')
        return raw(op, kind, whole, extra);
    const document = extended(whole, extra);
    if (document === undefined && !op.bodyRequired)
        return withoutBody({});
    const only = fields.find((field) => !field.pointer);
    if (document === undefined && only && (only.repeated || only.type !== 'object'))
        throw missing(only);
    const sent = document === undefined ? {} : document;
    if (kind === 'json')
        return { bodyType: 'json', body: sent, parts: [], document: sent, contentType };
    const object = (0, json_1.isPlain)(sent) ? sent : {};
    if (kind === 'multipart')
        return { bodyType: 'multipart', parts: multipart(fields, object), document: object };
    return { bodyType: 'form', body: form(fields, object), parts: [], document: object, contentType };
}
function kindOf(mediaType, fields) {
    const type = (mediaType || 'application/json').toLowerCase().replace(/\s*;.*$/, '');
    const isFile = fields.some((field) => !field.pointer && isFileField(field));
    if ((0, encode_1.isJson)(type) || (/^(\*|application)\/\*$/.test(type) && !isFile))
        return 'json';
    if (type === 'application/x-www-form-urlencoded')
        return 'form';
    if (type.startsWith('multipart/'))
        return 'multipart';
    return !isFile && (type.startsWith('text/') || /[/+](xml|x-ndjson|jsonl|yaml|graphql)$/.test(type))
        ? 'text'
        : 'binary';
}
function isFileField(field) {
    return field.type === 'file' || field.file === 'binary';
}
/** The value on the wire of fields given by name; undefined where none is. */
function assemble(fields, values) {
    const body = {};
    let whole;
    for (const field of fields) {
        const value = onWire(field, (0, json_1.own)(values, field.name));
        if (value === undefined)
            continue;
        const path = (0, json_1.tokens)(field.pointer || '');
        if (path.length)
            (0, json_1.place)(body, path, value);
        else
            whole = value;
    }
    if (!Object.keys(body).length)
        return whole;
    return (0, json_1.isPlain)(whole) ? (0, json_1.merge)(whole, body) : body;
}
function onWire(field, value) {
    if (field.repeated && Array.isArray(value))
        return value.map((one) => objectOnWire(field, one));
    return objectOnWire(field, value);
}
function objectOnWire(field, value) {
    const fields = (field.fields || []).filter((inner) => inner.in !== 'selector');
    if (!(0, json_1.isPlain)(value) || (!fields.length && !field.values))
        return value;
    const free = {};
    for (const key of Object.keys(value)) {
        if ((field.fields || []).some((inner) => inner.name === key))
            continue;
        (0, json_1.put)(free, key, field.values ? onWire(field.values, value[key]) : value[key]);
    }
    const known = assemble(fields, value);
    return (0, json_1.isPlain)(known) ? (0, json_1.merge)(free, known) : known === undefined ? free : known;
}
function extended(whole, extra) {
    if (!Object.keys(extra).length)
        return whole;
    if (whole === undefined)
        return (0, json_1.merge)({}, extra);
    if (!(0, json_1.isPlain)(whole))
        throw new inputs_1.InputError('The body is no object that could be added to', 'additionalBody');
    return (0, json_1.merge)(whole, extra);
}
function raw(op, bodyType, value, extra) {
    if (Object.keys(extra).length)
        throw new inputs_1.InputError('The body is no object that could be added to', 'additionalBody');
    if (value === undefined || value === null || value === '') {
        if (op.bodyRequired)
            throw missing((op.fields || []).find((field) => field.in === 'body'));
        return withoutBody({});
    }
    const body = bodyType === 'text' ? (0, encode_1.text)(value) : value;
    const contentType = (op.mediaType || '').includes('*') ? 'application/octet-stream' : op.mediaType;
    return { bodyType, body, parts: [], document: bodyType === 'text' ? body : undefined, contentType };
}
function missing(field) {
    const name = field ? field.name : 'body';
    return new inputs_1.InputError(`${name} is missing`, name);
}
/** The field of a top-level property, for its style and encoding. */
function fieldOf(fields, key) {
    return fields.find((field) => (0, json_1.tokens)(field.pointer || '').join('\n') === key);
}
/** Nested values in brackets, as servers of forms read them; spaces as '+', which the type asks for. */
function form(fields, object) {
    const sent = Object.keys(object).flatMap((key) => {
        const field = fieldOf(fields, key);
        const value = object[key];
        return (0, encode_1.pairs)(key, value, { ...field, style: (field && field.style) || ((0, json_1.isPlain)(value) ? 'deepObject' : '') });
    });
    return sent.map((pair) => pair.join('=').replace(/%20/g, '+')).join('&');
}
function multipart(fields, object) {
    return Object.keys(object).flatMap((key) => {
        const field = fieldOf(fields, key);
        const value = object[key];
        const json = !!field && (0, encode_1.isJson)(field.encoding || '');
        // A style that the document names says how lists and objects are written, as in a query.
        const styled = !!field && !!field.style && !field.encoding && ((0, json_1.isPlain)(value) || (Array.isArray(value) && !isFileField(field)));
        if (styled)
            return (0, encode_1.pairs)(key, value, field).map((pair) => textPart(pair.map(decodeURIComponent)));
        const values = Array.isArray(value) && !json ? value : [value];
        return values.map((one) => part(partName(key), one, field));
    });
}
function textPart([name = '', value = '']) {
    return { name: partName(name), value };
}
function part(name, value, field) {
    const contentType = field && /^[\w.+*-]+\/[\w.+*-]+(\s*;[\t\x20-\x7e]*)?$/.test(field.encoding || '') ? field.encoding : undefined;
    if (field && isFileField(field))
        return { name, value, file: true, ...(contentType ? { contentType } : {}) };
    const structured = (0, json_1.isPlain)(value) || Array.isArray(value) || (0, encode_1.isJson)(contentType || '');
    const kind = contentType || (structured ? 'application/json' : undefined);
    return { name, value: structured ? (0, digits_1.jsonOf)(value) : (0, encode_1.text)(value), ...(kind ? { contentType: kind } : {}) };
}
/** As browsers escape it: some libraries write the name into the part's header as it is. */
function partName(name) {
    return name.replace(/[\r\n"]/g, (found) => ({ '\r': '%0D', '\n': '%0A' })[found] || '%22');
}
