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
 *   buildRequest(service, op, inputs, baseUrl?, zone?)
 *     -> {method, url, headers, query, bodyType, body, parts, path, parameters, document, contentType}
 *     bodyType none | json (body: the value) | form, text (body: the text) | binary (body: what was handed in) |
 *     multipart (parts: [{name, value, file?, contentType?}]; leave the Content-Type to the client).
 *     url is complete and encoded; query repeats its pairs decoded. Header names are lower-case. No credential.
 *     inputs: by Field.name, and additionalBody, additionalQuery (objects or their JSON).
 *   gatewayRequest(service, op, inputs, {url, key?, wait?, respondAsync?, callback?}) -> the same, to /run.
 *   jobRequest(url, {key?, wait?}) -> the same, for a look at the gateway's job. readRequest(url, headers?): for any URL.
 *   writes(op): whether the call may change something. addQuery(url, [[name, value]]): pairs percent-encoded.
 *   multipart(parts, boundary, value -> {name, contentType?, data}) -> texts and data of a body, to be joined.
 *   exchangeOf(request, {status, headers, body}) -> the exchange everything below reads; no reply is status 0.
 *   redirected(request, status, location) -> the request a redirect leads to; undefined where it is not to be followed.
 *   heldBy(service, secrets, data) -> the schemes whose secrets a connection has; signedBy(security, held) -> those that
 *   go along, or null; sign(request, service, secrets, data, names, base64) -> the request with them.
 *   sameOrigin(url, baseUrl): whether the credential may go there. absolute(url, baseUrl): a reply's relative URL.
 *
 * Replies
 *   isFileReply(op, status, contentType): whether the reply is a file. decode(bytes, contentType, promised?) -> the body of any
 *   other. fileName({said?, disposition?, url?, contentType?}, fallback) -> a file's name.
 *   ok(exchange): 2XX. normalize(service, op, exchange, {baseUrl?, jobId?, id?, now?}) -> the normalized result.
 *   failure(service, op, exchange, {now?}) -> {type, message, status, retryable, retry_after}.
 *   failedResult(service, op, {type, message, status?, retry_after?}, {jobId?, id?, raw?}) -> a result without a reply.
 *   isResult(value): whether a gateway's answer is one. downloads(service, op, exchange, count) -> [{operation, inputs}].
 *   stepOutput(op, result, raw?) -> what the step gives; fileOutput(result, name, type, url?) -> where the reply is a file.
 *   elementOutput(service, media, element, baseUrl?) -> for one element of a list, or one event; elementMedia(…) -> what
 *   it shows: {op, exchange, items}.
 *   isRetryable(type); secondsUntil(value, {now?}) -> seconds or null; mediaUrls(result) -> [url].
 *   evaluate(expression, exchange, item?) -> value or undefined; header(headers, name) -> text or undefined.
 *
 * Jobs (op.job): poll with the inputs of op.job.poll until the state is final, then normalize(service, op, poll's exchange).
 *   linkInputs(link, exchange, item?) -> inputs of service.operations[link.operation].
 *   isFinal(state); jobState(job, exchange) -> queued | running | succeeded | failed | canceled; look at ok(exchange) first.
 *
 * Lists (op.pagination)
 *   pageItems(op, exchange) -> the elements of one page.
 *   meets(element, when): whether it is in a state that is asked for.
 *   firstPage(op, inputs) -> {inputs}, the state to begin with. isBeyondEnd(op, exchange, state): whether a failure is
 *   only the end. nextPage(op, exchange, state, {documented, baseUrl}) -> the next state or null: with url, GET that;
 *   else build from inputs.
 */

export { evaluate, header, isFinal, jobState, linkInputs } from './expressions';
export { InputError } from './inputs';
export { addQuery, buildRequest, exchangeOf, gatewayRequest, jobRequest, readRequest, writes } from './request';
export { multipart } from './multipart';
export { fileName } from './names';
export { elementMedia, elementOutput, fileOutput, stepOutput } from './output';
export { firstPage, isBeyondEnd, meets, nextPage, pageItems } from './pages';
export { MOST_REDIRECTS, redirected } from './redirects';
export { decode, isFileReply, mediaKind } from './replies';
export { failure, isRetryable } from './failure';
export { secondsUntil } from './durations';
export { downloads, failedResult, isResult, mediaUrls, normalize, ok } from './result';
export { heldBy, sign, signedBy } from './sign';
export { unfold } from './stored';
export { absolute, sameOrigin, withoutSlash } from './urls';

export type { State } from './expressions';
export type { Failure } from './failure';
export type { Part } from './body';
export type { PartFile } from './multipart';
export type { GatewayOptions, Request } from './request';
export type { PageState, Places } from './pages';
export type { Secret } from './sign';
export type { Download, Item, Result, ResultOptions } from './result';
export type { StoredOperation, StoredService } from './stored';
export type {
  Clock,
  Exchange,
  Expression,
  Field,
  Gives,
  Job,
  Json,
  Link,
  Operation,
  Output,
  Pagination,
  Service,
  Values,
} from './wire';
