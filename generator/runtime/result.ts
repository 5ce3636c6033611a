/** The normalized result: what every step returns, whatever the service. The meaning is schemas/normalize.py's. */

import { amount, evaluate, linkInputs, stateOf } from './expressions';
import type { State } from './expressions';
import { failure } from './failure';
import type { Clock, Failure } from './failure';
import { isObject, isScalar, own } from './json';
import { buildRequest } from './request';
import { absolute } from './urls';
import type { Exchange, Job, Operation, Service, Values } from './wire';

export interface Item {
  type: string;
  [detail: string]: unknown;
}

export interface Result {
  success: boolean;
  status: State;
  type: string;
  items: Item[];
  id: unknown;
  job_id: string | null;
  request_id: unknown;
  service: string;
  operation: string;
  expires_at: unknown;
  usage: { cost: unknown; remaining: unknown; unit: string | null };
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

export interface ResultOptions extends Clock {
  /** Our job's id, if there is one. */
  jobId?: string;
  /** The service's id, where the reply does not tell it. */
  id?: unknown;
  /** What relative URLs lie below; the service's own base URL by default. */
  baseUrl?: string;
}

const URL_FIELDS: Record<string, string> = {
  image: 'image_url', audio: 'audio_url', video: 'video_url', model3d: 'model_url', file: 'file_url', text: 'text',
}; // prettier-ignore
const DETAILS = ['content_type', 'file_name', 'file_size', 'width', 'height', 'duration', 'preview_url'];
const STATES = ['queued', 'running', 'succeeded', 'failed', 'canceled'];

/** The result of `op`; of an operation with a job, `exchange` is the poll's (or the one that started it). */
export function normalize(service: Service, op: Operation, exchange: Exchange, options: ResultOptions = {}): Result {
  const status = statusOf(service, op, exchange);
  const mapped = (name: string) => evaluate(own(op.output.mapping, name), exchange);
  const failed = status === 'failed' || status === 'canceled';
  const items = failed ? [] : itemsOf(service, op, exchange, options.baseUrl || service.baseUrl || '');
  const usage = op.usage || {};
  const result: Result = {
    success: !failed,
    status,
    type: op.output.type,
    ...flat(op.output.type, items),
    items,
    id: first(mapped('id'), options.id),
    job_id: options.jobId || null,
    request_id: first(mapped('request_id')),
    service: service.key,
    operation: op.id,
    expires_at: first(mapped('expires_at')),
    usage: {
      cost: first(amount(usage.cost, exchange)),
      remaining: first(evaluate(usage.remaining, exchange)),
      unit: usage.unit || null,
    },
    rate_limit: rateLimit(service, exchange),
    raw: exchange.body === undefined ? null : exchange.body,
  };
  if (failed) result.error = failure(service, op, exchange, options);
  return result;
}

/** Whether the HTTP status says that the call worked. */
export function ok(exchange: Exchange): boolean {
  return exchange.status >= 200 && exchange.status < 300;
}

function statusOf(service: Service, op: Operation, exchange: Exchange): State {
  if (!ok(exchange)) return 'failed';
  const { success, status } = op.output.mapping || {};
  if (success && isFalse(evaluate(success, exchange))) return 'failed';
  if (op.job) return stateOf(op.job, evaluate(op.job.status, exchange));
  if (!status) return 'succeeded';
  const said = evaluate(status, exchange);
  const job = jobPolledBy(service, op);
  if (job) return stateOf(job, said);
  return isScalar(said) && STATES.includes(String(said)) ? (String(said) as State) : 'succeeded';
}

function isFalse(value: unknown): boolean {
  return value === false || value === 'false' || value === 0;
}

function jobPolledBy(service: Service, op: Operation): Job | undefined {
  return Object.values(service.operations)
    .map((other) => other.job)
    .find((job) => job !== undefined && job.poll.operation === op.id);
}

function itemsOf(service: Service, op: Operation, exchange: Exchange, baseUrl: string): Item[] {
  const { items, mapping = {}, type } = op.output;
  if (type === 'none') return [];
  const list = items ? evaluate(items, exchange) : undefined;
  if (items) return (Array.isArray(list) ? list : []).map((one) => itemOf(service, op, exchange, one, baseUrl)).filter(isItem);
  const urls = evaluate(mapping.url, exchange);
  const elements = Array.isArray(urls) ? urls : [undefined];
  return elements.map((one) => itemOf(service, op, exchange, one, baseUrl)).filter(isItem);
}

function isItem(item: Item | undefined): item is Item {
  return item !== undefined;
}

function itemOf(service: Service, op: Operation, exchange: Exchange, element: unknown, baseUrl: string): Item | undefined {
  const { mapping = {}, type } = op.output;
  const value = (name: string) => evaluate(own(mapping, name), exchange, element);
  const item: Item = { type };
  if (type === 'text') {
    const text = mapping.text ? value('text') : typeof element === 'string' ? element : undefined;
    if (isScalar(text)) item.text = String(text);
  }
  const url = typeof element === 'string' && type !== 'text' ? element : value('url');
  const address = isScalar(url) ? absolute(String(url), baseUrl) : downloadUrl(service, op, exchange, element, baseUrl);
  if (address) item.url = address;
  for (const name of DETAILS) set(item, name, value(name));
  if (typeof item.preview_url === 'string') item.preview_url = absolute(item.preview_url, baseUrl);
  set(item, 'id', value('item_id'));
  return Object.keys(item).length > 1 ? item : undefined;
}

function set(item: Item, name: string, value: unknown): void {
  if (value !== undefined && value !== null && value !== '') item[name] = value;
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

function flat(type: string, items: Item[]): Values {
  const name = own(URL_FIELDS, type);
  const [item] = items;
  const value = item && (type === 'text' ? item.text : item.url);
  return name && value !== undefined ? { [name]: value } : {};
}

function first(...values: unknown[]): unknown {
  const value = values.find((one) => one !== undefined && one !== null);
  return value === undefined ? null : value;
}

function rateLimit(service: Service, exchange: Exchange): Result['rate_limit'] {
  const rules = service.rateLimit;
  if (!rules) return null;
  const [limit, remaining, reset] = [rules.limit, rules.remaining, rules.reset].map((rule) => number(amount(rule, exchange)));
  if (limit === null && remaining === null && reset === null) return null;
  return { limit: limit as number | null, remaining: remaining as number | null, reset: reset as number | null };
}

function number(value: unknown): number | null {
  const text = isScalar(value) ? String(value).trim() : '';
  return /^-?\d{1,15}(\.\d{1,9})?$/.test(text) ? Number(text) : null;
}

/** The URLs of a result's files, for fetching; texts have none. */
export function mediaUrls(result: unknown): string[] {
  const items = isObject(result) ? own(result, 'items') : undefined;
  const urls = (Array.isArray(items) ? items : []).map((item) => (isObject(item) ? own(item, 'url') : undefined));
  return urls.filter((url): url is string => typeof url === 'string' && url !== '');
}
