"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.items = items;
exports.elementItems = elementItems;
const core_1 = require("../core/core");
const json_1 = require("../core/json");
const MOST = 10;
const FIRST = ['id', 'name', 'title', 'status'];
function items(op, result, choice) {
    const { raw } = result;
    const isRecord = !op.gives || op.gives.kind === 'record';
    if (Array.isArray(raw) && (isRecord || choice.mode === 'raw'))
        return raw.map((one) => itemOf(op, (0, json_1.record)(one), (0, json_1.record)(one), choice));
    const given = (0, core_1.stepOutput)(op, result, false);
    const empty = (0, json_1.isPlain)(raw) && result.status === 'succeeded' && !isRecord && !(result.items || []).length;
    const shown = empty ? raw : given;
    return [itemOf(op, shown, (0, json_1.isPlain)(raw) ? raw : raw === null || raw === undefined ? given : { value: raw }, choice)];
}
function elementItems(service, op, elements, choice, baseUrl) {
    const media = op.gives && op.gives.media;
    return elements.map((one) => itemOf(op, (0, core_1.elementOutput)(service, media, one, baseUrl), (0, json_1.record)(one), choice));
}
function itemOf(op, shown, raw, { mode, fields }) {
    const first = (op.gives && op.gives.first) || FIRST;
    const simple = () => (op.gives && ['result', 'file'].includes(op.gives.kind) ? of(shown, Object.keys(shown)) : shortened(shown, raw, first));
    const json = mode === 'raw' ? raw : mode === 'fields' ? selected(shown, raw, fields) : simple();
    return { json: json };
}
function shortened(shown, raw, first) {
    const names = Object.keys(shown);
    if (names.length <= MOST)
        return shown;
    const added = names.filter((name) => (0, json_1.own)(raw, name) === undefined || (0, json_1.own)(raw, name) !== shown[name]);
    return of(shown, [...new Set([...added.slice(0, 1), ...first.filter((name) => names.includes(name)), ...names])]);
}
function of(shown, names) {
    return Object.fromEntries(names.slice(0, MOST).map((name) => [name, shown[name]]));
}
function selected(shown, raw, fields) {
    const given = {};
    for (const name of fields.filter((one) => one !== '')) {
        const path = name.split('.');
        const found = [shown, raw].map((from) => { var _a; return (_a = (0, json_1.own)(from, name)) !== null && _a !== void 0 ? _a : (0, json_1.lookup)(from, path); }).find((value) => value !== undefined);
        if (found !== undefined)
            (0, json_1.place)(given, (0, json_1.own)(shown, name) === undefined && (0, json_1.own)(raw, name) === undefined ? path : [name], found);
    }
    return given;
}
