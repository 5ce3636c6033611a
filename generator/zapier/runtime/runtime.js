// What the functions of the app do. The app itself is data (app.json): its definition for Zapier, the functions'
// places in it by key, the forms of its steps and what the service's calls look like.
'use strict';

const core = require('./core/core.js');
const authentication = require('./lib/authentication.js');
const { FINAL, call, element, elements, follow, operation, resultOf } = require('./lib/calls.js');
const { connectionOf } = require('./lib/connection.js');
const { dehydrated, loadFiles, media, nameOf } = require('./lib/files.js');
const { FormError, blank, dynamicFields, json, own, readForm } = require('./lib/form.js');
const { jobOf, runThrough } = require('./lib/gateway.js');
const { unfolded } = require('./lib/stored.js');
const triggers = require('./lib/triggers.js');

const INVALID = 'InvalidInput';

// The inputs of a step by the operation's own names. Its own questions are answered on the way.
async function inputsOf(run, { op, step }) {
  const data = run.bundle.inputData || {};
  const { confirm, body, query } = step.own;
  if (confirm && String(own(data, confirm)) !== 'true') {
    throw new FormError(`${step.name} was not run: set "Confirm" to True if you want it, it cannot be undone.`);
  }
  const inputs = readForm(step.inputs, data);
  await loadFiles(run, step.inputs, inputs);
  for (const [key, name, label] of [[body, 'additionalBody', 'Additional Body'], [query, 'additionalQuery', 'Additional Query']]) {
    if (key && !blank(own(data, key))) inputs[name] = json({ label }, own(data, key));
  }
  for (const name of Object.keys(step.fixed || {})) inputs[name] = step.fixed[name];
  return inputs;
}

async function create(run) {
  const { step } = run;
  const op = operation(run, step.operation);
  const inputs = await inputsOf(run, { op, step });
  const waits = step.own.wait ? String(own(run.bundle.inputData, step.own.wait)) !== 'false' : true;
  // While a Zap is being built its editor shows what the step returns, and waits for no callback.
  const called = waits && !(run.bundle.meta && run.bundle.meta.isLoadingSample);
  if (op.job && op.job.callbackField) return startJob(run, op, inputs, waits, called);
  if (step.slow && run.connection.gateway) {
    const callback = called ? run.z.generateCallbackUrl() : undefined;
    return runThrough(run, op, inputs, { callback, wait: waits });
  }
  if (op.job) return startJob(run, op, inputs, waits, false);
  if (op.output.binary) return bytes(run, op, inputs);
  return resultOf(run, op, await call(run, op, inputs));
}

// Starts the work, then either leaves the rest to `resume` or asks until the time is over.
async function startJob(run, op, inputs, waits, called) {
  const callback = called ? run.z.generateCallbackUrl() : undefined;
  const sent = callback ? { ...inputs, [op.job.callbackField]: callback } : inputs;
  const exchange = await call(run, op, sent);
  const started = resultOf(run, op, exchange);
  const poll = core.linkInputs(op.job.poll, exchange);
  if (callback) return { ...started, resume: poll };
  if (!waits || FINAL.includes(started.status)) return started;
  return follow(run, op, poll, { id: started.id, first: started });
}

// Zapier calls this once the callback URL was called. Its payload is not trusted: the result is read anew.
async function resume(run) {
  const op = operation(run, run.step.operation);
  const { job_id: jobId, id, resume: poll } = run.bundle.outputData || {};
  if (jobId && run.connection.gateway) return jobOf(run, op, jobId);
  if (!poll) throw new FormError('The reply that started this step is missing, so its result cannot be read.');
  return follow(run, op, poll, { id, waitFirst: false });
}

// A reply that is a file: stored for later steps where the step may do that, else a pointer to it.
async function bytes(run, op, inputs, lazily = false) {
  const exchange = await call(run, op, inputs, { raw: true });
  const { response, headers } = exchange;
  if (!response) return resultOf(run, op, exchange);
  const { items, ...rest } = core.normalize(run.app.service, op, { ...exchange, body: undefined }, {});
  const name = (items[0] && items[0].file_name) || nameOf({ headers, response });
  const type = headers['content-type'];
  const about = { file_name: name, content_type: type };
  if (!lazily) return { ...rest, ...about, file: await run.z.stashFile(response, undefined, name, type) };
  response.body.destroy();
  return { ...rest, ...about, file: dehydrated(run, { operation: op.id, inputs, name, type }) };
}

async function search(run) {
  const { step } = run;
  const op = operation(run, step.operation);
  const inputs = await inputsOf(run, { op, step });
  try {
    if (op.output.binary) return [await bytes(run, op, inputs, true)];
    const exchange = await call(run, op, inputs);
    if (exchange.status === 404) return [];
    if (!step.list || !core.ok(exchange)) return [resultOf(run, op, exchange)];
    return elements(op, exchange).map((one) => element(run, one, step.list));
  } catch (error) {
    // Nothing found is no failure of a search.
    if (error.name === 'AppError' && JSON.parse(error.message).status === 404) return [];
    throw error;
  }
}

// What a step started that had to go on without its result: the gateway knows it by its job, the service by its id.
async function result(run) {
  const { id, step } = run.bundle.inputData;
  const op = operation(run, step && own(run.app.service.operations, step) ? step : run.step.operation);
  const found = run.connection.gateway ? await jobOf(run, op, id, false) : undefined;
  if (found) return [found];
  if (!op.job) {
    if (run.connection.gateway) return [];
    throw new FormError('Only a connection with a gateway keeps the results of this action.');
  }
  const inputs = Object.fromEntries(Object.keys(op.job.poll.parameters || {}).map((name) => [name, id]));
  const exchange = await call(run, operation(run, op.job.poll.operation), inputs);
  return exchange.status === 404 ? [] : [resultOf(run, op, exchange, { id })];
}

const fields = ({ app, binding, bundle, step }) =>
  dynamicFields(step.dynamic[binding.index], bundle.inputData || {}).map((name) => app.fields[name]);

const RUNS = { create, resume, search, result, media, fields, ...authentication.runs, ...triggers.runs(inputsOf) };

// One function of the app, of the two arguments Zapier calls it with.
function bound(app, binding) {
  return async (z, bundle) => {
    const began = Date.now();
    const run = {
      app,
      binding,
      bundle,
      connection: connectionOf(app, bundle.authData),
      deadline: began + app.limits.step * 1000,
      patience: began + app.limits.wait * 1000,
      step: binding.step ? app.steps[binding.step] : undefined,
      z,
    };
    try {
      return await RUNS[binding.run](run);
    } catch (error) {
      if (error instanceof FormError) throw new z.errors.Error(error.message, INVALID, 400);
      if (error instanceof core.InputError) throw new z.errors.Error(inputMessage(run, error), INVALID, 400);
      throw error;
    }
  };
}

// The core speaks of inputs by the document's names, people see labels.
function inputMessage(run, { field, message }) {
  if (field === 'baseUrl') return `${message}: look at the address in the connection.`;
  const entry = run.step && run.step.inputs.find(({ path }) => path.length === 1 && path[0] === field);
  return entry ? message.replace(field, entry.label) : message;
}

// The app as zapier-platform-core wants it. Only the listed places become functions: what looks like one elsewhere
// is a text of the document.
function createApp(data) {
  const app = { ...data, ...unfolded(data), service: core.unfold(data.service) };
  for (const binding of data.bindings) {
    const path = binding.path.slice(0, -1);
    const last = binding.path[binding.path.length - 1];
    path.reduce((inner, key) => inner[key], app.definition)[last] = bound(app, binding);
  }
  return app.definition;
}

module.exports = { createApp };
