// Slow steps by way of the connection's gateway, which waits for the service and answers with the normalized result.
'use strict';

const core = require('../core/core.js');
const { FINAL, sleep, writes } = require('./calls.js');
const { errorOf } = require('./errors.js');
const { withFiles } = require('./files.js');
const { isObject } = require('./form.js');
const { send } = require('./http.js');

const START = 20; // seconds a started job may take to be acknowledged

// Starts the operation; with `callback` the gateway posts there once it is done, otherwise it is waited for.
async function runThrough(run, op, inputs, { callback, wait }) {
  const { gateway } = run.connection;
  const options = { ...gateway, respondAsync: !!callback || !wait, callback };
  if (!callback && wait) options.wait = Math.max(1, Math.floor((run.patience - Date.now()) / 1000));
  const request = core.gatewayRequest(run.app.service, op, inputs, options);
  const reply = await ask(run, request, writes(op), callback ? START : undefined);
  return resultOf(run, op, reply);
}

// The state of a job the gateway runs; with `wait` asked again until it is final or the step's time is over.
// Undefined where the gateway knows no such job.
async function jobOf(run, op, jobId, wait = true) {
  const { gateway } = run.connection;
  const headers = { accept: 'application/json', ...(gateway.key ? { 'x-specloom-key': gateway.key } : {}) };
  const request = { method: 'GET', url: `${gateway.url}/jobs/${encodeURIComponent(jobId)}`, headers, bodyType: 'none' };
  for (;;) {
    const reply = await ask(run, request, false);
    if (reply.status === 404 && !wait) return undefined;
    const result = resultOf(run, op, reply);
    if (!wait || FINAL.includes(result.status) || Date.now() + 3000 > run.patience) return result;
    await sleep(3);
  }
}

async function ask(run, request, changes, seconds) {
  const reply = await send(run, request, { origins: [run.connection.gateway.url], seconds });
  if (reply.problem) {
    const message = `The gateway at ${run.connection.gateway.url}: ${reply.problem.message}`;
    throw errorOf(run, { ...reply.problem, message }, { writes: changes });
  }
  return reply;
}

// The body is the result; failures carry `error`, those of the gateway itself too.
function resultOf(run, op, reply) {
  const { body, status } = reply;
  if (isObject(body) && isObject(body.error) && body.error.type) throw errorOf(run, body.error, { writes: writes(op) });
  if (status >= 300 || !isObject(body) || typeof body.status !== 'string') {
    const failure = core.failure(run.app.service, { id: op.id, output: {} }, { status, headers: reply.headers, body });
    throw errorOf(run, { ...failure, message: `The gateway answered: ${failure.message}` });
  }
  return withFiles(run, op, body, { status: 200, headers: {}, body: body.raw });
}

module.exports = { jobOf, runThrough };
