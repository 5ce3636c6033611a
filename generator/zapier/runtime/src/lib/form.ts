/** A Zapier form's values back to the inputs of the operation, by name and in their natural shape. */

import type { Values } from '../core/core';
import { isAmong, isObject, lookup, own, parseInput, place } from '../core/json';
import type { Conditional, Entry } from './app';

export class FormError extends Error {}

/** Whether nobody filled it in. */
export function blank(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  return (Array.isArray(value) && value.length === 0) || (isObject(value) && Object.keys(value).length === 0);
}

/** `entries` say where the value of each key goes; nothing that was left empty is set. */
export function readForm(entries: Entry[], data: Values): Values {
  const inputs: Values = {};
  for (const entry of entries) {
    const value = read(entry, own(data, entry.key));
    if (blank(value)) continue;
    const known = entry.merge ? lookup(inputs, entry.path) : undefined;
    place(inputs, entry.path, isObject(known) && isObject(value) ? { ...value, ...known } : value);
  }
  return inputs;
}

function read(entry: Entry, value: unknown): unknown {
  if (blank(value)) return undefined;
  if (entry.children) return rows(entry, entry.children, value);
  if (entry.json) return json(entry, value);
  if (entry.dict) return dictionary(entry, value);
  if (entry.list) return list(entry, value);
  return value;
}

function rows(entry: Entry, children: Entry[], value: unknown): Values[] {
  const given = json(entry, value);
  const all = (Array.isArray(given) ? given : [given]).filter(isObject);
  return all.map((row) => readForm(children, row)).filter((row) => Object.keys(row).length > 0);
}

function list(entry: Entry, value: unknown): unknown[] {
  const given = typeof value === 'string' && value.trim().startsWith('[') ? json(entry, value) : value;
  return (Array.isArray(given) ? given : [given]).filter((one) => !blank(one));
}

function dictionary(entry: Entry, value: unknown): Values {
  const given = json(entry, value);
  if (!isObject(given)) throw new FormError(`${entry.label} needs pairs of a key and a value.`);
  return Object.fromEntries(Object.entries(given).filter(([key, one]) => key !== '' && !blank(one)));
}

/** What a text field for JSON holds; other values as they are. */
export function json({ label }: Pick<Entry, 'label'>, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const read = parseInput(value);
  if (read === undefined) throw new FormError(`${label} is not valid JSON.`);
  return read;
}

/** Names of the conditional fields of one group that the answers given so far ask for. */
export function dynamicFields(group: Conditional[], data: Values): string[] {
  return group.filter(({ when }) => when.every((condition) => holds(condition, data))).map(({ field }) => field);
}

function holds(condition: Conditional['when'][number], data: Values): boolean {
  const given = own(data, condition.key);
  return isAmong(blank(given) ? condition.default : given, condition.values);
}
