/** The normalized result: what every step returns, whatever the service. */

import { amount, evaluate, jobState, linkInputs, stateOf } from './expressions';
import type { State } from './expressions';
import { failure, isRetryable, numberIn } from './failure';
import type { Failure } from './failure';
import { isObject, isPlain, isScalar, lookup, own } from './json';
import { buildRequest } from './request';
import { absolute } from './urls';
import type { Clock, Exchange, Expression, Job, Operation, Service, Values } from './wire';

export interface Item {
  type: string;
  [detail: string]: unknown;
}

export interface Result {
  success: boolean;
  status: State;
  type: string;
  items: Item[];
  id: string | null;
  job_id: string | null;
  request_id: string | null;
  service: string;
  operation: string;
  expires_at: string | null;
  usage: { cost: number | null; remaining: number | null; unit: string | null };
  rate_limit: { limit: number | null; remaining: number | null; reset: number | null } | null;
  raw: unknown;
  error?: Failure;
  image_url?: string;
  audio_url?: string;
  video_url?: string;
  model_url?: string;
  file_url?: string;
  text?: string;
}

/** One call that returns a file. */
export interface Download {
  operation: string;
  inputs: Values;
}

export interface ResultOptions extends Clock {
  /** Our job's id, if there is one. */
  jobId?: string;
  /** The service's id, where the reply does not tell it. */
  id?: string;
  /** What relative URLs lie below; the service's own base URL by default. */
  baseUrl?: string;
}

const URL_FIELDS: Record<string, string> = {
  image: 'image_url', audio: 'audio_url', video: 'video_url', model3d: 'model_url', file: 'file_url', text: 'text',
}; // prettier-ignore
const TEXTS = ['content_type', 'file_name', 'preview_url'];
const NUMBERS = ['file_size', 'width', 'height', 'duration'];

/**
 * The result of `op`, of which `exchange` is the last: the call itself, or for a job its poll (or the call that
 * started it). Failures have `error`; items and the flat field stand only where the work is done.
 */
export function normalize(service: Service, op: Operation, exchange: Exchange, options: ResultOptions = {}): Result {
  const status = statusOf(service, op, exchange);
  const mapped = (name: string) => textIn(evaluate(own(op.output.mapping, name), exchange));
  const items = status === 'succeeded' ? itemsOf(service, op, exchange, options.baseUrl || service.baseUrl || '') : [];
  const usage = op.usage || {};
  const result: Result = {
    ...flat(op.output.type, items),
    ...blank(service, op, status, options),
    items,
    request_id: mapped('request_id'),
    expires_at: mapped('expires_at'),
    usage: {
      cost: numberIn(amount(usage.cost, exchange)),
      remaining: numberIn(evaluate(usage.remaining, exchange)),
      unit: usage.unit || null,
    },
    rate_limit: rateLimit(service, exchange),
    raw: exchange.body === undefined ? null : exchange.body,
  };
  result.id = mapped('id') || result.id || (op.output.type === 'none' ? textIn(lookup(exchange.body, ['id'])) : null);
  if (!result.success) result.error = failure(service, op, exchange, options);
  return result;
}

/** The result for what no reply describes: unreachable, timeout, outcome_unknown, or an input refused by us. */
export function failedResult(
  service: Service,
  op: Operation,
  error: Pick<Failure, 'type' | 'message'> & Partial<Failure>,
  options: ResultOptions & { raw?: unknown } = {},
): Result {
  const { type, message, status = null, retry_after = null } = error;
  const raw = options.raw === undefined ? null : options.raw;
  const failed = { type, message, status, retryable: isRetryable(type), retry_after };
  return { ...blank(service, op, 'failed', options), raw, error: failed };
}

/** Whether it is a normalized result, as gateways answer with. */
export function isResult(value: unknown): value is Result {
  return isPlain(value) && typeof value.success === 'boolean' && typeof value.status === 'string';
}

function blank(service: Service, op: Operation, status: State, options: ResultOptions): Result {
  return {
    success: status !== 'failed' && status !== 'canceled',
    status,
    type: op.output.type,
    items: [],
    id: options.id || null,
    job_id: options.jobId || null,
    request_id: null,
    service: service.key,
    operation: op.id,
    expires_at: null,
    usage: { cost: null, remaining: null, unit: null },
    rate_limit: null,
    raw: null,
  };
}

/** Whether the HTTP status says that the call worked. */
export function ok(exchange: Exchange): boolean {
  return exchange.status >= 200 && exchange.status < 300;
}

function statusOf(service: Service, op: Operation, exchange: Exchange): State {
  const { success, status } = op.output.mapping || {};
  if (!ok(exchange) || isFalse(evaluate(success, exchange))) return 'failed';
  if (op.job) return jobState(op.job, exchange);
  const job = status && jobPolledBy(service, op);
  return job ? stateOf(job, evaluate(status, exchange)) : 'succeeded';
}

function isFalse(value: unknown): boolean {
  return value === false || value === 0 || value === 'false' || value === 'False';
}

function jobPolledBy(service: Service, op: Operation): Job | undefined {
  return Object.values(service.operations)
    .map((other) => other.job)
    .find((job) => job !== undefined && job.poll.operation === op.id);
}

/** What the reply has made, whatever the work's state. */
export function itemsOf(service: Service, op: Operation, exchange: Exchange, baseUrl: string): Item[] {
  const { items, mapping = {}, type } = op.output;
  if (type === 'none') return [];
  const given = items ? evaluate(items, exchange) : exchange.body;
  const urls = items ? undefined : evaluate(mapping.url, exchange);
  const whole = given === undefined ? [] : [given];
  const elements = Array.isArray(urls) ? urls : items && Array.isArray(given) ? given : items ? whole : [given];
  return elements
    .map((element) => itemOf(service, op, exchange, element, baseUrl, Array.isArray(urls) ? element : undefined))
    .filter((item): item is Item => item !== undefined);
}

function itemOf(
  service: Service,
  op: Operation,
  exchange: Exchange,
  element: unknown,
  baseUrl: string,
  url: unknown,
): Item | undefined {
  const value = (name: string) => evaluate(own(op.output.mapping, name), exchange, element);
  const item: Item = { type: op.output.type };
  if (item.type === 'text') {
    const said = value('text');
    return said === undefined ? undefined : { ...item, text: isScalar(said) ? String(said) : JSON.stringify(said) };
  }
  const address = textIn(url === undefined ? value('url') : url);
  item.url = address ? absolute(address, baseUrl) : downloadUrl(service, op, exchange, element, baseUrl);
  if (!item.url) return undefined;
  const details: Array<[string, string | number | null]> = [
    ['id', textIn(value('item_id'))],
    ...TEXTS.map((name): [string, string | null] => [name, textIn(value(name))]),
    ...NUMBERS.map((name): [string, number | null] => [name, numberIn(value(name))]),
  ];
  for (const [name, detail] of details) if (detail !== null) item[name] = detail;
  return item;
}

/** A text or a number as text; null for anything else and for the empty text. */
function textIn(value: unknown): string | null {
  return typeof value === 'string' || typeof value === 'number' ? String(value) || null : null;
}

/** Where the bytes are, when no reply says so but an operation returns them. */
function downloadUrl(service: Service, op: Operation, exchange: Exchange, element: unknown, baseUrl: string): string {
  const link = op.output.download;
  const target = link && own(service.operations, link.operation);
  if (!link || !target) return '';
  try {
    return buildRequest(service, target, linkInputs(link, exchange, element), baseUrl).url;
  } catch {
    // Without its identifier there is nothing to download yet.
    return '';
  }
}

/**
 * Where an operation returns a result's files: its inputs for each of the `count` items, in their order. Empty where no
 * operation does, or where elements and items do not fit: better none than another one's file.
 */
export function downloads(service: Service, op: Operation, exchange: Exchange, count: number): Download[] {
  const link = op.output.download;
  const target = link && own(service.operations, link.operation);
  if (!link || !target) return [];
  const elements = op.output.items ? evaluate(op.output.items, exchange) : [undefined];
  if (!Array.isArray(elements) || elements.length !== count) return [];
  return elements.map((element) => ({ operation: link.operation, inputs: linkInputs(link, exchange, element) }));
}

/** The first item's URL or text under the name of its type, `image_url` to `text`. */
export function flat(type: string, items: Item[]): Values {
  const name = own(URL_FIELDS, type);
  const [item] = items;
  const value = item && (type === 'text' ? item.text : item.url);
  return name && value !== undefined ? { [name]: value } : {};
}

function rateLimit(service: Service, exchange: Exchange): Result['rate_limit'] {
  const { limit, remaining, reset } = service.rateLimit || {};
  const read = (rule: number | Expression | undefined) => numberIn(amount(rule, exchange));
  const found = { limit: read(limit), remaining: read(remaining), reset: read(reset) };
  return Object.values(found).some((value) => value !== null) ? found : null;
}

/** The URLs of a result's files, for fetching; texts have none. */
export function mediaUrls(result: unknown): string[] {
  const items = isObject(result) ? own(result, 'items') : undefined;
  const urls = (Array.isArray(items) ? items : []).map((item) => (isObject(item) ? own(item, 'url') : undefined));
  return urls.filter((url): url is string => typeof url === 'string' && url !== '');
}
