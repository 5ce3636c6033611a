/**
 * What the functions of the app do. The app itself is data (app.json): its definition for Zapier, the functions' places
 * in it by key, the forms of its steps and what the service's calls look like.
 */

import { InputError, fileOutput, isFinal, normalize, ok, unfold } from './core/core';
import type { Operation, Values } from './core/core';
import { own } from './core/json';
import type { App, Binding, Bundle, Definition, Entry, Response, Run, Step, StoredApp, Zapier } from './lib/app';
import { runs as authentication } from './lib/authentication';
import { call, element, elements, follow, given, operation, pollInputs, resultOf } from './lib/calls';
import type { Answer, Outcome, Started } from './lib/calls';
import { connectionOf } from './lib/connection';
import { dehydrated, loadFiles, media, nameOf } from './lib/files';
import { FormError, blank, dynamicFields, json, readForm } from './lib/form';
import { jobOf, runThrough } from './lib/gateway';
import { unfolded } from './lib/stored';
import { pages, runs as triggers } from './lib/triggers';

const INVALID = 'InvalidInput';

/** The inputs of a step by the operation's own names. Its own questions are answered on the way. */
async function inputsOf(run: Run, step: Step): Promise<Values> {
  const data = run.bundle.inputData || {};
  const { confirm, body, query } = step.own;
  if (confirm && String(own(data, confirm)) !== 'true') {
    throw new FormError(`${step.name} was not run: set "Confirm" to True if you want it, it cannot be undone.`);
  }
  const inputs = readForm(step.inputs, data);
  await loadFiles(run, step.inputs, inputs);
  if (body && !blank(own(data, body))) inputs.additionalBody = json({ label: 'Additional Body' }, own(data, body));
  if (query && !blank(own(data, query))) inputs.additionalQuery = json({ label: 'Additional Query' }, own(data, query));
  return { ...inputs, ...step.fixed };
}

async function create(run: Run): Promise<unknown> {
  const { step } = run;
  const op = operation(run, step.operation);
  const inputs = await inputsOf(run, step);
  const waits = step.own.wait ? String(own(run.bundle.inputData, step.own.wait)) !== 'false' : true;
  // While a Zap is being built its editor shows what the step returns, and waits for no callback.
  const called = waits && !(run.bundle.meta && run.bundle.meta.isLoadingSample);
  if (op.job && op.job.callbackField)
    return startJob(run, op, inputs, waits, called ? op.job.callbackField : undefined);
  if (step.slow && run.connection.gateway) {
    const callback = called ? run.z.generateCallbackUrl() : undefined;
    return given(op, await runThrough(run, op, inputs, { callback, wait: waits }));
  }
  if (op.job) return startJob(run, op, inputs, waits);
  const exchange = await call(run, op, inputs);
  return exchange.response ? bytes(run, op, inputs, exchange) : given(op, resultOf(run, op, exchange));
}

/** Starts the work, then either leaves the rest to `resume`, with a `callbackField`, or asks until the time is over. */
async function startJob(
  run: Run,
  op: Operation,
  inputs: Values,
  waits: boolean,
  callbackField?: string,
): Promise<unknown> {
  const sent = callbackField ? { ...inputs, [callbackField]: run.z.generateCallbackUrl() } : inputs;
  const exchange = await call(run, op, sent);
  const started = resultOf(run, op, exchange);
  const poll = pollInputs(op, exchange);
  if (callbackField) return { ...given(op, started), resume: poll };
  if (!waits || isFinal(started.status)) return given(op, started);
  return followed(run, op, poll, { id: started.id, first: started });
}

/** Zapier calls this once the callback URL was called. Its payload is not trusted: the result is read anew. */
async function resume(run: Run): Promise<unknown> {
  const op = operation(run, run.step.operation);
  const { job_id: jobId, id, resume: poll } = run.bundle.outputData || {};
  if (jobId && run.connection.gateway) return given(op, (await jobOf(run, op, String(jobId))) as Outcome);
  if (!poll) throw new FormError('The reply that started this step is missing, so its result cannot be read.');
  return followed(run, op, poll as Values, { id: id as string | undefined, waitFirst: false });
}

async function followed(run: Run, op: Operation, inputs: Values, started: Started): Promise<unknown> {
  const result = await follow(run, op, inputs, started);
  return result && given(op, result);
}

/** A reply that is a file: stored for later steps where the step may do that, else a pointer to it. */
async function bytes(run: Run, op: Operation, inputs: Values, exchange: Answer, lazily = false): Promise<unknown> {
  const { headers = {} } = exchange;
  const response = exchange.response as Response;
  const result = normalize(run.app.service, op, { ...exchange, body: undefined }, {});
  const name = nameOf(headers, response, result.items[0] && result.items[0].file_name);
  const type = headers['content-type'] as string | undefined;
  if (lazily) response.body.destroy();
  const file = lazily
    ? dehydrated(run, { operation: op.id, inputs, name, type })
    : await run.z.stashFile(response, undefined, name, type);
  return { ...fileOutput(result, name, type, file), file };
}

/** Whether the pages of a list are turned: a person who names one, or its size, wants that one. */
function turnsPages({ pagination }: Operation, inputs: Values): boolean {
  const names = pagination ? [pagination.parameter, pagination.sizeParameter] : [];
  return !!pagination && !names.some((name) => name && own(inputs, name) !== undefined);
}

async function search(run: Run): Promise<unknown[]> {
  const { step } = run;
  const op = operation(run, step.operation);
  const inputs = await inputsOf(run, step);
  try {
    if (op.gives?.kind === 'list' && turnsPages(op, inputs)) {
      const found = await pages(run, op, { ...inputs, ...step.page }, run.app.limits);
      return found.map((one) => element(run, one, op.gives?.media));
    }
    const exchange = await call(run, op, inputs);
    if (exchange.response) return [await bytes(run, op, inputs, exchange, true)];
    if (exchange.status === 404) return [];
    if (op.gives?.kind !== 'list' || !ok(exchange)) return [given(op, resultOf(run, op, exchange))];
    return elements(op, exchange).map((one) => element(run, one, op.gives?.media));
  } catch (error) {
    // Nothing found is no failure of a search.
    if (error.name === 'AppError' && JSON.parse(error.message).status === 404) return [];
    throw error;
  }
}

/** What a step started that had to go on without its result: the gateway knows it by its job, the service by its id. */
async function result(run: Run): Promise<unknown[]> {
  const { id: named, step: asked } = run.bundle.inputData as Values;
  const [id, step] = [String(named), asked ? String(asked) : ''];
  const op = operation(run, own(run.app.service.operations, step) ? step : run.step.operation);
  const found = run.connection.gateway ? await jobOf(run, op, id, false) : undefined;
  if (found) return [given(op, found)];
  if (!op.job) {
    if (run.connection.gateway) return [];
    throw new FormError('Only a connection with a gateway keeps the results of this action.');
  }
  const inputs = Object.fromEntries(Object.keys(op.job.poll.parameters || {}).map((name) => [name, named]));
  const exchange = await call(run, operation(run, op.job.poll.operation), inputs);
  return exchange.status === 404 ? [] : [given(op, resultOf(run, op, exchange, { id }))];
}

async function fields({ app, binding, bundle, step }: Run): Promise<unknown[]> {
  const group = (step.dynamic || [])[binding.index || 0] || [];
  return dynamicFields(group, bundle.inputData || {}).map((name) => app.fields[name]);
}

type Work = (run: Run) => Promise<unknown>;

const RUNS: Record<string, Work> = {
  create,
  resume,
  search,
  result,
  media,
  fields,
  ...authentication,
  ...triggers(inputsOf),
};

/** One function of the app, of the two arguments Zapier calls it with. */
function bound(app: App, binding: Binding) {
  return async (z: Zapier, bundle: Bundle): Promise<unknown> => {
    const began = Date.now();
    const run: Run = {
      app,
      binding,
      bundle,
      connection: connectionOf(app, bundle.authData),
      deadline: began + app.limits.step * 1000,
      patience: began + app.limits.wait * 1000,
      step: app.steps[binding.step || ''] as Step,
      z,
    };
    try {
      return await (RUNS[binding.run] as Work)(run);
    } catch (error) {
      if (error instanceof FormError) throw new z.errors.Error(error.message, INVALID, 400);
      if (error instanceof InputError) throw new z.errors.Error(inputMessage(run, error), INVALID, 400);
      throw error;
    }
  };
}

/** The core speaks of inputs by the document's names, people see labels. */
function inputMessage(run: Run, { field, message }: InputError): string {
  if (field === 'baseUrl') return `${message}: look at the address in the connection.`;
  const entry: Entry | undefined =
    run.step && run.step.inputs.find(({ path }) => path.length === 1 && path[0] === field);
  return entry ? message.replace(field, entry.label) : message;
}

/**
 * The app as zapier-platform-core wants it. Only the listed places become functions: what looks like one elsewhere is a
 * text of the document.
 */
export function createApp(data: StoredApp): Definition {
  const app: App = { ...data, ...unfolded(data), service: unfold(data.service) };
  for (const binding of data.bindings) {
    const last = binding.path[binding.path.length - 1] as string;
    const owner = binding.path.slice(0, -1).reduce((inner, key) => inner[key] as Values, app.definition as Values);
    owner[last] = bound(app, binding);
  }
  return app.definition;
}
