/** Lists that come in pages: the elements of one, and what to ask for the next. */

import { evaluate, header } from './expressions';
import { isScalar, lookup, own, same, tokens } from './json';
import { nextAddress } from './next';
import type { Exchange, Expression, Operation, Pagination, Values } from './wire';

/** What the current page was asked with: its inputs, or of a followed link its URL. */
export interface PageState {
  inputs: Values;
  url?: string;
  /** Elements of the pages before it. */
  seen?: number;
  /** The elements of the page before it, as a text. */
  before?: string;
}

/** Where the service is: as the document says, and as the connection does. */
export interface Places {
  documented?: string;
  baseUrl?: string;
}

/** The elements of one page; without pages those of the reply's list, or of a reply that is a list itself. */
export function pageItems(op: Operation, exchange: Exchange): unknown[] {
  const rule = op.pagination ? op.pagination.items : op.gives && op.gives.items;
  const items = rule ? evaluate(rule, exchange) : exchange.body;
  return Array.isArray(items) ? items : [];
}

/** Whether an element is in a state that is asked for: its field, or what a JSON Pointer finds, by the values wanted. */
export function meets(element: unknown, when: Record<string, unknown[]> = {}): boolean {
  return Object.entries(when).every(([name, wanted]) => {
    const value = lookup(element, tokens(name));
    return wanted.some((one) => same(value, one));
  });
}

/** The inputs of the first page: where the page must be named, its number. */
export function firstPage(op: Operation, inputs: Values): PageState {
  const { parameter = '', start = 0, style = 'link' } = op.pagination || {};
  const field = (op.fields || []).find((one) => one.name === parameter);
  const counts = style === 'page' || style === 'offset';
  const needed = counts && field && field.required && field.default === undefined && own(inputs, parameter) === undefined;
  return { inputs: needed ? { ...inputs, [parameter]: start } : inputs };
}

/**
 * The next page's inputs, or for links its URL (GET it, with the credential); null where this was the last page: the
 * reply says so, or nothing of it is new. A short page alone is no end. Raises InputError for a link to another server,
 * which must not see the credential.
 */
export function nextPage(op: Operation, exchange: Exchange, state: PageState, places: Places = {}): PageState | null {
  const rules = op.pagination;
  if (!rules) return null;
  const items = pageItems(op, exchange);
  const seen = (state.seen || 0) + items.length;
  if (saysMore(op, rules, exchange, state, seen) === false) return null;
  if (rules.style === 'link') {
    const url = nextAddress(linkOf(rules, exchange), exchange.url || '', places);
    return url ? { inputs: state.inputs, url, seen } : null;
  }
  const before = JSON.stringify(items, (_, value) => (typeof value === 'bigint' ? String(value) : value));
  const next = rules.style === 'cursor'
    ? nextCursor(rules, exchange, state, items)
    : items.length > 0 && before !== state.before ? nextNumber(op, rules, exchange, state, items.length) : undefined; // prettier-ignore
  return next === undefined ? null : { inputs: { ...state.inputs, [rules.parameter || '']: next }, seen, before };
}

/** Whether a failed page is only the end of a list that does not tell its end: what is beyond it is not found. */
export function isBeyondEnd(op: Operation, exchange: Exchange, state: PageState): boolean {
  const rules = op.pagination;
  const counts = !!rules && (rules.style === 'page' || rules.style === 'offset');
  return counts && exchange.status === 404 && (state.seen || 0) > 0;
}

/** What the reply says of further pages; undefined where it says nothing. */
function saysMore(op: Operation, rules: Pagination, exchange: Exchange, state: PageState, seen: number): boolean | undefined {
  const more = evaluate(rules.more, exchange);
  if (isHeader(rules.more)) return linkTo(more) !== undefined;
  if (rules.more) return isTrue(more);
  const last = evaluate(rules.last, exchange);
  if (isScalar(last)) return !isTrue(last);
  const pages = count(evaluate(rules.pages, exchange));
  if (pages !== undefined && rules.style === 'page') return pageNumber(op, rules, exchange, state) - (rules.start || 0) + 1 < pages;
  const total = count(evaluate(rules.total, exchange));
  return total === undefined || rules.style === 'link' || rules.style === 'cursor' ? undefined : seen < total;
}

function isHeader(rule: Expression | undefined): boolean {
  const [first] = rule ? rule.parts : [];
  return typeof first === 'object' && first.root === 'response.header';
}

/** The number of the current page: as it was asked for, as the reply says, or the first. */
function pageNumber(op: Operation, rules: Pagination, exchange: Exchange, state: PageState): number {
  const asked = [current(op, rules.parameter, state), evaluate(rules.current, exchange)].map(count);
  return asked.find((one) => one !== undefined) ?? rules.start ?? 1;
}

function nextNumber(op: Operation, rules: Pagination, exchange: Exchange, state: PageState, length: number): number {
  if (rules.style === 'page') return pageNumber(op, rules, exchange, state) + 1;
  return (count(current(op, rules.parameter, state)) ?? rules.start ?? 0) + length;
}

function count(value: unknown): number | undefined {
  const found = isScalar(value) && value !== '' && typeof value !== 'boolean' ? Number(value) : NaN;
  return Number.isFinite(found) ? found : undefined;
}

function current(op: Operation, name: string | undefined, state: PageState): unknown {
  const field = (op.fields || []).find((one) => one.name === name);
  const given = own(state.inputs, name || '');
  return given === undefined || given === null || given === '' ? field && field.default : given;
}

function nextCursor(rules: Pagination, exchange: Exchange, state: PageState, items: unknown[]): unknown {
  const cursor = evaluate(rules.next, exchange, items[items.length - 1]);
  if (!isScalar(cursor) || cursor === '' || cursor === false) return undefined;
  return cursor === own(state.inputs, rules.parameter || '') ? undefined : cursor;
}

function linkOf(rules: Pagination, exchange: Exchange): unknown {
  if (rules.next && !isHeader(rules.next)) return evaluate(rules.next, exchange);
  return linkTo(header(exchange.headers, 'link'));
}

/** The target of `Link: <…>; rel="next"`. */
function linkTo(said: unknown): string | undefined {
  const value = typeof said === 'string' ? said.slice(0, 10000) : '';
  for (const found of value.match(/<[^<>]*>[^<]*/g) || []) {
    if (/;\s*rel\s*=\s*(next\b|"([^"]*\s)?next(\s[^"]*)?")/i.test(found))
      return found.slice(1, found.indexOf('>')).trim();
  }
  return undefined;
}

function isTrue(value: unknown): boolean {
  return !!value && value !== 'false' && value !== '0';
}
