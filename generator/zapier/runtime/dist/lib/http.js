"use strict";
/** Calls by way of z.request: the credential stays on its own servers, and every failure is told in one way. */
Object.defineProperty(exports, "__esModule", { value: true });
exports.send = send;
const node_crypto_1 = require("node:crypto");
const core_1 = require("../core/core");
const digits_1 = require("../core/digits");
const connection_1 = require("./connection");
async function send(run, request, options = {}) {
    const { origins = [], raw = false, stays = false, op, seconds } = options;
    let current = { ...request, headers: { 'user-agent': run.app.userAgent, ...request.headers } };
    for (let hop = 0;; hop += 1) {
        const signed = (0, connection_1.authorize)(run.app, run.bundle.authData, current, origins);
        const response = await once(run, signed, seconds, signed !== current);
        if ('problem' in response)
            return response;
        const location = response.headers.get('location');
        const next = hop < core_1.MOST_REDIRECTS ? (0, core_1.redirected)(current, response.status, location) : undefined;
        if (!next || (stays && !(0, core_1.sameOrigin)(next.url, request.url))) {
            return reply(response, request, (type) => raw || (!!op && (0, core_1.isFileReply)(op, response.status, type)));
        }
        current = next;
    }
}
async function once(run, request, seconds, signed) {
    const left = run.deadline - Date.now();
    const allowed = Math.min(left, seconds ? seconds * 1000 : left);
    if (allowed <= 0)
        return problem('timeout', 'No time is left in this step.');
    const { body, contentType } = encoded(request);
    try {
        return await run.z.request({
            url: request.url,
            method: request.method,
            headers: contentType ? { ...request.headers, 'content-type': contentType } : request.headers,
            body,
            redirect: 'manual',
            // The bytes, whose encoding z.request would guess.
            raw: true,
            timeout: allowed,
            // As it stands: no merging, which would also refuse `{{ }}` in what people wrote.
            merge: false,
            skipThrowForStatus: true,
            throwForThrottlingEarly: false,
        });
    }
    catch (error) {
        // With OAuth 2 core throws at any 401; a new token is no use to a server that never saw the old one.
        if (error.name === 'RefreshAuthError' && signed)
            throw error;
        if (error.name === 'RefreshAuthError')
            return problem('forbidden', 'The server wants a sign-in.');
        const late = /timeout|aborted/i.test(`${error.type} ${error.name} ${error.message}`);
        return late
            ? problem('timeout', `No answer within ${Math.round(allowed / 1000)} seconds.`)
            : problem('unreachable', `The service cannot be reached (${error.code || error.message}).`);
    }
}
function problem(type, message) {
    return { status: 0, headers: {}, problem: { type, message } };
}
async function reply(response, request, isWanted) {
    const headers = {};
    response.headers.forEach((value, name) => {
        headers[name] = value;
    });
    const { status } = response;
    const type = headers['content-type'];
    if (status < 300 && isWanted(type))
        return { status, headers, response };
    return { status, headers, body: (0, core_1.decode)(await response.buffer(), type, request.headers.accept) };
}
function encoded(request) {
    switch (request.bodyType) {
        case 'json':
            return { body: (0, digits_1.jsonOf)(request.body) };
        case 'form':
        case 'text':
            return { body: request.body };
        case 'binary': {
            const file = fileOf(request.body);
            // A range says nothing of the file, which says it itself.
            const said = request.headers['content-type'];
            const contentType = file && (!said || said === 'application/octet-stream') ? file.contentType : said;
            return { body: file ? file.data : Buffer.from(String(request.body)), contentType };
        }
        case 'multipart':
            return inParts(request);
        default:
            return {};
    }
}
function inParts(request) {
    const boundary = `specloom-${(0, node_crypto_1.randomBytes)(12).toString('hex')}`;
    const pieces = (0, core_1.multipart)(request.parts, boundary, fileOf);
    const body = Buffer.concat(pieces.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece)));
    return { body, contentType: `multipart/form-data; boundary=${boundary}` };
}
/** A file that the form pointed to. */
function fileOf(value) {
    const { data, name, contentType } = (value || {});
    if (!Buffer.isBuffer(data))
        return undefined;
    return { data, contentType, name: String(name) };
}
