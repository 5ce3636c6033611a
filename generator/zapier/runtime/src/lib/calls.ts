/** One operation of the service: called, judged, and its result made ready for Zapier. */

import {
  buildRequest,
  elementMedia,
  elementOutput,
  exchangeOf,
  failure,
  isFinal,
  isResult,
  linkInputs,
  normalize,
  ok,
  pageItems,
  stepOutput,
  writes,
} from '../core/core';
import type { Exchange, Job, Operation, Output, Result, ResultOptions, Values } from '../core/core';
import { isObject, lookup, tokens } from '../core/json';
import type { Listing, Response, Run } from './app';
import { errorOf } from './errors';
import { withFiles } from './files';
import { send } from './http';
import type { SendOptions } from './http';

export type Outcome = Result & { file?: string };

/** `response`: the bytes of a reply that is a file. */
export type Answer = Exchange & { response?: Response };

export interface CallOptions extends SendOptions {
  /** Sent in place of the body that the inputs make. */
  body?: unknown;
  testing?: boolean;
}

export function now(): number {
  return Math.floor(Date.now() / 1000);
}

export function sleep(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

export function operation(run: Run, id: string): Operation {
  return run.app.service.operations[id] as Operation;
}

/** The exchange with the service; what never reached it is thrown. */
export async function call(run: Run, op: Operation, inputs: Values, options: CallOptions = {}): Promise<Answer> {
  const request = buildRequest(run.app.service, op, inputs, run.connection.baseUrl, run.bundle.meta?.timezone || 'UTC');
  if (options.body !== undefined)
    Object.assign(request, { bodyType: 'json', body: options.body, document: options.body });
  const reply = await send(run, request, { origins: [run.connection.baseUrl], op, stays: options.testing, ...options });
  if (reply.problem) throw errorOf(run, reply.problem, { writing: writes(op), testing: options.testing });
  return Object.assign(exchangeOf(request, reply), { response: reply.response });
}

/** The normalized result of an exchange, with its files; a failure is thrown. */
export function resultOf(run: Run, op: Operation, exchange: Exchange, options: ResultOptions = {}): Outcome {
  const result = normalize(run.app.service, op, exchange, { baseUrl: run.connection.baseUrl, now: now(), ...options });
  if (result.error) throw errorOf(run, result.error, { writing: writes(op) });
  return withFiles(run, result, op, exchange);
}

/** What is known of a job before it is asked for. */
export interface Started {
  id?: string | null;
  first?: Outcome;
  waitFirst?: boolean;
}

/** Asks for a job's state until it is final or the step's time is over; returns the last result. */
export async function follow(
  run: Run,
  op: Operation,
  inputs: Values,
  { id, first, waitFirst = true }: Started,
): Promise<Outcome | undefined> {
  const job = op.job as Job;
  const poll = operation(run, job.poll.operation);
  let last = first;
  let pause = waitFirst ? job.interval : 0;
  while (Date.now() + pause * 1000 < run.patience) {
    await sleep(pause);
    const exchange = await call(run, poll, inputs);
    const failed = ok(exchange) ? undefined : failure(run.app.service, poll, exchange, { now: now() });
    // A job is not lost because one question about it was refused for a passing reason.
    if (failed && !(failed.retryable && last)) throw errorOf(run, failed);
    if (!failed) last = resultOf(run, op, exchange, { id: id || undefined });
    if (!failed && last && isFinal(last.status)) return last;
    pause = Math.max(job.interval, (failed && failed.retry_after) || 0);
  }
  return last;
}

/** The inputs of a job's poll, out of the reply that started it. */
export function pollInputs(op: Operation, exchange: Exchange): Values {
  return linkInputs((op.job as Job).poll, exchange);
}

/** The elements of a list as they came. */
export function elements(op: Operation, exchange: Exchange): unknown[] {
  return pageItems(op, exchange).filter((one) => one !== null && one !== undefined);
}

/** What the step hands to the next one: the file beside what was made, the reply after all. */
export function given(op: Operation, result: Outcome): Values {
  const output = stepOutput(op, result);
  if (!result.file || !result.items.length) return output;
  const { raw, ...rest } = output;
  return raw === undefined ? { ...rest, file: result.file } : { ...rest, file: result.file, raw };
}

/** One element of a list, or one event, with its file. */
export function element(run: Run, one: unknown, media: Output[] | undefined): Values {
  const { service } = run.app;
  const { baseUrl } = run.connection;
  const given = elementOutput(service, media, one, baseUrl);
  if (isResult(one) && holdsItems(one)) return withFiles(run, given);
  const shown = elementMedia(service, media, one, baseUrl);
  const { file } = shown ? withFiles(run, { items: shown.items, file: undefined }, shown.op, shown.exchange) : { file: undefined };
  return file && !('file' in given) ? { ...given, file } : given;
}

/** The same with the `id` by which Zapier tells what is new. */
export function told(run: Run, one: unknown, { dedupe = 'id' }: Listing, media: Output[] | undefined): Values {
  const given = element(run, one, media);
  if (!isObject(one)) return { id: String(one), ...given };
  const found = lookup(one, tokens(dedupe));
  const id = isId(found) ? found : run.z.hash('sha256', JSON.stringify(one));
  return isId(one.id) && one.id !== id ? { ...given, id, id_original: one.id } : { ...given, id };
}

/** Events of a gateway carry the normalized result itself. */
function holdsItems({ items }: Result): boolean {
  return Array.isArray(items) && items.every(isObject);
}

/** Whether Zapier can tell elements apart by it. */
export function isId(value: unknown): value is string | number {
  return ['string', 'number'].includes(typeof value) && value !== '';
}
