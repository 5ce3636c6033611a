"use strict";
/** The framing of a multipart body. The bytes are the platform's: it encodes the texts, and joins them with the files. */
Object.defineProperty(exports, "__esModule", { value: true });
exports.multipart = multipart;
const body_1 = require("./body");
const encode_1 = require("./encode");
/** What to send, piece by piece. `fileOf` tells the file in a part's value, where it is one. */
function multipart(parts, boundary, fileOf) {
    const pieces = parts.flatMap((part) => {
        const file = fileOf(part.value);
        return [head(part, boundary, file), file ? file.data : (0, encode_1.text)(part.value), '\r\n'];
    });
    return [...pieces, `--${boundary}--\r\n`];
}
function head(part, boundary, file) {
    // Browsers send a file's name without its folders, and in UTF-8.
    const name = file ? `; filename="${(0, body_1.partName)(file.name.split(/[\\/]/).pop() || 'file')}"` : '';
    // What the document says may be no type but a choice: `image/*`.
    const said = part.contentType && !part.contentType.includes('*') ? part.contentType : undefined;
    const type = said || (file && file.contentType);
    const lines = [`--${boundary}`, `Content-Disposition: form-data; name="${part.name}"${name}`];
    if (type)
        lines.push(`Content-Type: ${type.replace(/[\r\n]/g, '')}`);
    return `${lines.join('\r\n')}\r\n\r\n`;
}
