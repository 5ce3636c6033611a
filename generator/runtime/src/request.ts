/** One request out of a step's inputs. */

import { bodyOf, withoutBody } from './body';
import type { Body } from './body';
import { hasDots, headerValue, pairs, pathText, percent, safeHeader, text } from './encode';
import type { Pair } from './encode';
import { InputError, readInputs } from './inputs';
import { isPlain, own, parseInput, put } from './json';
import { ownServer, split, withoutSlash } from './urls';
import type { Exchange, Field, Operation, Service, Values } from './wire';

/** `url` holds the encoded query; `query` the same pairs decoded; `path` and `parameters` the values by wire name. */
export interface Request extends Body {
  /** Who may see which secret: the operation's own server, and its schemes. */
  server?: string;
  security?: string[][];
  method: string;
  url: string;
  headers: Record<string, string>;
  query: Array<[string, string]>;
  path: Values;
  parameters: Values;
}

/**
 * The request of one operation. `inputs` are by Field.name, nested as the fields are; absent ones, and those whose
 * `when` does not hold, are not sent. `additionalBody` and `additionalQuery` (objects, or JSON text) are merged in.
 * `zone` is where dates without an offset were meant. The credential is not part of it. Raises InputError.
 */
export function buildRequest(service: Service, op: Operation, inputs: Values, baseUrl = '', zone = 'UTC'): Request {
  const fields = op.fields || [];
  const values = readInputs(fields, inputs, zone);
  const [path, parameters, headers] = [{} as Values, {} as Values, {} as Record<string, string>];
  const query: Pair[] = [];
  const cookies: Pair[] = [];
  if (op.accept) headers.accept = safeHeader('accept', op.accept);
  for (const field of fields) {
    const value = own(values, field.name);
    if (value === undefined || value === null) continue;
    const name = field.pointer || field.name;
    if (field.in === 'path') put(path, name, value);
    if (field.in === 'query') put(parameters, name, value);
    if (field.in === 'query') query.push(...pairs(name, value, field));
    if (field.in === 'cookie') cookies.push(...pairs(name, value, field));
    if (field.in === 'header' && !isEmpty(value)) put(headers, name.toLowerCase(), safeHeader(name, headerValue(value, field)));
  }
  const extra = additional(fields, inputs, 'additionalQuery');
  for (const name of Object.keys(extra)) {
    if (extra[name] === null) continue;
    put(parameters, name, extra[name]);
    query.push(...pairs(name, extra[name]));
  }
  if (cookies.length) headers.cookie = safeHeader('cookie', cookies.map((pair) => pair.join('=')).join('; '));
  const more = additional(fields, inputs, 'additionalBody');
  const reads = ['GET', 'HEAD'].includes(op.method) && !op.mediaType;
  const body = reads ? withoutBody(more) : bodyOf(op, values, more);
  if (body.contentType) headers['content-type'] = safeHeader('content-type', body.contentType);
  const url = addQuery(base(service, op, baseUrl) + fillPath(op, path), query);
  const decoded = query.map((pair) => pair.map(decodeURIComponent) as [string, string]);
  const { method, server, security } = op;
  return { method, url, headers, query: decoded, path, parameters, server, security, ...body };
}

/** A list or an object without anything in it is not sent in a header. */
function isEmpty(value: unknown): boolean {
  return (Array.isArray(value) || isPlain(value)) && !Object.keys(value).length;
}

/** What a request and its reply say to expressions. */
export function exchangeOf(
  request: Request,
  reply: { status: number; headers?: Record<string, unknown>; body?: unknown },
): Exchange {
  const headers: Record<string, unknown> = {};
  for (const name of Object.keys(reply.headers || {})) put(headers, name.toLowerCase(), own(reply.headers, name));
  return {
    status: reply.status,
    headers,
    body: reply.body,
    url: request.url,
    method: request.method,
    requestBody: request.document,
    requestHeaders: request.headers,
    path: request.path,
    query: request.parameters,
  };
}

export interface GatewayOptions {
  /** The gateway's address, and the key that names the tenant. */
  url: string;
  key?: string;
  /** Seconds to hold the call until the result is there. */
  wait?: number;
  /** Answer 202 with `Location: /jobs/<id>` at once. */
  respondAsync?: boolean;
  /** Where the gateway posts the result when it is there. */
  callback?: string;
}

/** The same step by way of the gateway, which answers with the normalized result. Raises InputError. */
export function gatewayRequest(service: Service, op: Operation, inputs: Values, options: GatewayOptions): Request {
  const address = split(options.url);
  if (!address) throw new InputError('The gateway URL is not an http(s) address', 'gatewayUrl');
  const document = readInputs(op.fields || [], inputs);
  for (const name of ['additionalBody', 'additionalQuery']) {
    const extra = additional(op.fields || [], inputs, name);
    if (Object.keys(extra).length) document[name] = extra;
  }
  const headers: Record<string, string> = { accept: 'application/json', 'content-type': 'application/json' };
  const prefer = [options.respondAsync ? 'respond-async' : '', options.wait ? `wait=${options.wait}` : ''];
  const wanted = prefer.filter(Boolean).join(', ');
  if (wanted) headers.prefer = safeHeader('prefer', wanted);
  if (options.key) headers['x-specloom-key'] = safeHeader('x-specloom-key', options.key);
  if (options.callback) headers['specloom-callback'] = safeHeader('specloom-callback', options.callback);
  const url = `${withoutSlash(options.url.replace(/[?#].*$/, ''))}/run/${percent(service.key)}/${percent(op.id)}`;
  const body: Body = { bodyType: 'json', body: document, parts: [], document, contentType: 'application/json' };
  return { method: 'POST', url, headers, query: [], path: {}, parameters: {}, ...body };
}

/** A request for what stands at a URL. */
export function readRequest(url: string, headers: Record<string, string> = {}): Request {
  return { method: 'GET', url, headers, query: [], path: {}, parameters: {}, bodyType: 'none', parts: [] };
}

/** A look at one of the gateway's jobs, held for `wait` seconds; `url` is where it said that the job is. */
export function jobRequest(url: string, options: Pick<GatewayOptions, 'key' | 'wait'> = {}): Request {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (options.wait) headers.prefer = safeHeader('prefer', `wait=${options.wait}`);
  if (options.key) headers['x-specloom-key'] = safeHeader('x-specloom-key', options.key);
  return readRequest(url, headers);
}

/** Whether the call may change something, so that nobody knows what became of one without a reply. */
export function writes(op: Operation): boolean {
  return !['GET', 'HEAD', 'OPTIONS'].includes(op.method) && !op.pagination;
}

/** An escape hatch's object, unless the document has a field of that very name. */
function additional(fields: Field[], inputs: Values, name: string): Values {
  if (fields.some((field) => field.name === name)) return {};
  const given = own(inputs, name);
  if (given === undefined || given === null || given === '') return {};
  const value = typeof given === 'string' ? parseInput(given) : given;
  if (!isPlain(value)) throw new InputError(`${name} is not a JSON object`, name);
  return value;
}

function base(service: Service, op: Operation, baseUrl: string): string {
  const given = baseUrl || service.baseUrl || '';
  const url = op.server ? ownServer(op.server, service.baseUrl || '', given) : given;
  if (!split(url)) throw new InputError(`The base URL of ${service.title} is not an http(s) address`, 'baseUrl');
  return withoutSlash(url.replace(/[?#].*$/, ''));
}

/** The path with its values. A value never makes a segment empty, nor '.' or '..', alone or with what stands beside it. */
function fillPath(op: Operation, path: Values): string {
  const segments = op.path.replace(/#.*$/, '').split('/');
  const filled = segments.map((segment) => {
    let asked = '';
    const whole = segment.replace(/\{([^{}]+)\}|[^\x21-\x7e]|["<>\\^`|{}]/gu, (found, wire?: string) => {
      if (wire === undefined) return percent(found);
      const field = pathField(op, wire);
      const value = own(path, wire);
      asked = field.name;
      if (value === undefined || text(value) === '') throw new InputError(`${asked} is missing`, asked);
      return pathText(wire, value, field);
    });
    if (asked && (whole === '' || hasDots(whole))) throw new InputError(`${asked} cannot be '${whole}'`, asked);
    return whole;
  });
  return `/${filled.join('/').replace(/^\/+/, '')}`;
}

function pathField(op: Operation, wire: string): Field {
  const found = (op.fields || []).find((field) => field.in === 'path' && (field.pointer || field.name) === wire);
  return found || { name: wire, in: 'path' };
}

/** The URL with more pairs, which are percent-encoded. */
export function addQuery(url: string, query: Pair[]): string {
  if (!query.length) return url;
  return `${url}${url.includes('?') ? '&' : '?'}${query.map((pair) => pair.join('=')).join('&')}`;
}
