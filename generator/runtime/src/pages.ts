/** Lists that come in pages: the elements of one, and what to ask for the next. */

import { evaluate, header } from './expressions';
import { InputError } from './inputs';
import { isScalar, lookup, own, same, tokens } from './json';
import { absolute, sameOrigin } from './urls';
import type { Exchange, Operation, Pagination, Values } from './wire';

/** What the current page was asked with: its inputs, or of a followed link its URL. */
export interface PageState {
  inputs: Values;
  url?: string;
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

/**
 * The next page's inputs, or for links its URL (GET it, with the credential); null where this was the last page.
 * Raises InputError for a link to another server, which must not see the credential.
 */
export function nextPage(op: Operation, exchange: Exchange, state: PageState): PageState | null {
  const rules = op.pagination;
  if (!rules || (rules.more && !isTrue(evaluate(rules.more, exchange)))) return null;
  if (rules.style === 'link') return nextLink(rules, exchange, state);
  const next = rules.style === 'cursor' ? nextCursor(rules, exchange, state) : nextNumber(op, rules, exchange, state);
  return next === undefined ? null : { inputs: { ...state.inputs, [rules.parameter || '']: next } };
}

function nextNumber(op: Operation, rules: Pagination, exchange: Exchange, state: PageState): number | undefined {
  const count = pageItems(op, exchange).length;
  const size = Number(current(op, rules.sizeParameter, state));
  // An empty page is the end whatever the reply says, else a wrong answer would never end.
  if (count === 0 || (!rules.more && size > 0 && count < size)) return undefined;
  const given = Number(current(op, rules.parameter, state));
  if (rules.style === 'offset') return (given || 0) + count;
  return Number.isFinite(given) ? given + 1 : 2;
}

function current(op: Operation, name: string | undefined, state: PageState): unknown {
  const field = (op.fields || []).find((one) => one.name === name);
  const given = own(state.inputs, name || '');
  return given === undefined || given === null || given === '' ? field && field.default : given;
}

function nextCursor(rules: Pagination, exchange: Exchange, state: PageState): unknown {
  const cursor = evaluate(rules.next, exchange);
  if (!isScalar(cursor) || cursor === '' || cursor === false) return undefined;
  return cursor === own(state.inputs, rules.parameter || '') ? undefined : cursor;
}

function nextLink(rules: Pagination, exchange: Exchange, state: PageState): PageState | null {
  const said = rules.next ? evaluate(rules.next, exchange) : linkHeader(exchange);
  if (typeof said !== 'string' || said === '') return null;
  const here = exchange.url || '';
  const url = said.startsWith('?') ? here.replace(/[?#].*$/, '') + said : absolute(said, here);
  if (url === here) return null;
  if (!sameOrigin(url, here))
    throw new InputError('The next page is on another server, which must not see the credential');
  return { inputs: state.inputs, url };
}

/** The target of `Link: <…>; rel="next"`. */
function linkHeader(exchange: Exchange): string | undefined {
  const value = (header(exchange.headers, 'link') || '').slice(0, 10000);
  for (const found of value.match(/<[^<>]*>[^<]*/g) || []) {
    if (/;\s*rel\s*=\s*(next\b|"([^"]*\s)?next(\s[^"]*)?")/i.test(found))
      return found.slice(1, found.indexOf('>')).trim();
  }
  return undefined;
}

function isTrue(value: unknown): boolean {
  return !!value && value !== 'false' && value !== '0';
}
