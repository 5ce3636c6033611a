/** Failures of five hundred services, told in one way. */

import { amount, evaluate, header } from './expressions';
import { isObject, isScalar, lookup, own } from './json';
import type { Exchange, Operation, Service } from './wire';

export interface Failure {
  type: string;
  message: string;
  /** Of the reply; null where there was none. */
  status: number | null;
  retryable: boolean;
  /** Seconds; null where nobody knows. */
  retry_after: number | null;
}

export interface Clock {
  /** Unix seconds, for dates in a reply; without it those are not read. */
  now?: number;
}

const TYPES: Record<string, string> = {
  400: 'invalid_request', 401: 'unauthorized', 402: 'insufficient_credits', 403: 'forbidden', 404: 'not_found',
  405: 'invalid_request', 408: 'timeout', 409: 'invalid_request', 410: 'invalid_request', 413: 'invalid_request',
  415: 'invalid_request', 422: 'invalid_request', 429: 'rate_limited', 504: 'timeout',
}; // prettier-ignore
const CLASSES: Record<string, string> = { '4': 'invalid_request', '5': 'provider_error' };
const RETRYABLE = ['rate_limited', 'quota_exceeded', 'provider_error', 'timeout', 'unreachable'];
const PLACES = [['error'], ['message'], ['detail'], ['error', 'message'], ['errors', '0', 'message'], ['title']];
const UNITS: Record<string, number> = { d: 86400, h: 3600, m: 60, s: 1 };
const LONGEST_TEXT = 2000;

/** What went wrong in an exchange that did not work; `status` 0 means that no reply came. */
export function failure(service: Service, op: Operation, exchange: Exchange, clock: Clock = {}): Failure {
  const type = failureType(service, exchange.status);
  return {
    type,
    message: failureMessage(service, op, exchange),
    status: exchange.status || null,
    retryable: RETRYABLE.includes(type),
    retry_after: retryAfter(service, exchange, clock),
  };
}

function failureType(service: Service, status: number): string {
  const types = (service.errors && service.errors.types) || {};
  const [exact, family] = [String(status), `${Math.floor(status / 100)}XX`];
  const said = own(types, exact) || own(types, family) || own(TYPES, exact) || own(CLASSES, exact.charAt(0));
  return said || (status ? 'provider_error' : 'unreachable');
}

function failureMessage(service: Service, op: Operation, exchange: Exchange): string {
  const { body, status } = exchange;
  const rules = [op.job && op.job.error, service.errors && service.errors.message];
  const said = rules.map((rule) => messageText(evaluate(rule, exchange)));
  const found = [...said, ...PLACES.map((path) => messageText(lookup(body, path)))].find(Boolean);
  if (found) return found;
  if (typeof body === 'string' && untagged(body)) return untagged(body);
  return status ? `HTTP ${status}` : 'No reply';
}

/** A text, or a list of texts or of {loc, msg} joined by '; '; '' where there is none. */
function messageText(value: unknown): string {
  if (isScalar(value) && typeof value !== 'boolean') return String(value).trim();
  if (!Array.isArray(value)) return '';
  return value.map(elementText).filter(Boolean).join('; ');
}

function elementText(value: unknown): string {
  if (!isObject(value)) return messageText(value);
  const said = [own(value, 'msg'), own(value, 'message'), own(value, 'detail')].find(isScalar);
  if (said === undefined) return '';
  const place = own(value, 'loc');
  return Array.isArray(place) && place.length ? `${place.join('.')}: ${String(said)}` : String(said);
}

function untagged(text: string): string {
  const plain = text.slice(0, LONGEST_TEXT).replace(/<[^<>]*>/g, ' ');
  return plain.replace(/\s+/g, ' ').trim().slice(0, 200);
}

function retryAfter(service: Service, exchange: Exchange, clock: Clock): number | null {
  const rule = service.errors && service.errors.retryAfter;
  for (const value of [evaluate(rule, exchange), header(exchange.headers, 'retry-after')]) {
    const seconds = secondsIn(value, clock);
    if (seconds !== null) return seconds;
  }
  const reset = Number(amount(service.rateLimit && service.rateLimit.reset, exchange));
  if (exchange.status !== 429 || !(reset > 0) || clock.now === undefined) return null;
  return Math.max(0, reset - clock.now);
}

/** Seconds a value means: a number, an HTTP date, or a text with a duration in it ('Resets in ~3h'). */
export function secondsIn(value: unknown, clock: Clock = {}): number | null {
  if (typeof value === 'number') return value >= 0 ? value : null;
  if (typeof value !== 'string') return null;
  const text = value.slice(0, LONGEST_TEXT).trim();
  if (/^\d{1,10}(\.\d{1,6})?$/.test(text)) return Number(text);
  if (/^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/.test(text)) {
    const date = Date.parse(text) / 1000;
    return clock.now === undefined || !Number.isFinite(date) ? null : Math.max(0, date - clock.now);
  }
  return duration(text);
}

function duration(text: string): number | null {
  const unit = /(\d{1,9}(?:\.\d{1,6})?)\s?(days?|d|hours?|hrs?|h|minutes?|mins?|m|seconds?|secs?|s)\b/gi;
  let total: number | null = null;
  let end = 0;
  for (let found = unit.exec(text); found; found = unit.exec(text)) {
    // '1h 30m' is one duration; what stands elsewhere in the sentence is another matter.
    if (total !== null && !/^[\s,]*(and)?\s*$/.test(text.slice(end, found.index))) break;
    total = (total || 0) + Number(found[1]) * (UNITS[(found[2] as string).charAt(0).toLowerCase()] as number);
    end = unit.lastIndex;
  }
  return total;
}
