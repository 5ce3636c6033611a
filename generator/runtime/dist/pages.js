"use strict";
/** Lists that come in pages: the elements of one, and what to ask for the next. */
Object.defineProperty(exports, "__esModule", { value: true });
exports.pageItems = pageItems;
exports.meets = meets;
exports.firstPage = firstPage;
exports.nextPage = nextPage;
exports.isBeyondEnd = isBeyondEnd;
const expressions_1 = require("./expressions");
const json_1 = require("./json");
const next_1 = require("./next");
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
/** The inputs of the first page: where the page must be named, its number. */
function firstPage(op, inputs) {
    const { parameter = '', start = 0, style = 'link' } = op.pagination || {};
    const field = (op.fields || []).find((one) => one.name === parameter);
    const counts = style === 'page' || style === 'offset';
    const needed = counts && field && field.required && field.default === undefined && (0, json_1.own)(inputs, parameter) === undefined;
    return { inputs: needed ? { ...inputs, [parameter]: start } : inputs };
}
/**
 * The next page's inputs, or for links its URL (GET it, with the credential); null where this was the last page: the
 * reply says so, or nothing of it is new. A short page alone is no end. Raises InputError for a link to another server,
 * which must not see the credential.
 */
function nextPage(op, exchange, state, places = {}) {
    const rules = op.pagination;
    if (!rules)
        return null;
    const items = pageItems(op, exchange);
    const seen = (state.seen || 0) + items.length;
    if (saysMore(op, rules, exchange, state, seen) === false)
        return null;
    if (rules.style === 'link') {
        const url = (0, next_1.nextAddress)(linkOf(rules, exchange), exchange.url || '', places);
        return url ? { inputs: state.inputs, url, seen } : null;
    }
    const before = JSON.stringify(items, (_, value) => (typeof value === 'bigint' ? String(value) : value));
    const next = rules.style === 'cursor'
        ? nextCursor(rules, exchange, state, items)
        : items.length > 0 && before !== state.before ? nextNumber(op, rules, exchange, state, items.length) : undefined; // prettier-ignore
    return next === undefined ? null : { inputs: { ...state.inputs, [rules.parameter || '']: next }, seen, before };
}
/** Whether a failed page is only the end of a list that does not tell its end: what is beyond it is not found. */
function isBeyondEnd(op, exchange, state) {
    const rules = op.pagination;
    const counts = !!rules && (rules.style === 'page' || rules.style === 'offset');
    return counts && exchange.status === 404 && (state.seen || 0) > 0;
}
/** What the reply says of further pages; undefined where it says nothing. */
function saysMore(op, rules, exchange, state, seen) {
    const more = (0, expressions_1.evaluate)(rules.more, exchange);
    if (isHeader(rules.more))
        return linkTo(more) !== undefined;
    if (rules.more)
        return isTrue(more);
    const last = (0, expressions_1.evaluate)(rules.last, exchange);
    if ((0, json_1.isScalar)(last))
        return !isTrue(last);
    const pages = count((0, expressions_1.evaluate)(rules.pages, exchange));
    if (pages !== undefined && rules.style === 'page')
        return pageNumber(op, rules, exchange, state) - (rules.start || 0) + 1 < pages;
    const total = count((0, expressions_1.evaluate)(rules.total, exchange));
    return total === undefined || rules.style === 'link' || rules.style === 'cursor' ? undefined : seen < total;
}
function isHeader(rule) {
    const [first] = rule ? rule.parts : [];
    return typeof first === 'object' && first.root === 'response.header';
}
/** The number of the current page: as it was asked for, as the reply says, or the first. */
function pageNumber(op, rules, exchange, state) {
    var _a, _b;
    const asked = [current(op, rules.parameter, state), (0, expressions_1.evaluate)(rules.current, exchange)].map(count);
    return (_b = (_a = asked.find((one) => one !== undefined)) !== null && _a !== void 0 ? _a : rules.start) !== null && _b !== void 0 ? _b : 1;
}
function nextNumber(op, rules, exchange, state, length) {
    var _a, _b;
    if (rules.style === 'page')
        return pageNumber(op, rules, exchange, state) + 1;
    return ((_b = (_a = count(current(op, rules.parameter, state))) !== null && _a !== void 0 ? _a : rules.start) !== null && _b !== void 0 ? _b : 0) + length;
}
function count(value) {
    const found = (0, json_1.isScalar)(value) && value !== '' && typeof value !== 'boolean' ? Number(value) : NaN;
    return Number.isFinite(found) ? found : undefined;
}
function current(op, name, state) {
    const field = (op.fields || []).find((one) => one.name === name);
    const given = (0, json_1.own)(state.inputs, name || '');
    return given === undefined || given === null || given === '' ? field && field.default : given;
}
function nextCursor(rules, exchange, state, items) {
    const cursor = (0, expressions_1.evaluate)(rules.next, exchange, items[items.length - 1]);
    if (!(0, json_1.isScalar)(cursor) || cursor === '' || cursor === false)
        return undefined;
    return cursor === (0, json_1.own)(state.inputs, rules.parameter || '') ? undefined : cursor;
}
function linkOf(rules, exchange) {
    if (rules.next && !isHeader(rules.next))
        return (0, expressions_1.evaluate)(rules.next, exchange);
    return linkTo((0, expressions_1.header)(exchange.headers, 'link'));
}
/** The target of `Link: <…>; rel="next"`. */
function linkTo(said) {
    const value = typeof said === 'string' ? said.slice(0, 10000) : '';
    for (const found of value.match(/<[^<>]*>[^<]*/g) || []) {
        if (/;\s*rel\s*=\s*(next\b|"([^"]*\s)?next(\s[^"]*)?")/i.test(found))
            return found.slice(1, found.indexOf('>')).trim();
    }
    return undefined;
}
function isTrue(value) {
    return !!value && value !== 'false' && value !== '0';
}
