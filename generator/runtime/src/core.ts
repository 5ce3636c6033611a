/**
 * The run of a step, as far as it is the same on every platform that speaks JavaScript. No I/O, no timers, no
 * clock, no dependencies: the platform's own runtime sends what stands here and hands in the replies. `service` is
 * data out of a JSON file (read it with JSON.parse, never as an object literal: its keys are strangers').
 * Nothing given is changed. Whatever the inputs do wrong is an InputError {message, field}.
 *
 * The service, where it comes out of a file
 *   unfold(stored) -> service.
 *
 * Requests
 *   buildRequest(service, op, inputs, baseUrl?)
 *     -> {method, url, headers, query, bodyType, body, parts, path, parameters, document, contentType}
 *     bodyType none | json (body: the value) | form, text (body: the text) | binary (body: what was handed in) |
 *     multipart (parts: [{name, value, file?, contentType?}]; leave the Content-Type to the client).
 *     url is complete and encoded; query repeats its pairs decoded. Header names are lower-case. No credential.
 *     inputs: by Field.name, and additionalBody, additionalQuery (objects or their JSON).
 *   gatewayRequest(service, op, inputs, {url, key?, wait?, respondAsync?, callback?}) -> the same, to /run.
 *   exchangeOf(request, {status, headers, body}) -> the exchange everything below reads; no reply is status 0.
 *   sameOrigin(url, baseUrl): whether the credential may go there. absolute(url, baseUrl): a reply's relative URL.
 *
 * Replies
 *   ok(exchange): 2XX. normalize(service, op, exchange, {baseUrl?, jobId?, id?, now?}) -> the normalized result.
 *   failure(service, op, exchange, {now?}) -> {type, message, status, retryable, retry_after}.
 *   failedResult(service, op, {type, message, status?, retry_after?}, {jobId?, id?, raw?}) -> a result without a reply.
 *   isRetryable(type); secondsUntil(value, {now?}) -> seconds or null; mediaUrls(result) -> [url].
 *   evaluate(expression, exchange, item?) -> value or undefined; header(headers, name) -> text or undefined.
 *
 * Jobs (op.job): poll with the inputs of op.job.poll until the state is final, then normalize(service, op, poll's exchange).
 *   linkInputs(link, exchange, item?) -> inputs of service.operations[link.operation].
 *   jobState(job, exchange) -> queued | running | succeeded | failed | canceled; look at ok(exchange) first.
 *
 * Lists (op.pagination)
 *   pageItems(op, exchange) -> the elements of one page.
 *   nextPage(op, exchange, {inputs, url?}) -> {inputs, url?} or null: with url, GET that; else build from inputs.
 */

export { evaluate, header, jobState, linkInputs } from './expressions';
export { InputError } from './inputs';
export { buildRequest, exchangeOf, gatewayRequest } from './request';
export { nextPage, pageItems } from './pages';
export { failure, isRetryable } from './failure';
export { secondsUntil } from './durations';
export { failedResult, mediaUrls, normalize, ok } from './result';
export { unfold } from './stored';
export { absolute, sameOrigin } from './urls';

export type { State } from './expressions';
export type { Failure } from './failure';
export type { Part } from './body';
export type { GatewayOptions, Request } from './request';
export type { PageState } from './pages';
export type { Item, Result, ResultOptions } from './result';
export type { StoredOperation, StoredService } from './stored';
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
