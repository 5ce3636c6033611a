/** A step's inputs, by Field.name, as the values the document asks for: shown fields only, each in its type. */

import { dateOf, secondsOf } from './dates';
import { Digits, numberOf } from './digits';
import { isAmong, isPlain, isScalar, own, parseInput, put, same, tokens } from './json';
import type { Condition, Field, Values } from './wire';

/** The inputs do not make a request. `message` is fit for the user, `field` the input's name. */
export class InputError extends Error {
  constructor(
    message: string,
    readonly field = '',
  ) {
    super(message);
    this.name = 'InputError';
  }
}

/**
 * The values of the fields that count, by name. Absent constants, and required fields, take their default. `zone` is
 * where dates without an offset were meant.
 */
export function readInputs(fields: Field[], inputs: Values, zone = 'UTC'): Values {
  const values: Values = {};
  for (const field of fields) {
    if (!applies(field, fields, inputs)) continue;
    const given = own(inputs, field.name);
    const value = convert(field, given === undefined ? absent(field) : given, zone);
    if (value !== undefined) put(values, field.name, value);
  }
  return values;
}

function absent(field: Field): unknown {
  if (!field.required && !field.constant) return undefined;
  if (field.default !== undefined || field.type !== 'object' || field.repeated) return field.default;
  const constants = readInputs(field.fields || [], {});
  return Object.keys(constants).length ? constants : undefined;
}

/** Whether all of the field's conditions hold, those of the fields they look at included. */
export function applies(field: Field, siblings: Field[], inputs: Values, asking: Field[] = []): boolean {
  const isGiven = own(inputs, (asking[0] || field).name) !== undefined;
  return (field.when || []).every((condition) => {
    const asked = siblings.find((sibling) => sibling.name === condition.field);
    if (!asked || asking.includes(asked)) return true;
    return holds(condition, asked, siblings, inputs, isGiven) && applies(asked, siblings, inputs, [...asking, field]);
  });
}

function holds(condition: Condition, asked: Field, siblings: Field[], inputs: Values, isGiven: boolean): boolean {
  const answer = own(inputs, asked.name);
  const isAnswered = answer !== undefined && answer !== null;
  // A selector is never sent: who leaves it out has answered it by the fields they fill in.
  if (!isAnswered && asked.in === 'selector') return isGiven || isAmong(answerBy(asked, siblings, inputs), condition.values);
  const value = isAnswered ? answer : asked.default;
  // A question nobody answered excludes nothing that is given, and asks for nothing else.
  return value === undefined ? isGiven : isAmong(value, condition.values);
}

/** What the given fields say to a question; without any its default. */
function answerBy(asked: Field, siblings: Field[], inputs: Values): unknown {
  const told = siblings.flatMap((sibling) =>
    own(inputs, sibling.name) === undefined ? [] : (sibling.when || []).filter(({ field }) => field === asked.name),
  );
  const fitting = told.length ? (told[0] as Condition).values : [asked.default];
  return fitting.find((value) => told.every(({ values }) => isAmong(value, values))) ?? fitting[0];
}

/** The value in the field's type, if nothing is lost on the way; undefined where it is not to be sent. */
export function convert(field: Field, value: unknown, zone: string): unknown {
  if (value === undefined) return undefined;
  if (value === null) return field.nullable || field.type === 'any' ? null : undefined;
  if (!field.repeated) return convertOne(field, value, zone);
  const read = typeof value === 'string' && value.trim().startsWith('[') ? parseInput(value) : value;
  const list = Array.isArray(read) ? read : [value];
  return list.map((one) => convertOne(field, one, zone)).filter((one) => one !== undefined);
}

function convertOne(field: Field, value: unknown, zone: string): unknown {
  if (value instanceof Date) return convertOne(field, value.toISOString(), zone);
  switch (field.type) {
    case 'integer':
    case 'number':
      return convertNumber(field, value, zone);
    case 'boolean':
      return value === 'true' ? true : value === 'false' ? false : value;
    case 'object':
      return convertObject(field, jsonText(value), zone);
    case 'any':
      return listed(field, value) ?? jsonText(value);
    case 'file':
      return value;
    default:
      return convertText(field, value, zone);
  }
}

function convertObject(field: Field, value: unknown, zone: string): unknown {
  if (!isPlain(value)) return value;
  const fields = field.fields || [];
  const given = named(fields, value);
  const values = readInputs(fields, given, zone);
  for (const key of Object.keys(given)) {
    if (fields.some((known) => known.name === key)) continue;
    const free = field.values ? convert(field.values, given[key], zone) : given[key];
    if (free !== undefined) put(values, key, free);
  }
  return values;
}

/** The parts of an object by Field.name, where they were given as the service calls them: alternatives share names. */
function named(fields: Field[], given: Values): Values {
  const found: Values = {};
  for (const key of Object.keys(given)) {
    const called = fields.filter((field) => field.name === key || wireName(field) === key);
    const shown = called.filter((field) => shows(field, fields, given));
    const own = shown.find((field) => field.name === key);
    const chosen = own && fits(own, given[key]) ? own : shown.find((field) => fits(field, given[key])) || own;
    put(found, chosen && !(chosen.name in given) ? chosen.name : key, given[key]);
  }
  return found;
}

function wireName(field: Field): string {
  const path = tokens(field.pointer || '');
  return path.length === 1 ? (path[0] as string) : '';
}

/** Whether the answers that were given ask for the field. */
function shows(field: Field, siblings: Field[], given: Values): boolean {
  return applies(field, siblings, { ...given, [field.name]: true });
}

/** Whether a value is of the field's kind, as far as lists and objects go. */
function fits(field: Field, value: unknown): boolean {
  if (Array.isArray(value)) return !!field.repeated || field.type === 'any';
  if (isPlain(value)) return !field.repeated && (field.type === 'object' || field.type === 'any');
  return !field.repeated && field.type !== 'object';
}

/** A number where a text says one, with all its digits: '007' stays text. Dates become Unix seconds where those are asked for. */
function convertNumber(field: Field, value: unknown, zone: string): unknown {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new InputError(`${field.name} is not a number`, field.name);
  if (typeof value !== 'string' && typeof value !== 'bigint') return value;
  const text = String(value).trim();
  const number = numberOf(text) ?? (field.format === 'unix-time' ? secondsOf(text, zone) : undefined);
  return number === undefined ? String(value) : number;
}

/** The value among those the document lists, of its own kind; undefined where it is none of them. */
function listed(field: Field, value: unknown): unknown {
  const choices = field.choices || [];
  return choices.includes(value) ? value : choices.find((choice) => same(choice, value));
}

/** A text, or what else the document allows in its place: a number, yes or no. */
function convertText(field: Field, value: unknown, zone: string): unknown {
  const kinds = field.kinds || [];
  const choice = listed(field, value);
  if (choice !== undefined) return choice;
  if (kinds.includes(typeof value) || value instanceof Digits) return kinds.length ? value : String(value);
  if (typeof value !== 'string') return isScalar(value) ? String(value) : value;
  // Where only some words may stand, another text is a number.
  const number = field.choices && kinds.includes('number') ? numberOf(value.trim()) : undefined;
  return number === undefined ? dateOf(value, field.format, zone) : number;
}

/** What a text field for JSON holds. */
function jsonText(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*[{[]/.test(value)) return value;
  const read = parseInput(value);
  return read === undefined ? value : read;
}
