// One operation of the service: called, judged, and its result made ready for Zapier.
'use strict';

const core = require('../core/core.js');
const { errorOf } = require('./errors.js');
const { withFiles } = require('./files.js');
const { isObject } = require('./form.js');
const { send } = require('./http.js');

const now = () => Math.floor(Date.now() / 1000);
const sleep = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
const FINAL = ['succeeded', 'failed', 'canceled'];

const operation = (run, id) => run.app.service.operations[id];
const writes = (op) => !['GET', 'HEAD', 'OPTIONS'].includes(op.method);

// Who may see the credential when this operation is called.
const origins = (run, op) => (op.public ? [] : [run.connection.baseUrl, op.server]);

// The exchange with the service; what never reached it is thrown.
async function call(run, op, inputs, options = {}) {
  const request = core.buildRequest(run.app.service, op, inputs, run.connection.baseUrl);
  if (options.body !== undefined) Object.assign(request, { bodyType: 'json', body: options.body, document: options.body });
  const reply = await send(run, request, { origins: origins(run, op), ...options });
  if (reply.problem) throw errorOf(run, reply.problem, { writes: writes(op), testing: options.testing });
  return Object.assign(core.exchangeOf(request, reply), { response: reply.response });
}

// The normalized result of an exchange, with its files; a failure is thrown.
function resultOf(run, op, exchange, options = {}) {
  const result = core.normalize(run.app.service, op, exchange, { baseUrl: run.connection.baseUrl, now: now(), ...options });
  if (result.error) throw errorOf(run, result.error, { writes: writes(op) });
  return withFiles(run, op, result, exchange);
}

// Asks for a job's state until it is final or the step's time is over; returns the last result.
async function follow(run, op, inputs, { id, first, waitFirst = true }) {
  const poll = operation(run, op.job.poll.operation);
  let last = first;
  let pause = waitFirst ? op.job.interval : 0;
  while (Date.now() + pause * 1000 < run.patience) {
    await sleep(pause);
    const exchange = await call(run, poll, inputs);
    const failed = core.ok(exchange) ? undefined : core.failure(run.app.service, poll, exchange, { now: now() });
    // A job is not lost because one question about it was refused for a passing reason.
    if (failed && !(failed.retryable && last)) throw errorOf(run, failed);
    if (!failed) last = resultOf(run, op, exchange, { id });
    if (!failed && FINAL.includes(last.status)) return last;
    pause = Math.max(op.job.interval, (failed && failed.retry_after) || 0);
  }
  return last;
}

// The elements of a list as they came; `list` says how they are told apart.
function elements(op, exchange) {
  return core.pageItems(op, exchange).filter((one) => one !== null && one !== undefined);
}

// One of them fit for Zapier: an object with an `id`.
function element(run, one, { like, dedupe = 'id' } = {}) {
  if (!isObject(one)) return { id: String(one), value: one };
  const id = scalar(one[dedupe]) ? one[dedupe] : run.z.hash('sha256', JSON.stringify(one));
  if (!like) return { ...(isResult(one) ? withFiles(run, { output: {} }, one) : one), id };
  // Elements of the form another operation returns: the same result as that one's.
  const op = operation(run, like);
  const exchange = { status: 200, headers: {}, body: one };
  const result = core.normalize(run.app.service, op, exchange, { baseUrl: run.connection.baseUrl });
  const { error, rate_limit: _, ...rest } = withFiles(run, op, result, exchange);
  return { ...rest, ...(error ? { error: error.message } : {}), id };
}

// Events of a gateway carry the normalized result itself.
const isResult = ({ success, status, items }) =>
  typeof success === 'boolean' && typeof status === 'string' && Array.isArray(items) && items.every(isObject);

const scalar = (value) => ['string', 'number'].includes(typeof value) && value !== '';

module.exports = { FINAL, call, element, elements, follow, now, operation, resultOf, scalar, sleep, writes };
