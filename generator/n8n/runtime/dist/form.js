"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.noFiles = noFiles;
exports.readForm = readForm;
const core_1 = require("../core/core");
const json_1 = require("../core/json");
async function noFiles() {
    return undefined;
}
const LITERAL = 'text:';
async function readForm(form, ask, readFile) {
    const values = {};
    await readInto(values, form.direct || [], ask, readFile);
    const more = form.more ? ask('additionalFields') : undefined;
    if ((0, json_1.isPlain)(more))
        await readInto(values, present(form.more, more), (name) => (0, json_1.own)(more, name), readFile, true);
    return values;
}
function present(entries, given) {
    return (entries || []).filter((entry) => (0, json_1.own)(given, entry.name) !== undefined);
}
async function readInto(values, entries, ask, readFile, added = false) {
    for (const entry of entries) {
        const isEmpty = added && entry.kind === 'text' && ask(entry.name) === '';
        const value = isEmpty ? '' : await readEntry(entry, ask, readFile);
        if (value !== undefined)
            (0, json_1.put)(values, entry.field, value);
    }
}
async function readEntry(entry, ask, readFile) {
    if (entry.kind === 'file')
        return await readFileEntry(entry, ask, readFile);
    const value = ask(entry.name);
    if (value === undefined || value === null || value === '')
        return undefined;
    switch (entry.kind) {
        case 'group':
            return await readObject(entry, inside(value, 'value'), readFile);
        case 'bag':
            return await readObject({ direct: present(entry.more, (0, json_1.isPlain)(value) ? value : {}) }, value, readFile);
        case 'rows':
            return await readRows(entry, value, readFile);
        case 'entries':
            return readEntries(value);
        case 'json':
            return readJsonText(entry, value);
        case 'open':
            return readOpen(value);
        case 'choice':
            return literal(value);
        case 'choices':
        case 'dynamics':
        case 'texts':
        case 'numbers':
            return readList(entry, value);
        case 'date':
            return dateText(value);
        default:
            return value;
    }
}
function inside(value, section) {
    if (!(0, json_1.isPlain)(value))
        return value;
    const found = (0, json_1.own)(value, section);
    return found === undefined && Object.keys(value).length ? value : found;
}
async function readObject(form, value, readFile) {
    if (!(0, json_1.isPlain)(value))
        return undefined;
    const values = await readForm(form, (name) => (0, json_1.own)(value, name), readFile);
    return Object.keys(values).length ? values : undefined;
}
async function readRows(entry, value, readFile) {
    const rows = Array.isArray(value) ? value : inside(value, 'items');
    const found = [];
    for (const row of Array.isArray(rows) ? rows : [])
        found.push((await readObject(entry, row, readFile)) || {});
    return found.length ? found : undefined;
}
function readEntries(value) {
    const rows = inside(value, 'items');
    if (!Array.isArray(rows))
        return (0, json_1.isPlain)(rows) ? rows : undefined;
    const found = {};
    for (const row of rows)
        if ((0, json_1.isPlain)(row) && row.name)
            (0, json_1.put)(found, String(row.name), row.value);
    return Object.keys(found).length ? found : undefined;
}
function readJsonText(entry, value) {
    if (typeof value !== 'string')
        return value;
    if (!value.trim())
        return undefined;
    const read = (0, json_1.parseInput)(value);
    if (read === undefined)
        throw new core_1.InputError(`${entry.field} holds no valid JSON`, entry.field);
    return read;
}
function readOpen(value) {
    if (!(0, json_1.isPlain)(value) || !('__rl' in value))
        return value;
    const found = (0, json_1.own)(value, 'value');
    if (found === '' || found === null)
        return undefined;
    return (0, json_1.own)(value, 'mode') === 'list' ? literal(found) : found;
}
function literal(value) {
    return typeof value === 'string' && value.startsWith(LITERAL) ? value.slice(LITERAL.length) : value;
}
function readList(entry, value) {
    const list = (Array.isArray(value) ? value : [value]).flat();
    const filled = list.filter((one) => one !== '' && one !== undefined && one !== null);
    const found = entry.kind === 'choices' ? filled.map(literal) : filled;
    return found.length ? found : undefined;
}
function dateText(value) {
    const date = value;
    return typeof date.toISO === 'function' ? date.toISO() : value;
}
async function readFileEntry(entry, ask, readFile) {
    const held = entry.flat ? undefined : inside(ask(entry.name), 'value');
    if (!entry.flat && !(0, json_1.isPlain)(held))
        return undefined;
    const part = (name) => (entry.flat ? ask(entry.name + name) : (0, json_1.own)(held, `file${name}`));
    const source = String(part('Source') || '');
    const name = { binary: 'BinaryProperty', url: 'Url', text: 'Text' }[source];
    if (!name)
        return undefined;
    const value = String(part(name) || '');
    if (!value)
        throw new core_1.InputError(`${entry.field} is missing`, entry.field);
    const read = async (one) => await readFile({ source: source, value: one, form: entry.form || 'binary', field: entry.field });
    if (!entry.list)
        return await read(value);
    const found = [];
    for (const one of value.split(source === 'binary' ? /[\s,]+/ : /\s+/))
        if (one)
            found.push(await read(one));
    return found;
}
