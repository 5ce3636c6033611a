"use strict";
/** A reply's bytes to what they say: text in its charset, JSON, lines of JSON, events, forms; or a file. */
Object.defineProperty(exports, "__esModule", { value: true });
exports.mediaKind = mediaKind;
exports.isFileReply = isFileReply;
exports.decode = decode;
exports.decodeText = decodeText;
const json_1 = require("./json");
const KINDS = [
    ['lines', /^(application|text)\/(x-)?(ndjson|jsonl|jsonlines|json-lines|json-seq|ldjson)$|^application\/(stream\+json|x-json-stream)$/],
    ['json', /^[^/]+\/(x-)?json$|\+json$/],
    ['events', /^text\/event-stream$/],
    ['form', /^application\/x-www-form-urlencoded$/],
    ['file', /^(image|audio|video|font|model)\//],
    ['text', /^text\/|[/+](x-)?(xml|yaml|javascript|ecmascript|graphql|sql|toml|sh|typescript|tex|rtf)$|^application\/(xml|soap)/],
    ['file', /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/],
]; // prettier-ignore
const BOMS = [
    ['utf-8', [0xef, 0xbb, 0xbf]],
    ['utf-16le', [0xff, 0xfe]],
    ['utf-16be', [0xfe, 0xff]],
];
function mediaKind(contentType) {
    const type = (contentType || '').replace(/;.*$/s, '').trim().toLowerCase();
    const found = KINDS.find(([, pattern]) => pattern.test(type));
    return found && found[0];
}
/** Whether a good reply is a file: by its own type, and where that says nothing by what the document promises. */
function isFileReply(op, status, contentType) {
    if (status < 200 || status > 299 || status === 204 || status === 205)
        return false;
    const kind = mediaKind(contentType);
    return op.output.binary ? kind !== 'json' : kind === 'file';
}
/**
 * The body of a reply that is no file; undefined where it is empty. `promised` is the media type the document names: a
 * reply in another type is still read for what it is, and one without a type as what was promised.
 */
function decode(bytes, contentType, promised) {
    const text = decodeText(bytes, contentType);
    if (!text.trim())
        return undefined;
    const [kind, wanted] = [mediaKind(contentType), mediaKind(promised)];
    const read = kind || wanted || 'json';
    if (read === 'lines')
        return lines(text);
    if (read === 'events')
        return streamed(text);
    if (read === 'form')
        return pairsOf(text);
    // Many services send JSON under any type; who was promised a text gets it as it is.
    const asked = kind === 'json' || (kind !== 'file' && wanted !== 'text');
    const value = asked ? (0, json_1.parse)(text) : undefined;
    return value === undefined ? text : value;
}
/** Text in the encoding that its first bytes, its Content-Type or its XML declaration names; UTF-8 otherwise. */
function decodeText(bytes, contentType) {
    const marked = BOMS.find(([, mark]) => mark.every((byte, index) => bytes[index] === byte));
    if (marked)
        return decodeAs(marked[0], bytes.subarray(marked[1].length));
    const named = /;\s*charset\s*=\s*"?([\w.:+-]+)/i.exec(contentType || '');
    const head = named ? '' : String.fromCharCode(...bytes.subarray(0, 200));
    const declared = /^\s*<\?xml[^>]*\sencoding\s*=\s*["']([\w.:-]+)["']/.exec(head);
    const label = (named || declared || [])[1] || 'utf-8';
    const found = decodeAs(label, bytes);
    return found === undefined ? decodeAs('utf-8', bytes) : found;
}
function decodeAs(label, bytes) {
    try {
        return new TextDecoder(label).decode(bytes);
    }
    catch {
        return undefined;
    }
}
/** A value a line; record separators (RFC 7464) are skipped, and what is no JSON stays text. */
function lines(text) {
    const found = text.split(/[\n\x1e]/).map((line) => line.trim()); // eslint-disable-line no-control-regex
    return found.filter(Boolean).map(valueOf);
}
function valueOf(text) {
    const value = (0, json_1.parse)(text);
    return value === undefined ? text : value;
}
function pairsOf(text) {
    const found = {};
    for (const pair of text.trim().split('&')) {
        const [key = '', value = ''] = pair.split(/=(.*)/s).map(unescaped);
        const known = (0, json_1.own)(found, key);
        (0, json_1.put)(found, key, known === undefined ? value : [known, value].flat());
    }
    return found;
}
function unescaped(text) {
    const plain = text.replace(/\+/g, ' ');
    try {
        return decodeURIComponent(plain);
    }
    catch {
        return plain;
    }
}
// --- events
/** Where the pieces of an answer stand in the events of those who stream one, most particular first. */
const PIECES = [
    { path: ['choices', '0', 'delta', 'content'] },
    { path: ['choices', '0', 'text'] },
    { path: ['delta'], type: 'response.output_text.delta' },
    { path: ['delta', 'text'] },
    { path: ['delta', 'message', 'content', 'text'] },
    { path: ['candidates', '0', 'content', 'parts', '0', 'text'] },
    { path: ['message', 'content'] },
    { path: ['token', 'text'] },
    { path: ['completion'] },
    { path: ['response'] },
    { path: ['content'] },
    { path: ['text'] },
    { path: ['delta'] },
];
/** The stream as one value: its `text`, put together, and its `events`; chat completions also in their unstreamed form. */
function streamed(text) {
    const values = eventData(text).filter((data) => data && data !== '[DONE]').map(valueOf);
    const told = answer(values);
    const failed = values.map((value) => (0, json_1.lookup)(value, ['error'])).find(Boolean);
    return {
        ...(told === undefined ? {} : { text: told }),
        ...(failed === undefined ? {} : { error: failed }),
        ...completion(values, told),
        events: values,
    };
}
/** The `data` of each event (WHATWG, server-sent events); what follows the last empty line counts too. */
function eventData(text) {
    const blocks = text.replace(/\r\n?/g, '\n').split(/\n{2,}/);
    return blocks.map((block) => block
        .split('\n')
        .filter((line) => line === 'data' || line.startsWith('data:'))
        .map((line) => line.slice(5).replace(/^ /, ''))
        .join('\n'));
}
function answer(values) {
    if (values.length && values.every((value) => typeof value === 'string'))
        return values.join('');
    for (const { path, type } of PIECES) {
        const counted = values.filter((value) => type === undefined || (0, json_1.lookup)(value, ['type']) === type);
        const pieces = counted.map((value) => (0, json_1.lookup)(value, path)).filter((piece) => typeof piece === 'string');
        if (pieces.length)
            return pieces.join('');
    }
    return undefined;
}
/** Chunks of a chat completion as the completion they are pieces of, so that its documented fields are there. */
function completion(values, text) {
    const chunks = values.filter((value) => (0, json_1.isPlain)(value) && Array.isArray(value.choices));
    const [first] = chunks;
    if (!first || text === undefined)
        return {};
    const ends = chunks.map((chunk) => (0, json_1.lookup)(chunk, ['choices', '0', 'finish_reason']));
    const reason = ends.filter((end) => end !== undefined).pop();
    const choice = { index: 0, message: { role: 'assistant', content: text }, text, finish_reason: reason };
    const usage = chunks.map((chunk) => (0, json_1.lookup)(chunk, ['usage'])).filter((one) => one !== undefined).pop();
    const { id, created, model } = first;
    return { id, created, model, choices: [choice], ...(usage === undefined ? {} : { usage }) };
}
