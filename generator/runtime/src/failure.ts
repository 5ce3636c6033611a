/** Failures of many services, told in one way. */

import { amount, evaluate, header } from './expressions';
import { secondsUntil } from './durations';
import { isObject, lookup, own } from './json';
import type { Clock, Exchange, Expression, Operation, Service } from './wire';

export interface Failure {
  type: string;
  message: string;
  /** Of the reply; null where there was none. */
  status: number | null;
  retryable: boolean;
  /** Seconds; null where nobody knows. */
  retry_after: number | null;
}

const TYPES: Record<string, string> = {
  401: 'unauthorized', 402: 'insufficient_credits', 403: 'forbidden', 404: 'not_found',
  408: 'timeout', 429: 'rate_limited', 504: 'timeout',
}; // prettier-ignore
const RETRYABLE = ['rate_limited', 'quota_exceeded', 'provider_error', 'timeout', 'unreachable'];
const PLACES = [
  ['error', 'message'], ['error'], ['message'], ['detail'], ['errors', '0', 'message'], ['errors'], ['error_message'],
  ['errorMessage'], ['error_description'], ['msg'], ['reason'], ['title'],
]; // prettier-ignore

/**
 * What went wrong in an exchange that did not work. `status` 0 means that no reply came. `clock.now` (unix seconds)
 * turns dates into waits.
 */
export function failure(service: Service, op: Operation, exchange: Exchange, clock: Clock = {}): Failure {
  const type = failureType(service, exchange.status);
  return {
    type,
    message: messageOf(service, op, exchange),
    status: exchange.status || null,
    // What was answered, with a failure or a redirect, would be answered again.
    retryable: isRetryable(type) && !(exchange.status >= 200 && exchange.status < 400),
    retry_after: retryAfter(service, exchange, clock),
  };
}

function isRedirect(status: number): boolean {
  return status >= 300 && status < 400;
}

/** Whether the same request may work later. */
export function isRetryable(type: string): boolean {
  return RETRYABLE.includes(type);
}

function failureType(service: Service, status: number): string {
  const types = (service.errors && service.errors.types) || {};
  const said = own(types, String(status)) || own(types, `${Math.floor(status / 100)}XX`);
  if (said || !status) return said || 'unreachable';
  // A 2XX that says it failed, or a redirect nobody follows, is the service's doing.
  const usual = status >= 400 && status < 500 ? 'invalid_request' : 'provider_error';
  return own(TYPES, String(status)) || usual;
}

function messageOf(service: Service, op: Operation, exchange: Exchange): string {
  const { body, status } = exchange;
  const rules: Array<Expression | undefined> = [op.job && op.job.error, service.errors && service.errors.message];
  const said = [...rules.map((rule) => evaluate(rule, exchange)), ...PLACES.map((path) => lookup(body, path))];
  const found = said.map(words).find((text) => text !== '');
  if (found) return found.slice(0, 2000);
  if (isRedirect(status)) return 'The service answered with a redirect that is not followed';
  const plain = typeof body === 'string' ? untagged(body) : '';
  if (plain) return plain;
  if (status >= 200 && status < 300) return 'The service reports that it failed, without a reason';
  return status ? `HTTP ${status}` : 'The service could not be reached';
}

/** A text, a list of texts, or FastAPI's [{loc, msg}]; '' for anything else. */
function words(value: unknown): string {
  if (typeof value === 'string') return value.trim();
  if (!Array.isArray(value)) return '';
  return value.slice(0, 20).map(entryWords).filter(Boolean).join('; ');
}

function entryWords(entry: unknown): string {
  if (typeof entry === 'string') return entry.trim();
  const message = isObject(entry) ? own(entry, 'msg') : undefined;
  if (!isObject(entry) || typeof message !== 'string') return '';
  const place = own(entry, 'loc');
  return Array.isArray(place) && place.length ? `${place.join('.')}: ${message}` : message;
}

function untagged(text: string): string {
  const plain = text.slice(0, 4000).replace(/<[^>]{0,500}>/g, ' ');
  return plain.replace(/\s+/g, ' ').trim().slice(0, 200);
}

function retryAfter(service: Service, exchange: Exchange, clock: Clock): number | null {
  if (exchange.status < 400) return null;
  const told = evaluate(service.errors && service.errors.retryAfter, exchange);
  for (const value of [told, header(exchange.headers, 'retry-after')]) {
    const seconds = secondsUntil(value, clock);
    if (seconds !== null) return seconds;
  }
  const reset = numberIn(amount(service.rateLimit && service.rateLimit.reset, exchange));
  if (exchange.status !== 429 || reset === null || clock.now === undefined) return null;
  return Math.max(0, reset - clock.now);
}

/** A finite number, also where it came as a text, as headers do. */
export function numberIn(value: unknown): number | null {
  if (typeof value === 'string' && /^\s*-?\d{1,18}(\.\d{1,18})?\s*$/.test(value)) return Number(value);
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
