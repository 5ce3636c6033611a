"use strict";
/** A service as its file holds it: what its operations ask for stands there once, however many of them ask for it. */
Object.defineProperty(exports, "__esModule", { value: true });
exports.unfold = unfold;
/** The service whose operations hold their fields. Operations share those; nothing given is changed. */
function unfold({ inputs, operations, ...rest }) {
    const whole = Object.entries(operations).map(([id, { fields, ...op }]) => [
        id,
        fields ? { ...op, fields: fields.map((name) => inputs[name]) } : op,
    ]);
    return { ...rest, operations: Object.fromEntries(whole) };
}
