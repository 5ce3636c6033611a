/** Lists: page after page, and the choices of dropdowns. */

import type { ILoadOptionsFunctions, INodeListSearchResult, INodePropertyOptions } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import { buildRequest, evaluate, failure, firstPage, isBeyondEnd, nextPage, ok, pageItems } from '../core/core';
import type { Exchange, Failure, Operation, PageState, Request, Values } from '../core/core';
import { isScalar } from '../core/json';
import type { Loader, Plan } from './plan';
import { connect, exchange, send } from './transport';
import type { Session } from './transport';
import { namesOf, planOf } from './plan';

const MOST_PAGES = 10000;
const MOST_CHOICES_PAGES = 20;
const CHOICES_TIMEOUT = 30000;

/** A page that the service refused. */
export class PageFailure extends Error {
	constructor(readonly failure: Failure) {
		super(failure.message);
	}
}

/** The pages of a list, one by one. Raises PageFailure, NoReply, InputError. */
export async function* pages(session: Session, op: Operation, inputs: Values, pageSize?: number): AsyncGenerator<Exchange> {
	const size = op.pagination && op.pagination.sizeParameter;
	const { service } = session.plan;
	let state: PageState | null = firstPage(op, size && pageSize ? { ...inputs, [size]: pageSize } : inputs);
	for (let count = 0; state && count < MOST_PAGES; count++) {
		const request: Request = buildRequest(service, op, state.inputs, session.baseUrl, session.context.getTimezone());
		if (state.url) request.url = state.url;
		const found = exchange(request, await send(session, request));
		if (isBeyondEnd(op, found, state)) return;
		if (!ok(found)) throw new PageFailure(failure(service, op, found, { now: Date.now() / 1000 }));
		yield found;
		state = nextPage(op, found, state, { documented: service.baseUrl, baseUrl: session.baseUrl });
	}
}

/** The elements, page after page until `limit` of them are there. The page's size follows the limit where that saves work. */
export async function collect(session: Session, op: Operation, inputs: Values, limit: number, largest?: number): Promise<unknown[]> {
	const wanted = largest ? Math.min(largest, limit) : undefined;
	const items: unknown[] = [];
	for await (const page of pages(session, op, inputs, wanted)) {
		for (const item of pageItems(op, page)) if (item !== null && item !== undefined) items.push(item);
		if (items.length >= limit) break;
	}
	return items.slice(0, limit);
}

type LoadOptions = (this: ILoadOptionsFunctions) => Promise<INodePropertyOptions[]>;
type ListSearch = (this: ILoadOptionsFunctions, filter?: string) => Promise<INodeListSearchResult>;

/** The functions behind the node's dropdowns, by the names its parameters call them. */
export function methodsOf(plan: Plan): { loadOptions: Record<string, LoadOptions>; listSearch: Record<string, ListSearch> } {
	const loadOptions: Record<string, LoadOptions> = {};
	for (const name of namesOf(plan, 'loaders')) {
		loadOptions[name] = async function (this: ILoadOptionsFunctions) {
			const own = planOf(plan, this.getNode());
			return await loadChoices(this, own, own.loaders[name]);
		};
	}
	const listSearch: Record<string, ListSearch> = {};
	for (const name of namesOf(plan, 'lists')) {
		listSearch[name] = async function (this: ILoadOptionsFunctions, filter?: string) {
			const wanted = (filter || '').toLowerCase();
			const held = (one: { name: string; value: unknown }) => `${one.name}\n${String(one.value)}`.toLowerCase().includes(wanted);
			return { results: (planOf(plan, this.getNode()).lists[name] || []).filter(held) };
		};
	}
	return { loadOptions, listSearch };
}

async function loadChoices(context: ILoadOptionsFunctions, plan: Plan, loader: Loader): Promise<INodePropertyOptions[]> {
	const op = plan.service.operations[loader.operation];
	const choice = context.getCurrentNodeParameter('authentication');
	const session = await connect(context, plan, CHOICES_TIMEOUT, 0, typeof choice === 'string' ? choice : undefined, op);
	const inputs: Values = {};
	for (const [input, parameter] of Object.entries(loader.inputs || {})) {
		const value = context.getCurrentNodeParameter(parameter);
		if (value !== undefined && value !== '') inputs[input] = value;
	}
	const found = new Map<string | number | boolean, INodePropertyOptions>();
	let count = 0;
	try {
		for await (const page of pages(session, op, inputs)) {
			const list = evaluate(loader.items, page);
			for (const element of Array.isArray(list) ? list : []) addChoice(found, loader, page, element);
			if (++count === MOST_CHOICES_PAGES) break;
		}
	} catch (error) {
		throw new NodeOperationError(context.getNode(), error as Error);
	}
	return [...found.values()];
}

function addChoice(found: Map<unknown, INodePropertyOptions>, loader: Loader, page: Exchange, element: unknown): void {
	const value = evaluate(loader.value, page, element);
	const name = evaluate(loader.label, page, element);
	// A value that begins with '=' would be run as an expression once it is chosen.
	if (!isScalar(value) || typeof value === 'bigint' || typeof value === 'object' || value === '' || (typeof value === 'string' && value.startsWith('='))) return;
	if (!found.has(value)) found.set(value, { name: isScalar(name) && name !== '' ? String(name) : String(value), value });
}
