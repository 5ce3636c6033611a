"use strict";
/** Lists that come in pages: the elements of one, and what to ask for the next. */
Object.defineProperty(exports, "__esModule", { value: true });
exports.pageItems = pageItems;
exports.meets = meets;
exports.nextPage = nextPage;
const expressions_1 = require("./expressions");
const inputs_1 = require("./inputs");
const json_1 = require("./json");
const urls_1 = require("./urls");
/** The elements of one page; without pages those of the reply's list, or of a reply that is a list itself. */
function pageItems(op, exchange) {
    const rule = op.pagination ? op.pagination.items : op.gives && op.gives.items;
    const items = rule ? (0, expressions_1.evaluate)(rule, exchange) : exchange.body;
    return Array.isArray(items) ? items : [];
}
/** Whether an element is in a state that is asked for: its field, or what a JSON Pointer finds, by the values wanted. */
function meets(element, when = {}) {
    return Object.entries(when).every(([name, wanted]) => {
        const value = (0, json_1.lookup)(element, (0, json_1.tokens)(name));
        return wanted.some((one) => (0, json_1.same)(value, one));
    });
}
/**
 * The next page's inputs, or for links its URL (GET it, with the credential); null where this was the last page.
 * Raises InputError for a link to another server, which must not see the credential.
 */
function nextPage(op, exchange, state) {
    const rules = op.pagination;
    if (!rules || (rules.more && !isTrue((0, expressions_1.evaluate)(rules.more, exchange))))
        return null;
    if (rules.style === 'link')
        return nextLink(rules, exchange, state);
    const next = rules.style === 'cursor' ? nextCursor(rules, exchange, state) : nextNumber(op, rules, exchange, state);
    return next === undefined ? null : { inputs: { ...state.inputs, [rules.parameter || '']: next } };
}
function nextNumber(op, rules, exchange, state) {
    const count = pageItems(op, exchange).length;
    const size = Number(current(op, rules.sizeParameter, state));
    // An empty page is the end whatever the reply says, else a wrong answer would never end.
    if (count === 0 || (!rules.more && size > 0 && count < size))
        return undefined;
    const given = Number(current(op, rules.parameter, state));
    if (rules.style === 'offset')
        return (given || 0) + count;
    return Number.isFinite(given) ? given + 1 : 2;
}
function current(op, name, state) {
    const field = (op.fields || []).find((one) => one.name === name);
    const given = (0, json_1.own)(state.inputs, name || '');
    return given === undefined || given === null || given === '' ? field && field.default : given;
}
function nextCursor(rules, exchange, state) {
    const cursor = (0, expressions_1.evaluate)(rules.next, exchange);
    if (!(0, json_1.isScalar)(cursor) || cursor === '' || cursor === false)
        return undefined;
    return cursor === (0, json_1.own)(state.inputs, rules.parameter || '') ? undefined : cursor;
}
function nextLink(rules, exchange, state) {
    const said = rules.next ? (0, expressions_1.evaluate)(rules.next, exchange) : linkHeader(exchange);
    if (typeof said !== 'string' || said === '')
        return null;
    const here = exchange.url || '';
    const url = said.startsWith('?') ? here.replace(/[?#].*$/, '') + said : (0, urls_1.absolute)(said, here);
    if (url === here)
        return null;
    if (!(0, urls_1.sameOrigin)(url, here))
        throw new inputs_1.InputError('The next page is on another server, which must not see the credential');
    return { inputs: state.inputs, url };
}
/** The target of `Link: <…>; rel="next"`. */
function linkHeader(exchange) {
    const value = ((0, expressions_1.header)(exchange.headers, 'link') || '').slice(0, 10000);
    for (const found of value.match(/<[^<>]*>[^<]*/g) || []) {
        if (/;\s*rel\s*=\s*(next\b|"([^"]*\s)?next(\s[^"]*)?")/i.test(found))
            return found.slice(1, found.indexOf('>')).trim();
    }
    return undefined;
}
function isTrue(value) {
    return !!value && value !== 'false' && value !== '0';
}
