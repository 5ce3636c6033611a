"use strict";
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
Object.defineProperty(exports, "__esModule", { value: true });
exports.withoutSlash = exports.sameOrigin = exports.absolute = exports.unfold = exports.signedBy = exports.sign = exports.heldBy = exports.ok = exports.normalize = exports.mediaUrls = exports.isResult = exports.failedResult = exports.downloads = exports.secondsUntil = exports.isRetryable = exports.failure = exports.mediaKind = exports.isFileReply = exports.decode = exports.redirected = exports.MOST_REDIRECTS = exports.pageItems = exports.nextPage = exports.meets = exports.isBeyondEnd = exports.firstPage = exports.stepOutput = exports.fileOutput = exports.elementOutput = exports.elementMedia = exports.fileName = exports.multipart = exports.writes = exports.readRequest = exports.jobRequest = exports.gatewayRequest = exports.exchangeOf = exports.buildRequest = exports.addQuery = exports.InputError = exports.linkInputs = exports.jobState = exports.isFinal = exports.header = exports.evaluate = void 0;
var expressions_1 = require("./expressions");
Object.defineProperty(exports, "evaluate", { enumerable: true, get: function () { return expressions_1.evaluate; } });
Object.defineProperty(exports, "header", { enumerable: true, get: function () { return expressions_1.header; } });
Object.defineProperty(exports, "isFinal", { enumerable: true, get: function () { return expressions_1.isFinal; } });
Object.defineProperty(exports, "jobState", { enumerable: true, get: function () { return expressions_1.jobState; } });
Object.defineProperty(exports, "linkInputs", { enumerable: true, get: function () { return expressions_1.linkInputs; } });
var inputs_1 = require("./inputs");
Object.defineProperty(exports, "InputError", { enumerable: true, get: function () { return inputs_1.InputError; } });
var request_1 = require("./request");
Object.defineProperty(exports, "addQuery", { enumerable: true, get: function () { return request_1.addQuery; } });
Object.defineProperty(exports, "buildRequest", { enumerable: true, get: function () { return request_1.buildRequest; } });
Object.defineProperty(exports, "exchangeOf", { enumerable: true, get: function () { return request_1.exchangeOf; } });
Object.defineProperty(exports, "gatewayRequest", { enumerable: true, get: function () { return request_1.gatewayRequest; } });
Object.defineProperty(exports, "jobRequest", { enumerable: true, get: function () { return request_1.jobRequest; } });
Object.defineProperty(exports, "readRequest", { enumerable: true, get: function () { return request_1.readRequest; } });
Object.defineProperty(exports, "writes", { enumerable: true, get: function () { return request_1.writes; } });
var multipart_1 = require("./multipart");
Object.defineProperty(exports, "multipart", { enumerable: true, get: function () { return multipart_1.multipart; } });
var names_1 = require("./names");
Object.defineProperty(exports, "fileName", { enumerable: true, get: function () { return names_1.fileName; } });
var output_1 = require("./output");
Object.defineProperty(exports, "elementMedia", { enumerable: true, get: function () { return output_1.elementMedia; } });
Object.defineProperty(exports, "elementOutput", { enumerable: true, get: function () { return output_1.elementOutput; } });
Object.defineProperty(exports, "fileOutput", { enumerable: true, get: function () { return output_1.fileOutput; } });
Object.defineProperty(exports, "stepOutput", { enumerable: true, get: function () { return output_1.stepOutput; } });
var pages_1 = require("./pages");
Object.defineProperty(exports, "firstPage", { enumerable: true, get: function () { return pages_1.firstPage; } });
Object.defineProperty(exports, "isBeyondEnd", { enumerable: true, get: function () { return pages_1.isBeyondEnd; } });
Object.defineProperty(exports, "meets", { enumerable: true, get: function () { return pages_1.meets; } });
Object.defineProperty(exports, "nextPage", { enumerable: true, get: function () { return pages_1.nextPage; } });
Object.defineProperty(exports, "pageItems", { enumerable: true, get: function () { return pages_1.pageItems; } });
var redirects_1 = require("./redirects");
Object.defineProperty(exports, "MOST_REDIRECTS", { enumerable: true, get: function () { return redirects_1.MOST_REDIRECTS; } });
Object.defineProperty(exports, "redirected", { enumerable: true, get: function () { return redirects_1.redirected; } });
var replies_1 = require("./replies");
Object.defineProperty(exports, "decode", { enumerable: true, get: function () { return replies_1.decode; } });
Object.defineProperty(exports, "isFileReply", { enumerable: true, get: function () { return replies_1.isFileReply; } });
Object.defineProperty(exports, "mediaKind", { enumerable: true, get: function () { return replies_1.mediaKind; } });
var failure_1 = require("./failure");
Object.defineProperty(exports, "failure", { enumerable: true, get: function () { return failure_1.failure; } });
Object.defineProperty(exports, "isRetryable", { enumerable: true, get: function () { return failure_1.isRetryable; } });
var durations_1 = require("./durations");
Object.defineProperty(exports, "secondsUntil", { enumerable: true, get: function () { return durations_1.secondsUntil; } });
var result_1 = require("./result");
Object.defineProperty(exports, "downloads", { enumerable: true, get: function () { return result_1.downloads; } });
Object.defineProperty(exports, "failedResult", { enumerable: true, get: function () { return result_1.failedResult; } });
Object.defineProperty(exports, "isResult", { enumerable: true, get: function () { return result_1.isResult; } });
Object.defineProperty(exports, "mediaUrls", { enumerable: true, get: function () { return result_1.mediaUrls; } });
Object.defineProperty(exports, "normalize", { enumerable: true, get: function () { return result_1.normalize; } });
Object.defineProperty(exports, "ok", { enumerable: true, get: function () { return result_1.ok; } });
var sign_1 = require("./sign");
Object.defineProperty(exports, "heldBy", { enumerable: true, get: function () { return sign_1.heldBy; } });
Object.defineProperty(exports, "sign", { enumerable: true, get: function () { return sign_1.sign; } });
Object.defineProperty(exports, "signedBy", { enumerable: true, get: function () { return sign_1.signedBy; } });
var stored_1 = require("./stored");
Object.defineProperty(exports, "unfold", { enumerable: true, get: function () { return stored_1.unfold; } });
var urls_1 = require("./urls");
Object.defineProperty(exports, "absolute", { enumerable: true, get: function () { return urls_1.absolute; } });
Object.defineProperty(exports, "sameOrigin", { enumerable: true, get: function () { return urls_1.sameOrigin; } });
Object.defineProperty(exports, "withoutSlash", { enumerable: true, get: function () { return urls_1.withoutSlash; } });
