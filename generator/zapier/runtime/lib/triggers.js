// Triggers: watched lists, hooks the service calls, and the hidden ones behind dropdowns.
'use strict';

const core = require('../core/core.js');
const { call, element, elements, operation, resultOf, scalar } = require('./calls.js');
const { errorOf } = require('./errors.js');
const { isObject, own, readForm } = require('./form.js');
const { send } = require('./http.js');

// The elements of as many pages as Zapier looks at.
async function pages(run, op, inputs, { pages: most, items: enough }) {
  const found = [];
  let state = { inputs };
  for (let page = 0; state && page < most && found.length < enough; page += 1) {
    const exchange = state.url ? await followed(run, op, state.url) : await call(run, op, state.inputs);
    // A failure half way would hide the elements that came before it.
    if (!core.ok(exchange)) {
      if (found.length) break;
      resultOf(run, op, exchange);
    }
    found.push(...elements(op, exchange));
    state = core.nextPage(op, exchange, state);
  }
  return found;
}

async function followed(run, op, url) {
  const request = { method: 'GET', url, headers: { accept: op.accept || 'application/json' }, bodyType: 'none', path: {}, parameters: {} };
  const reply = await send(run, request, { origins: op.public ? [] : [run.connection.baseUrl, op.server] });
  if (reply.problem) throw errorOf(run, reply.problem);
  return core.exchangeOf(request, reply);
}

const poll = (inputsOf) => async (run) => {
  const { step } = run;
  const op = operation(run, step.operation);
  const found = await pages(run, op, await inputsOf(run, { op, step }), run.app.limits);
  const wanted = found.filter((one) => matches(one, step.list.when));
  if (step.list.order) wanted.sort((a, b) => newer(b[step.list.order], a[step.list.order]));
  return unique(wanted.map((one) => element(run, one, step.list)));
};

function matches(one, when = {}) {
  return Object.keys(when).every((name) => when[name].map(String).includes(String(own(one, name))));
}

function newer(left, right) {
  const [a, b] = [left, right].map((value) => (typeof value === 'number' ? value : Date.parse(value) || 0));
  return a - b;
}

// A list that moved on between two pages holds an element twice, which Zapier takes for an error.
function unique(list) {
  return [...new Map(list.map((one) => [String(one.id), one])).values()];
}

// Behind a dropdown: value and label of each element, with the form's answers as far as the list asks for them.
async function options(run) {
  const { step } = run;
  const op = operation(run, step.operation);
  const inputs = { ...readForm(step.inputs, run.bundle.inputData || {}), ...step.fixed };
  const found = await optionItems(run, op, inputs, step);
  const shown = found.map((one) => {
    const [value, label] = [step.value, step.label].map((rule) => core.evaluate(rule, { status: 200 }, one));
    const names = [label, isObject(one) && (one.name || one.title || one.prompt), value];
    return { id: value, name: String(names.find((name) => scalar(name)) ?? '') };
  });
  return unique(shown.filter(({ id }) => scalar(id)).map((one) => ({ ...one, id: String(one.id) })));
}

async function optionItems(run, op, inputs, step) {
  if (!step.items) return pages(run, op, inputs, run.app.limits);
  const exchange = await call(run, op, inputs);
  if (!core.ok(exchange)) resultOf(run, op, exchange);
  const found = core.evaluate(step.items, exchange);
  return Array.isArray(found) ? found : [];
}

// Zapier keeps what is returned, and hands it in again when the Zap is turned off.
const subscribe = (inputsOf) => async (run) => {
  const { step } = run;
  const op = operation(run, step.operation);
  const inputs = { ...(await inputsOf(run, { op, step })), [step.urlField]: run.bundle.targetUrl };
  const exchange = await call(run, op, inputs);
  const { id } = resultOf(run, op, exchange);
  return { id, unsubscribe: step.unsubscribe ? core.linkInputs(step.unsubscribe, exchange) : {} };
};

async function unsubscribe(run) {
  const { step } = run;
  const op = operation(run, step.unsubscribe.operation);
  const { unsubscribe: inputs } = run.bundle.subscribeData || {};
  const exchange = await call(run, op, inputs || {});
  // What is gone already needs no more unsubscribing.
  if (exchange.status !== 404 && exchange.status !== 410) resultOf(run, op, exchange);
  return {};
}

// A call of the service to the Zap's URL: one event, or several.
async function hook(run) {
  const payload = run.bundle.cleanedRequest;
  const events = Array.isArray(payload) ? payload : [payload];
  return events.filter((one) => isObject(one) && matches(one, run.step.list.when)).map((one) => element(run, one, run.step.list));
}

// The first is the definition's.
async function samples({ app, binding, step }) {
  const [kind, key] = binding.path;
  return [app.definition[kind][key].operation.sample, ...(step.samples || [])];
}

const runs = (inputsOf) => ({ poll: poll(inputsOf), options, subscribe: subscribe(inputsOf), unsubscribe, hook, samples });

module.exports = { runs };
