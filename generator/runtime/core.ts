/**
 * The run of a step, as far as it is the same on every platform that speaks JavaScript. No I/O, no timers, no
 * clock, no dependencies: the platform's own runtime sends what stands here and hands in the replies.
 *
 *   const op = service.operations[id];
 *   const request = buildRequest(service, op, inputs, baseUrl);            // throws InputError
 *   const exchange = exchangeOf(request, await send(request));             // {status, headers, body}
 *   if (op.job) { poll = buildRequest(service, service.operations[op.job.poll.operation], linkInputs(op.job.poll, exchange), baseUrl); … jobState(op.job, pollExchange) }
 *   return normalize(service, op, exchange, { baseUrl, now });             // a failure has `error`
 */

export { evaluate, header, jobState, linkInputs } from './expressions';
export { InputError } from './inputs';
export { buildRequest, exchangeOf, gatewayRequest } from './request';
export { nextPage, pageItems } from './pages';
export { failure, isRetryable } from './failure';
export { secondsUntil } from './durations';
export { failedResult, mediaUrls, normalize, ok } from './result';
export { absolute, sameOrigin } from './urls';

export type { State } from './expressions';
export type { Failure } from './failure';
export type { Part } from './body';
export type { GatewayOptions, Request } from './request';
export type { PageState } from './pages';
export type { Item, Result, ResultOptions } from './result';
export type {
  Clock,
  Exchange,
  Expression,
  Field,
  Job,
  Json,
  Link,
  Operation,
  Pagination,
  Service,
  Values,
} from './wire';
