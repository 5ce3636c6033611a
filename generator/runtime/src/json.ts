/** Decoded JSON from strangers: only own keys are read, and no key can reach a prototype. */

import { Digits, readJson } from './digits';
import type { Values } from './wire';

export function isObject(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** An object that is only data, unlike a Buffer or a stream a platform hands through. */
export function isPlain(value: unknown): value is Values {
  if (!isObject(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  // A literal made in another realm (a sandbox) has that realm's Object.prototype.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** The object's own value, never one of its prototype. */
export function own<T>(object: Record<string, T> | undefined | null, key: string): T | undefined {
  return object && Object.prototype.hasOwnProperty.call(object, key) ? object[key] : undefined;
}

/** Sets an own key. `__proto__` is dropped: it is no service's property, and later merges might follow it. */
export function put(object: Values, key: string, value: unknown): void {
  if (key !== '__proto__') object[key] = value;
}

/** Whether `left` and `right` are the same scalar, as people see it: 5 is '5', true is 'true'. */
export function same(left: unknown, right: unknown): boolean {
  return left === right || (isScalar(left) && isScalar(right) && String(left) === String(right));
}

/** Whether the value, or one of a list's, is among those wanted. */
export function isAmong(value: unknown, wanted: unknown[]): boolean {
  return (Array.isArray(value) ? value : [value]).some((one) => wanted.some((other) => same(one, other)));
}

export function isScalar(value: unknown): value is string | number | boolean | bigint | Digits {
  return value instanceof Digits || ['string', 'number', 'boolean', 'bigint'].includes(typeof value);
}

/** An element of a list as a record: what is no object stands under `value`. */
export function record(value: unknown): Values {
  return isPlain(value) ? value : { value };
}

/** The value at `path`; undefined where there is none (or where it is null). */
export function lookup(value: unknown, path: string[]): unknown {
  let current = value;
  for (const token of path) {
    if (Array.isArray(current)) current = /^[0-9]{1,9}$/.test(token) ? current[Number(token)] : undefined;
    else if (isObject(current)) current = own(current, token);
    else return undefined;
  }
  return current === null ? undefined : current;
}

/** `/a/b~1c` to ['a', 'b/c']; a text without a leading slash is one token. */
export function tokens(pointer: string): string[] {
  if (pointer === '') return [];
  if (!pointer.startsWith('/')) return [pointer];
  return pointer
    .slice(1)
    .split('/')
    .map((token) => token.replace(/~1/g, '/').replace(/~0/g, '~'));
}

/** Sets `value` at `path` inside `target`, making the objects on the way. */
export function place(target: Values, path: string[], value: unknown): void {
  let current = target;
  for (const token of path.slice(0, -1)) {
    let next = own(current, token);
    if (!isObject(next)) {
      next = {};
      put(current, token, next);
    }
    current = next as Values;
  }
  put(current, path[path.length - 1] as string, value);
}

/** Copies `extra` over `base`, object by object; lists and scalars of `extra` replace. Neither is changed. */
export function merge(base: Values, extra: Values): Values {
  const result: Values = {};
  for (const key of Object.keys(base)) put(result, key, base[key]);
  for (const key of Object.keys(extra)) {
    const [old, value] = [own(result, key), extra[key]];
    put(result, key, isPlain(value) ? merge(isPlain(old) ? old : {}, value) : value);
  }
  return result;
}

/** The JSON a text of a service's holds; undefined where it holds none. A number JavaScript would change is its text. */
export function parse(text: string): unknown {
  return readJson(text, (digits) => digits);
}

/** The JSON a person wrote, to be sent: with every digit. */
export function parseInput(text: string): unknown {
  return readJson(text, (digits) => new Digits(digits));
}
