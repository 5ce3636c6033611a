"use strict";
/** OpenAPI's parameter styles, and what may stand in a URL or a header. */
Object.defineProperty(exports, "__esModule", { value: true });
exports.percent = percent;
exports.text = text;
exports.pairs = pairs;
exports.hasDots = hasDots;
exports.pathText = pathText;
exports.headerValue = headerValue;
exports.safeHeader = safeHeader;
exports.isJson = isJson;
const digits_1 = require("./digits");
const json_1 = require("./json");
const inputs_1 = require("./inputs");
/** Tabs are Swagger 2's, which has them for paths and headers as well. */
const DELIMITERS = { spaceDelimited: '%20', pipeDelimited: '%7C', tabDelimited: '%09' };
const RESERVED = /%(?:3A|2F|3F|40|21|24|27|28|29|2C|3B|3D|5B|5D|25(?=[0-9A-Fa-f]{2}))/g;
/** Everything but letters, digits and -._~ as %XX of its UTF-8. */
function percent(text) {
    // Half a surrogate pair has no UTF-8; encodeURIComponent would throw.
    const whole = text.replace(/[\uD800-\uDBFF][\uDC00-\uDFFF]|[\uD800-\uDFFF]/g, (found) => found.length === 2 ? found : '\uFFFD');
    return encodeURIComponent(whole).replace(/[!'()*]/g, (found) => `%${found.charCodeAt(0).toString(16).toUpperCase()}`);
}
/** `allowReserved`: reserved characters and %XX stand as they are, except those that would end the value. */
function percentReserved(text) {
    return percent(text).replace(RESERVED, (found) => decodeURIComponent(found));
}
function text(value) {
    if (value instanceof Date)
        return value.toISOString();
    return (0, json_1.isScalar)(value) ? String(value) : value === null || value === undefined ? '' : (0, digits_1.jsonOf)(value);
}
/** The pairs of one query parameter or form field. */
function pairs(name, value, field = {}) {
    const quote = field.allowReserved ? percentReserved : percent;
    const key = percent(name);
    if (field.encoding && isJson(field.encoding))
        return [[key, quote((0, digits_1.jsonOf)(value))]];
    if (!Array.isArray(value) && !(0, json_1.isPlain)(value))
        return [[key, quote(text(value))]];
    const nested = Object.values(value).some((one) => Array.isArray(one) || (0, json_1.isPlain)(one));
    if (nested || field.style === 'deepObject')
        return brackets(name, value, quote);
    // Without a style the default holds: form, exploded.
    const explode = field.style ? field.explode : true;
    if (explode)
        return exploded(key, value, quote);
    const delimiter = DELIMITERS[field.style || ''] || ',';
    const flat = Array.isArray(value) ? value : Object.entries(value).flat();
    return flat.length ? [[key, flat.map((one) => quote(text(one))).join(delimiter)]] : [];
}
function exploded(key, value, quote) {
    if (Array.isArray(value))
        return value.map((one) => [key, quote(text(one))]);
    return Object.entries(value).map(([inner, one]) => [percent(inner), quote(text(one))]);
}
/** a[b]=1, list[]=1, list[0][b]=1: what deepObject says of objects, and what servers that read it expect of lists. */
function brackets(name, value, quote) {
    if (Array.isArray(value)) {
        const plain = value.every((one) => !Array.isArray(one) && !(0, json_1.isPlain)(one));
        return value.flatMap((one, index) => brackets(`${name}[${plain ? '' : index}]`, one, quote));
    }
    if (!(0, json_1.isPlain)(value))
        return [[percent(name), quote(text(value))]];
    return Object.entries(value).flatMap(([key, one]) => brackets(`${name}[${key}]`, one, quote));
}
/**
 * Whether a part between slashes or backslashes is '.' or '..', also once it has been decoded once or twice more:
 * clients and servers on the way resolve those, and the call would reach another place than the document names.
 */
function hasDots(path) {
    const once = decodeDots(path);
    return [path, once, decodeDots(once)].some((one) => one.split(/[\\/]/).some((part) => part === '.' || part === '..'));
}
function decodeDots(path) {
    return path.replace(/%(?:2E|2F|5C|25)/gi, (found) => decodeURIComponent(found));
}
/**
 * One path parameter in its style: simple (default), label or matrix. Raises InputError for dot segments. What would
 * end the path stays encoded under `allowReserved` too.
 */
function pathText(name, value, field) {
    const quote = (one) => {
        const plain = text(one);
        if (hasDots(plain))
            throw new inputs_1.InputError(`${field.name} may hold no part that is '.' or '..'`, field.name);
        return field.allowReserved ? percentReserved(plain).replace(/\?/g, '%3F') : percent(plain);
    };
    const { style = 'simple', explode = false } = field;
    const lead = { label: '.', matrix: ';' }[style] || '';
    const separator = explode && lead ? lead : DELIMITERS[style] || ',';
    const prefix = style === 'matrix' ? `${percent(name)}=` : '';
    if (Array.isArray(value)) {
        const each = explode ? prefix : '';
        return lead + (explode ? '' : prefix) + value.map((one) => each + quote(one)).join(separator);
    }
    if (!(0, json_1.isPlain)(value))
        return lead + prefix + quote(value);
    const entries = Object.entries(value).map(([key, one]) => `${quote(key)}${explode ? '=' : ','}${quote(one)}`);
    return lead + (explode ? '' : prefix) + entries.join(separator);
}
/** A header parameter's value: simple style, unencoded. */
function headerValue(value, field) {
    if (Array.isArray(value))
        return value.map(text).join(decodeURIComponent(DELIMITERS[field.style || ''] || ','));
    if (!(0, json_1.isPlain)(value) || (field.encoding && isJson(field.encoding)))
        return text(value);
    const joint = field.explode ? '=' : ',';
    return Object.entries(value)
        .map(([key, one]) => `${key}${joint}${text(one)}`)
        .join(',');
}
/** Raises InputError for what would end the header and begin another, or cannot be sent at all. */
function safeHeader(name, value) {
    const trimmed = value.trim();
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name))
        throw new inputs_1.InputError('A header of this step has an unusable name', name);
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(trimmed)) {
        throw new inputs_1.InputError(`${name} may hold neither line breaks nor characters beyond Latin-1`, name);
    }
    return trimmed;
}
function isJson(mediaType) {
    return /^[^;]*[/+]json\s*(;|$)/i.test(mediaType);
}
