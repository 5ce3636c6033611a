/** Triggers: watched lists, hooks the service calls, and the hidden ones behind dropdowns. */

import { evaluate, exchangeOf, firstPage, linkInputs, meets, nextPage, ok, readRequest } from '../core/core';
import type { Exchange, Link, Operation, PageState, Values } from '../core/core';
import { isObject } from '../core/json';
import type { App, Definition, Listing, Run, Step } from './app';
import { call, elements, isId, operation, resultOf, told } from './calls';
import { errorOf } from './errors';
import { readForm } from './form';
import { send } from './http';

/** The inputs of a step, out of its form. */
export type InputsOf = (run: Run, step: Step) => Promise<Values>;

type Element = Values & { id: unknown };

/** The elements of as many pages as Zapier looks at. */
export async function pages(
  run: Run,
  op: Operation,
  inputs: Values,
  { pages: most, items: enough }: App['limits'],
): Promise<unknown[]> {
  const found: unknown[] = [];
  const places = { documented: run.app.service.baseUrl, baseUrl: run.connection.baseUrl };
  let state: PageState | null = firstPage(op, inputs);
  for (let page = 0; state && page < most && found.length < enough; page += 1) {
    const exchange: Exchange = state.url ? await followed(run, op, state.url) : await call(run, op, state.inputs);
    // A failure half way would hide the elements that came before it.
    if (!ok(exchange)) {
      if (found.length) break;
      resultOf(run, op, exchange);
    }
    found.push(...elements(op, exchange));
    state = nextPage(op, exchange, state, places);
  }
  return found;
}

async function followed(run: Run, op: Operation, url: string): Promise<Exchange> {
  const { accept = 'application/json', security, server } = op;
  const request = { ...readRequest(url, { accept }), security, server };
  const reply = await send(run, request, { origins: [run.connection.baseUrl] });
  if (reply.problem) throw errorOf(run, reply.problem);
  return exchangeOf(request, reply);
}

function poll(inputsOf: InputsOf) {
  return async (run: Run): Promise<Element[]> => {
    const { step } = run;
    const op = operation(run, step.operation);
    const found = await pages(run, op, await inputsOf(run, step), run.app.limits);
    const { when, order } = step.list as Listing;
    const wanted = found.filter((one) => meets(one, when)) as Values[];
    if (order) wanted.sort((a, b) => moment(b[order]) - moment(a[order]));
    return unique(wanted.map((one) => told(run, one, step.list as Listing, op.gives?.media) as Element));
  };
}

function moment(value: unknown): number {
  return typeof value === 'number' ? value : Date.parse(String(value)) || 0;
}

/** A list that moved on between two pages holds an element twice, which Zapier takes for an error. */
function unique(list: Element[]): Element[] {
  return [...new Map(list.map((one) => [String(one.id), one])).values()];
}

/** Behind a dropdown: value and label of each element, with the form's answers as far as the list asks for them. */
async function options(run: Run): Promise<Element[]> {
  const { step } = run;
  const op = operation(run, step.operation);
  const inputs = { ...readForm(step.inputs, run.bundle.inputData || {}), ...step.fixed };
  const found = await optionItems(run, op, inputs, step);
  const shown = found.map((one): Element => {
    const [value, label] = [step.value, step.label].map((rule) => evaluate(rule, { status: 200 }, one));
    const names = [label, isObject(one) && (one.name || one.title || one.prompt), value];
    return { id: value, name: String(names.find(isId) ?? '') };
  });
  return unique(shown.filter(({ id }) => isId(id)).map((one) => ({ ...one, id: String(one.id) })));
}

async function optionItems(run: Run, op: Operation, inputs: Values, step: Step): Promise<unknown[]> {
  if (!step.items) return pages(run, op, inputs, run.app.limits);
  const exchange = await call(run, op, inputs);
  if (!ok(exchange)) resultOf(run, op, exchange);
  const found = evaluate(step.items, exchange);
  return Array.isArray(found) ? found : [];
}

/** Zapier keeps what is returned, and hands it in again when the Zap is turned off. */
function subscribe(inputsOf: InputsOf) {
  return async (run: Run): Promise<Values> => {
    const { step } = run;
    const op = operation(run, step.operation);
    const inputs = { ...(await inputsOf(run, step)), [step.urlField as string]: run.bundle.targetUrl };
    const exchange = await call(run, op, inputs);
    const { id } = resultOf(run, op, exchange);
    return { id, unsubscribe: step.unsubscribe ? linkInputs(step.unsubscribe, exchange) : {} };
  };
}

async function unsubscribe(run: Run): Promise<Values> {
  const op = operation(run, (run.step.unsubscribe as Link).operation);
  const { unsubscribe: inputs } = run.bundle.subscribeData || {};
  const exchange = await call(run, op, isObject(inputs) ? inputs : {});
  // What is gone already needs no more unsubscribing.
  if (exchange.status !== 404 && exchange.status !== 410) resultOf(run, op, exchange);
  return {};
}

/** A call of the service to the Zap's URL: one event, or several. */
async function hook(run: Run): Promise<Values[]> {
  const payload = run.bundle.cleanedRequest;
  const { list = {}, media } = run.step;
  const events: unknown[] = Array.isArray(payload) ? payload : [payload];
  return events.filter((one) => isObject(one) && meets(one, list.when)).map((one) => told(run, one, list, media));
}

/** The first is the definition's. */
async function samples({ app, binding, step }: Run): Promise<unknown[]> {
  const [kind, key] = binding.path as [keyof Definition, string];
  const { operation } = (app.definition[kind] as Definition['triggers'])[key] as Definition['triggers'][string];
  return [operation.sample, ...(step.samples || [])];
}

export function runs(inputsOf: InputsOf) {
  return { poll: poll(inputsOf), options, subscribe: subscribe(inputsOf), unsubscribe, hook, samples };
}
