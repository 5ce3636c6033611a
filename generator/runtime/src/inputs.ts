/** A step's inputs, by Field.name, as the values the document asks for: shown fields only, each in its type. */

import { isAmong, isPlain, isScalar, own, parse, put } from './json';
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

/** The values of the fields that count, by name. Absent constants, and required fields, take their default. */
export function readInputs(fields: Field[], inputs: Values): Values {
  const values: Values = {};
  for (const field of fields) {
    if (!applies(field, fields, inputs)) continue;
    const given = own(inputs, field.name);
    const value = convert(field, given === undefined ? absent(field) : given);
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
  return (field.when || []).every((condition) => {
    const asked = siblings.find((sibling) => sibling.name === condition.field);
    if (!asked || asking.includes(asked)) return true;
    return holds(condition, asked, field, inputs) && applies(asked, siblings, inputs, [...asking, field]);
  });
}

function holds(condition: Condition, asked: Field, field: Field, inputs: Values): boolean {
  const given = own(inputs, asked.name);
  // A selector is never sent: who leaves it out has answered it by the fields they fill in.
  const assumed = asked.in !== 'selector' || field.constant ? asked.default : undefined;
  const value = given === undefined || given === null ? assumed : given;
  // A question nobody answered excludes nothing.
  if (value === undefined) return true;
  return isAmong(value, condition.values);
}

/** The value in the field's type, if nothing is lost on the way; undefined where it is not to be sent. */
export function convert(field: Field, value: unknown): unknown {
  if (value === undefined) return undefined;
  if (value === null) return field.nullable || field.type === 'any' ? null : undefined;
  if (!field.repeated) return convertOne(field, value);
  const read = typeof value === 'string' && value.trim().startsWith('[') ? parse(value) : value;
  const list = Array.isArray(read) ? read : [value];
  return list.map((one) => convertOne(field, one)).filter((one) => one !== undefined);
}

function convertOne(field: Field, value: unknown): unknown {
  if (value instanceof Date) return dateText(value.toISOString(), field.format);
  switch (field.type) {
    case 'integer':
    case 'number':
      return convertNumber(field, value);
    case 'boolean':
      return value === 'true' ? true : value === 'false' ? false : value;
    case 'object':
      return convertObject(field, jsonText(value));
    case 'any':
      return jsonText(value);
    case 'file':
      return value;
    default:
      return typeof value === 'string' ? dateText(value, field.format) : isScalar(value) ? String(value) : value;
  }
}

function convertObject(field: Field, value: unknown): unknown {
  if (!isPlain(value)) return value;
  const fields = field.fields || [];
  const values = readInputs(fields, value);
  for (const key of Object.keys(value)) {
    if (fields.some((known) => known.name === key)) continue;
    const free = field.values ? convert(field.values, value[key]) : value[key];
    if (free !== undefined) put(values, key, free);
  }
  return values;
}

/** A number where a text says exactly that: '007' and twenty digits stay text. */
function convertNumber(field: Field, value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new InputError(`${field.name} is not a number`, field.name);
  if (typeof value !== 'string' && typeof value !== 'bigint') return value;
  const [text, number] = [String(value).trim(), Number(value)];
  return text === String(number) && Number.isFinite(number) ? number : String(value);
}

/** What a text field for JSON holds. */
function jsonText(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*[{[]/.test(value)) return value;
  const read = parse(value);
  return read === undefined ? value : read;
}

/** Date pickers hand over a time of day with every date. */
function dateText(text: string, format: string | undefined): string {
  return format === 'date' && /^\d{4}-\d\d-\d\dT/.test(text) ? text.slice(0, 10) : text;
}
