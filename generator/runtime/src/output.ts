/** What a step gives to the next one: what was made, a record as it is, or one element of a list. */

import { isFinal } from './expressions';
import { isObject, isPlain, own, put } from './json';
import { flat, itemsOf } from './result';
import type { Item, Result } from './result';
import type { Exchange, Gives, Operation, Output, Service, Values } from './wire';

const DETAILS = ['content_type', 'file_name', 'width', 'height', 'duration'];
const USUAL: Gives = { kind: 'record' };
/** A reply without anything in it. */
const DONE: Values = { success: true };

/** What a step gives that is no list; with `raw`, the reply itself where it says more than the result's fields. */
export function stepOutput(op: Operation, result: Result, raw = true): Values {
  const { kind, more } = op.gives || USUAL;
  const finished = isFinal(result.status);
  if (kind === 'record' && (finished || isObject(result.raw))) return recordOf(result.raw);
  return made(result, raw && !!more);
}

/** What was made: the flat field first, absent things left out. */
function made(result: Result, raw: boolean): Values {
  const [first] = result.items || [];
  const detail = (name: string) => first && own(first, name);
  const usage = present((result.usage || {}) as Values);
  const given: Values = {
    ...flat(result.type, result.items || []),
    id: result.id || detail('id'),
    status: result.status,
  };
  for (const name of DETAILS) given[name] = detail(name);
  return present({
    ...given,
    items: result.items && result.items.length > 1 ? result.items : undefined,
    usage: 'cost' in usage || 'remaining' in usage ? usage : undefined,
    expires_at: result.expires_at,
    job_id: isFinal(result.status) ? undefined : result.job_id,
    raw: raw ? result.raw : undefined,
  });
}

/** A reply as the record that it is. What is no object stands under `value`, or under `items` where it is a list. */
function recordOf(raw: unknown): Values {
  if (raw === undefined || raw === null || raw === '') return DONE;
  if (Array.isArray(raw)) return { items: raw };
  return isPlain(raw) ? (Object.keys(raw).length ? raw : DONE) : { value: raw };
}

/** What a reply that is a file gives beside its bytes; `url` where a later step finds them. */
export function fileOutput(result: Result, name: string, type: unknown, url?: string): Values {
  const shown = url === undefined ? {} : flat(result.type === 'none' ? 'file' : result.type, [{ type: 'file', url }]);
  return present({ ...shown, id: result.id, status: result.status, content_type: type, file_name: name });
}

/** What an element shows, and where it was read. */
export interface ElementMedia {
  op: Operation;
  exchange: Exchange;
  items: Item[];
}

/** What an element of a list shows by the first of its rules that finds something. */
export function elementMedia(service: Service, media: Output[] | undefined, element: unknown, baseUrl = ''): ElementMedia | undefined {
  const exchange = { status: 200, headers: {}, body: element };
  for (const output of isPlain(element) ? media || [] : []) {
    const op = { id: '', method: 'GET', path: '', output };
    const items = itemsOf(service, op, exchange, baseUrl || service.baseUrl || '');
    if (items.length) return { op, exchange, items };
  }
  return undefined;
}

/** One element of a list, or one event: its flat field first, its own fields after; a scalar as `{value}`. */
export function elementOutput(service: Service, media: Output[] | undefined, element: unknown, baseUrl = ''): Values {
  if (!isPlain(element)) return { value: element };
  const shown = elementMedia(service, media, element, baseUrl);
  const [found] = shown ? Object.entries(flat(shown.op.output.type, shown.items)) : [];
  return found ? withFlat(element, found[0], found[1]) : element;
}

function withFlat(element: Values, name: string, value: unknown): Values {
  const given: Values = { [name]: value };
  const old = own(element, name);
  const kept = old !== undefined && old !== null && old !== value;
  for (const key of Object.keys(element)) {
    if (key !== name) put(given, key, element[key]);
    else if (kept) put(given, `${name}_original`, old);
  }
  return given;
}

function present(values: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== null));
}
