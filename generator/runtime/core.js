"use strict";
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
Object.defineProperty(exports, "__esModule", { value: true });
exports.sameOrigin = exports.absolute = exports.ok = exports.normalize = exports.mediaUrls = exports.failedResult = exports.secondsUntil = exports.isRetryable = exports.failure = exports.pageItems = exports.nextPage = exports.gatewayRequest = exports.exchangeOf = exports.buildRequest = exports.InputError = exports.linkInputs = exports.jobState = exports.header = exports.evaluate = void 0;
var expressions_1 = require("./expressions");
Object.defineProperty(exports, "evaluate", { enumerable: true, get: function () { return expressions_1.evaluate; } });
Object.defineProperty(exports, "header", { enumerable: true, get: function () { return expressions_1.header; } });
Object.defineProperty(exports, "jobState", { enumerable: true, get: function () { return expressions_1.jobState; } });
Object.defineProperty(exports, "linkInputs", { enumerable: true, get: function () { return expressions_1.linkInputs; } });
var inputs_1 = require("./inputs");
Object.defineProperty(exports, "InputError", { enumerable: true, get: function () { return inputs_1.InputError; } });
var request_1 = require("./request");
Object.defineProperty(exports, "buildRequest", { enumerable: true, get: function () { return request_1.buildRequest; } });
Object.defineProperty(exports, "exchangeOf", { enumerable: true, get: function () { return request_1.exchangeOf; } });
Object.defineProperty(exports, "gatewayRequest", { enumerable: true, get: function () { return request_1.gatewayRequest; } });
var pages_1 = require("./pages");
Object.defineProperty(exports, "nextPage", { enumerable: true, get: function () { return pages_1.nextPage; } });
Object.defineProperty(exports, "pageItems", { enumerable: true, get: function () { return pages_1.pageItems; } });
var failure_1 = require("./failure");
Object.defineProperty(exports, "failure", { enumerable: true, get: function () { return failure_1.failure; } });
Object.defineProperty(exports, "isRetryable", { enumerable: true, get: function () { return failure_1.isRetryable; } });
var durations_1 = require("./durations");
Object.defineProperty(exports, "secondsUntil", { enumerable: true, get: function () { return durations_1.secondsUntil; } });
var result_1 = require("./result");
Object.defineProperty(exports, "failedResult", { enumerable: true, get: function () { return result_1.failedResult; } });
Object.defineProperty(exports, "mediaUrls", { enumerable: true, get: function () { return result_1.mediaUrls; } });
Object.defineProperty(exports, "normalize", { enumerable: true, get: function () { return result_1.normalize; } });
Object.defineProperty(exports, "ok", { enumerable: true, get: function () { return result_1.ok; } });
var urls_1 = require("./urls");
Object.defineProperty(exports, "absolute", { enumerable: true, get: function () { return urls_1.absolute; } });
Object.defineProperty(exports, "sameOrigin", { enumerable: true, get: function () { return urls_1.sameOrigin; } });
