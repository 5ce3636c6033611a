"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.fileReader = fileReader;
exports.binaryReply = binaryReply;
exports.download = download;
exports.merged = merged;
exports.about = about;
const core_1 = require("../core/core");
const errors_1 = require("./errors");
const transport_1 = require("./transport");
function fileReader(context, session, item) {
    return async (source) => {
        if (source.source === 'text')
            return source.value.replace(/^data:[^,]*;base64,/, '').trim();
        const file = source.source === 'binary' ? await fromItem(context, item, source.value) : await fromUrl(session, source);
        return source.form === 'base64' ? file.data.toString('base64') : file;
    };
}
async function fromItem(context, item, property) {
    const about = context.helpers.assertBinaryData(item, property);
    const data = await context.helpers.getBinaryDataBuffer(item, property);
    return { data, fileName: about.fileName || property, contentType: about.mimeType || 'application/octet-stream' };
}
async function fromUrl(session, source) {
    if (!/^https?:\/\//i.test(source.value))
        throw new core_1.InputError(`${source.field} is no http(s) address`, source.field);
    const reply = await (0, transport_1.fetchFile)(session, source.value);
    if (reply.status < 200 || reply.status > 299)
        throw new core_1.InputError(`${source.value} answered ${reply.status}`, source.field);
    return { data: reply.bytes, fileName: nameOf(undefined, reply, 'file'), contentType: contentType(undefined, reply) };
}
async function binaryReply(context, reply, property, name) {
    const data = await context.helpers.prepareBinaryData(reply.bytes, nameOf(name, reply, 'file'), contentType(undefined, reply));
    return { [property]: data };
}
async function download(context, session, step, op, result, last, item) {
    const found = [];
    const links = (0, core_1.downloads)(session.plan.service, op, last, result.items.length);
    for (const [index, media] of result.items.entries()) {
        const reply = await fetchMedia(session, links[index], media.url);
        if (!reply) {
            found.push(undefined);
            continue;
        }
        if (reply.status < 200 || reply.status > 299) {
            const about = { status: reply.status, headers: reply.headers, body: undefined };
            throw (0, errors_1.apiError)(context.getNode(), session.plan, step, { ...(0, core_1.failure)(session.plan.service, op, about), message: `The file could not be fetched: HTTP ${reply.status}` }, item);
        }
        const type = contentType(media.content_type, reply);
        const name = nameOf(media.file_name, reply, `${result.type}-${index + 1}`, type);
        found.push(await context.helpers.prepareBinaryData(reply.bytes, name, type));
    }
    return found;
}
function merged(files, property) {
    const named = files.map((file, index) => [index === 0 ? property : `${property}_${index}`, file]);
    return Object.fromEntries(named.filter((one) => one[1] !== undefined));
}
async function fetchMedia(session, link, url) {
    const request = link && downloadRequest(session, link);
    if (request)
        return await (0, transport_1.send)(session, request);
    return typeof url === 'string' && /^https?:\/\//i.test(url) ? await (0, transport_1.fetchFile)(session, url) : undefined;
}
function downloadRequest(session, link) {
    const { service } = session.plan;
    try {
        return (0, core_1.buildRequest)(service, service.operations[link.operation], link.inputs, session.baseUrl);
    }
    catch {
        return undefined;
    }
}
function contentType(said, reply) {
    const told = ((0, transport_1.typeOf)(reply) || '').replace(/;.*$/, '').trim();
    if (told && told !== 'application/octet-stream')
        return told;
    return typeof said === 'string' && /^[\w.+-]+\/[\w.+-]+$/.test(said) ? said : told || 'application/octet-stream';
}
function nameOf(said, reply, fallback, type = (0, transport_1.typeOf)(reply)) {
    return (0, core_1.fileName)({ said, disposition: reply.headers['content-disposition'], url: reply.url, contentType: type }, fallback);
}
function about(request, reply) {
    return (0, transport_1.exchange)(request, reply, true);
}
