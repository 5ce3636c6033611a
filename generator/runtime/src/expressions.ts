/** OpenAPI runtime expressions (`$response.body#/id`): where a value stands in an exchange, or in an element of it. */

import { isScalar, lookup, own, put } from './json';
import type { Exchange, Expression, Job, Link, Reference, Values } from './wire';

/**
 * The value in one exchange; undefined where it is absent. A text with an absent part is undefined: half a URL
 * is worse than none. `item` is the element `$item#` stands for.
 */
export function evaluate(expression: Expression | undefined, exchange: Exchange, item?: unknown): unknown {
  if (!expression) return undefined;
  const [first] = expression.parts;
  if (expression.parts.length === 1 && typeof first === 'object') return resolve(first, exchange, item);
  const texts: string[] = [];
  for (const part of expression.parts) {
    const value = typeof part === 'string' ? part : resolve(part, exchange, item);
    if (!isScalar(value)) return undefined;
    texts.push(String(value));
  }
  return texts.join('');
}

/** An expression's value, or the constant that stands in its place. */
export function amount(rule: number | Expression | undefined, exchange: Exchange): unknown {
  return typeof rule === 'object' ? evaluate(rule, exchange) : rule;
}

/** The inputs, by Field.name, with which to call the link's operation. Absent values are left out. */
export function linkInputs(link: Link, exchange: Exchange, item?: unknown): Values {
  const inputs: Values = {};
  for (const name of Object.keys(link.parameters || {})) {
    const rule = own(link.parameters, name);
    if (!rule) continue;
    const value = 'parts' in rule ? evaluate(rule, exchange, item) : rule.value;
    if (value !== undefined && value !== null) put(inputs, name, value);
  }
  return inputs;
}

export type State = 'queued' | 'running' | 'succeeded' | 'failed' | 'canceled';

/** Whether the work is over, one way or another. */
export function isFinal(state: State): boolean {
  return state === 'succeeded' || state === 'failed' || state === 'canceled';
}

/** The state a poll's reply tells; one that stands in none of the job's lists, or is missing, is running. */
export function jobState(job: Job, exchange: Exchange): State {
  return stateOf(job, evaluate(job.status, exchange));
}

export function stateOf(job: Job, value: unknown): State {
  if (!isScalar(value)) return 'running';
  const states = ['succeeded', 'failed', 'canceled', 'queued'] as const;
  return states.find((state) => (job[state] || []).includes(String(value))) || 'running';
}

function resolve(reference: Reference, exchange: Exchange, item: unknown): unknown {
  const { root, path } = reference;
  const name = path[0] || '';
  switch (root) {
    case 'response.body':
      return lookup(exchange.body, path);
    case 'item':
      return lookup(item, path);
    case 'request.body':
      return lookup(exchange.requestBody, path);
    case 'response.header':
      return header(exchange.headers, name);
    case 'request.header':
      return header(exchange.requestHeaders, name);
    case 'request.path':
      return present(own(exchange.path, name));
    case 'request.query':
      return present(own(exchange.query, name));
    case 'status':
      return exchange.status;
    case 'url':
      return exchange.url;
    case 'method':
      return exchange.method;
    default:
      return undefined;
  }
}

/** A header's text, whatever the case of its name; several values of one name are joined as HTTP does. */
export function header(headers: Record<string, unknown> | undefined, name: string): string | undefined {
  const wanted = name.toLowerCase();
  const key = Object.keys(headers || {}).find((candidate) => candidate.toLowerCase() === wanted);
  const value = key === undefined ? undefined : own(headers, key);
  if (Array.isArray(value)) return value.join(', ');
  return isScalar(value) ? String(value) : undefined;
}

function present(value: unknown): unknown {
  return value === null ? undefined : value;
}
