"use strict";
/** Files in: what a form's file field points to. Files out: pointers that Zapier follows when a later step needs one. */
Object.defineProperty(exports, "__esModule", { value: true });
exports.loadFiles = loadFiles;
exports.nameOf = nameOf;
exports.withFiles = withFiles;
exports.dehydrated = dehydrated;
exports.media = media;
const core_1 = require("../core/core");
const json_1 = require("../core/json");
const errors_1 = require("./errors");
const form_1 = require("./form");
const http_1 = require("./http");
/** Replaces the addresses in file fields by what the service takes: base64 text, or bytes with a name. */
async function loadFiles(run, entries, inputs) {
    for (const entry of entries) {
        if (entry.children) {
            for (const row of ((0, json_1.lookup)(inputs, entry.path) || []))
                await loadFiles(run, entry.children, row);
        }
        if (!entry.file)
            continue;
        const value = (0, json_1.lookup)(inputs, entry.path);
        if (value === undefined)
            continue;
        const loaded = [];
        for (const one of Array.isArray(value) ? value : [value])
            loaded.push(await loadFile(run, entry, one));
        const owner = (0, json_1.lookup)(inputs, entry.path.slice(0, -1));
        (0, json_1.put)(owner, entry.path[entry.path.length - 1], Array.isArray(value) ? loaded : loaded[0]);
    }
}
async function loadFile(run, entry, value) {
    const text = String(value);
    const data = /^data:([^;,]*)(?:;[^,]*)?;base64,/i.exec(text);
    if (data)
        return shaped(entry, Buffer.from(text.slice(data[0].length), 'base64'), 'file', data[1]);
    if (!/^https?:\/\//i.test(text)) {
        // Not an address: base64 as it is, or a short text as the file's content.
        return entry.file === 'base64' ? text : shaped(entry, Buffer.from(text), 'file.txt', 'text/plain');
    }
    const reply = await (0, http_1.send)(run, (0, core_1.readRequest)(text), { raw: true });
    if (!reply.response)
        throw new form_1.FormError(`The file for ${entry.label} cannot be read (${whyNot(reply)}).`);
    const bytes = await reply.response.buffer();
    return shaped(entry, bytes, nameOf(reply.headers, reply.response), reply.headers['content-type']);
}
function whyNot(reply) {
    return reply.problem ? reply.problem.message : `HTTP ${reply.status}`;
}
function shaped(entry, data, name, contentType) {
    if (entry.file === 'base64')
        return data.toString('base64');
    return { data, name, contentType: contentType || 'application/octet-stream' };
}
/** The name a file comes with, or the one that is `said`. */
function nameOf(headers, response, said) {
    const { 'content-disposition': disposition, 'content-type': contentType } = (headers || {});
    return (0, core_1.fileName)({ said, disposition, url: response.url, contentType }, 'file');
}
/** The result with a `file` beside every URL, and the first of them beside the result's own. */
function withFiles(run, result, op, exchange) {
    const given = result.items;
    const all = (Array.isArray(given) ? given : []);
    const links = op && exchange ? (0, core_1.downloads)(run.app.service, op, exchange, all.length) : [];
    const items = all.map((item, index) => {
        const file = pointer(run, item, links[index]);
        return file ? { ...item, file } : item;
    });
    const first = items.find((item) => item.file);
    return first ? { ...result, items, file: first.file } : result;
}
function pointer(run, item, link) {
    const url = typeof item.url === 'string' && /^https?:/.test(item.url) ? item.url : undefined;
    if (!link && !url)
        return undefined;
    const about = { name: item.file_name, type: item.content_type };
    return dehydrated(run, link ? { ...link, ...about } : { url, ...about });
}
/** What Zapier exchanges for the file once a later step asks for it. */
function dehydrated(run, payload) {
    try {
        return run.z.dehydrateFile(run.app.definition.hydrators.media, JSON.parse(JSON.stringify(payload)));
    }
    catch (error) {
        // Zapier takes 12 kB at most; a URL of that length cannot be followed later.
        if (error.name === 'DehydrateError')
            return undefined;
        throw error;
    }
}
/** The hydrator: fetches what `pointer` promised. The credential goes to the service's own servers only. */
async function media(run) {
    const { operation, inputs, url, name, type } = run.bundle.inputData;
    const { baseUrl } = run.connection;
    const op = operation ? (0, json_1.own)(run.app.service.operations, operation) : undefined;
    const given = inputs;
    const request = op ? (0, core_1.buildRequest)(run.app.service, op, (0, json_1.isObject)(given) ? given : {}, baseUrl) : (0, core_1.readRequest)(String(url));
    const reply = await (0, http_1.send)(run, request, { origins: [baseUrl], raw: true });
    if (reply.problem)
        throw (0, errors_1.errorOf)(run, reply.problem);
    if (!reply.response)
        throw (0, errors_1.errorOf)(run, (0, core_1.failure)(run.app.service, op || NO_OPERATION, (0, core_1.exchangeOf)(request, reply)));
    return run.z.stashFile(reply.response, undefined, name, type || reply.headers['content-type']);
}
/** A file behind a URL is no operation's. */
const NO_OPERATION = { id: '', method: 'GET', path: '', output: { type: 'none' } };
