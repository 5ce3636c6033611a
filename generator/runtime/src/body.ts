/** Request bodies in the operation's media type. Files stay what the platform handed in: it makes the bytes. */

import { jsonOf } from './digits';
import { isJson, pairs, text } from './encode';
import { InputError } from './inputs';
import { isPlain, merge, own, place, put, tokens } from './json';
import type { Field, Operation, Values } from './wire';

/** One part of a multipart body. A `file`'s value is whatever the platform put there; other values are text. */
export interface Part {
  name: string;
  value: unknown;
  file?: boolean;
  contentType?: string;
}

/**
 * json: `body` is the value. form, text: the text. binary: the file as the platform handed it in. multipart: see
 * `parts`, and leave the content type with its boundary to the client. `document` is what `$request.body` reads.
 */
export interface Body {
  bodyType: 'none' | 'json' | 'form' | 'multipart' | 'binary' | 'text';
  body?: unknown;
  parts: Part[];
  document?: unknown;
  contentType?: string;
}

export function withoutBody(extra: Values): Body {
  if (Object.keys(extra).length) throw new InputError('This step sends no body to add to', 'additionalBody');
  return { bodyType: 'none', parts: [] };
}

export function bodyOf(op: Operation, values: Values, extra: Values): Body {
  const fields = (op.fields || []).filter((field) => field.in === 'body');
  const contentType = op.mediaType || 'application/json';
  const kind = kindOf(op.mediaType, fields);
  const whole = assemble(fields, values);
  if (kind === 'binary' || kind === 'text') return raw(op, kind, whole, extra);
  const document = extended(whole, extra);
  if (document === undefined && !op.bodyRequired) return withoutBody({});
  const only = fields.find((field) => !field.pointer);
  if (document === undefined && only && (only.repeated || only.type !== 'object')) throw missing(only);
  const sent = document === undefined ? {} : document;
  if (kind === 'json') return { bodyType: 'json', body: sent, parts: [], document: sent, contentType };
  const object = isPlain(sent) ? sent : {};
  if (kind === 'multipart') return { bodyType: 'multipart', parts: multipart(fields, object), document: object };
  return { bodyType: 'form', body: form(fields, object), parts: [], document: object, contentType };
}

function kindOf(mediaType: string | undefined, fields: Field[]): Body['bodyType'] {
  const type = (mediaType || 'application/json').toLowerCase().replace(/\s*;.*$/, '');
  const isFile = fields.some((field) => !field.pointer && isFileField(field));
  if (isJson(type) || (/^(\*|application)\/\*$/.test(type) && !isFile)) return 'json';
  if (type === 'application/x-www-form-urlencoded') return 'form';
  if (type.startsWith('multipart/')) return 'multipart';
  return !isFile && (type.startsWith('text/') || /[/+](xml|x-ndjson|jsonl|yaml|graphql)$/.test(type))
    ? 'text'
    : 'binary';
}

function isFileField(field: Field): boolean {
  return field.type === 'file' || field.file === 'binary';
}

/** The value on the wire of fields given by name; undefined where none is. */
function assemble(fields: Field[], values: Values): unknown {
  const body: Values = {};
  let whole: unknown;
  for (const field of fields) {
    const value = onWire(field, own(values, field.name));
    if (value === undefined) continue;
    const path = tokens(field.pointer || '');
    if (path.length) place(body, path, value);
    else whole = value;
  }
  if (!Object.keys(body).length) return whole;
  return isPlain(whole) ? merge(whole, body) : body;
}

function onWire(field: Field, value: unknown): unknown {
  if (field.repeated && Array.isArray(value)) return value.map((one) => objectOnWire(field, one));
  return objectOnWire(field, value);
}

function objectOnWire(field: Field, value: unknown): unknown {
  const fields = (field.fields || []).filter((inner) => inner.in !== 'selector');
  if (!isPlain(value) || (!fields.length && !field.values)) return value;
  const free: Values = {};
  for (const key of Object.keys(value)) {
    if ((field.fields || []).some((inner) => inner.name === key)) continue;
    put(free, key, field.values ? onWire(field.values, value[key]) : value[key]);
  }
  const known = assemble(fields, value);
  return isPlain(known) ? merge(free, known) : known === undefined ? free : known;
}

function extended(whole: unknown, extra: Values): unknown {
  if (!Object.keys(extra).length) return whole;
  if (whole === undefined) return merge({}, extra);
  if (!isPlain(whole)) throw new InputError('The body is no object that could be added to', 'additionalBody');
  return merge(whole, extra);
}

function raw(op: Operation, bodyType: 'binary' | 'text', value: unknown, extra: Values): Body {
  if (Object.keys(extra).length) throw new InputError('The body is no object that could be added to', 'additionalBody');
  if (value === undefined || value === null || value === '') {
    if (op.bodyRequired) throw missing((op.fields || []).find((field) => field.in === 'body'));
    return withoutBody({});
  }
  const body = bodyType === 'text' ? text(value) : value;
  const contentType = (op.mediaType || '').includes('*') ? 'application/octet-stream' : op.mediaType;
  return { bodyType, body, parts: [], document: bodyType === 'text' ? body : undefined, contentType };
}

function missing(field: Field | undefined): InputError {
  const name = field ? field.name : 'body';
  return new InputError(`${name} is missing`, name);
}

/** The field of a top-level property, for its style and encoding. */
function fieldOf(fields: Field[], key: string): Field | undefined {
  return fields.find((field) => tokens(field.pointer || '').join('\n') === key);
}

/** Nested values in brackets, as servers of forms read them; spaces as '+', which the type asks for. */
function form(fields: Field[], object: Values): string {
  const sent = Object.keys(object).flatMap((key) => {
    const field = fieldOf(fields, key);
    const value = object[key];
    return pairs(key, value, { ...field, style: (field && field.style) || (isPlain(value) ? 'deepObject' : '') });
  });
  return sent.map((pair) => pair.join('=').replace(/%20/g, '+')).join('&');
}

function multipart(fields: Field[], object: Values): Part[] {
  return Object.keys(object).flatMap((key) => {
    const field = fieldOf(fields, key);
    const value = object[key];
    const json = !!field && isJson(field.encoding || '');
    // A style that the document names says how lists and objects are written, as in a query.
    const styled = !!field && !!field.style && !field.encoding && (isPlain(value) || (Array.isArray(value) && !isFileField(field)));
    if (styled) return pairs(key, value, field).map((pair) => textPart(pair.map(decodeURIComponent)));
    const values = Array.isArray(value) && !json ? value : [value];
    return values.map((one) => part(partName(key), one, field));
  });
}

function textPart([name = '', value = '']: string[]): Part {
  return { name: partName(name), value };
}

function part(name: string, value: unknown, field: Field | undefined): Part {
  const contentType =
    field && /^[\w.+*-]+\/[\w.+*-]+(\s*;[\t\x20-\x7e]*)?$/.test(field.encoding || '') ? field.encoding : undefined;
  if (field && isFileField(field)) return { name, value, file: true, ...(contentType ? { contentType } : {}) };
  const structured = isPlain(value) || Array.isArray(value) || isJson(contentType || '');
  const kind = contentType || (structured ? 'application/json' : undefined);
  return { name, value: structured ? jsonOf(value) : text(value), ...(kind ? { contentType: kind } : {}) };
}

/** As browsers escape it: some libraries write the name into the part's header as it is. */
export function partName(name: string): string {
  return name.replace(/[\r\n"]/g, (found) => ({ '\r': '%0D', '\n': '%0A' })[found] || '%22');
}
