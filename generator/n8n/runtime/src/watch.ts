/** The polling trigger: tells every new element of a list once, also across restarts. */

import type { IDataObject, INodeExecutionData, IPollFunctions } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import { elementOutput, meets, pageItems } from '../core/core';
import type { Operation, Values } from '../core/core';
import { isScalar, lookup, tokens } from '../core/json';
import { digest } from './bytes';
import { apiError, asNodeError } from './errors';
import { noFiles, readForm } from './form';
import { PageFailure, pages } from './lists';
import type { Plan, TriggerPlan } from './plan';
import { connect } from './transport';
import type { Session } from './transport';
import { planOf } from './plan';

const TIMEOUT = 60000;
const MOST_PAGES = 10;
/** Where new elements come last, they are behind all the others. */
const MOST_PAGES_UPWARDS = 100;
const REMEMBERED = 5000;

interface Memory {
	source?: string;
	/** Told. */
	seen?: string[];
	/** Known, but not yet in a state that is told. */
	waiting?: string[];
}

/** The new elements since the last look; null where there are none. */
export async function poll(context: IPollFunctions, versions: Plan): Promise<INodeExecutionData[][] | null> {
	const plan = planOf(versions, context.getNode());
	const trigger = plan.triggers[String(context.getNodeParameter('event'))];
	if (!trigger || !trigger.operation) throw new NodeOperationError(context.getNode(), 'The chosen event is not known');
	const step = { operation: trigger.operation, form: trigger.form || {} };
	try {
		const choice = context.getNodeParameter('authentication', '') as string;
		const session = await connect(context, plan, TIMEOUT, 0, choice, plan.service.operations[trigger.operation]);
		const inputs = await readForm(step.form, (name) => context.getNodeParameter(name, null) as unknown, noFiles);
		if (context.getMode() === 'manual') return await sample(context, session, trigger, inputs);
		return await news(context, session, trigger, inputs);
	} catch (error) {
		if (error instanceof PageFailure) throw apiError(context.getNode(), plan, step, error.failure, 0);
		throw asNodeError(context.getNode(), plan, step, error, 0);
	}
}

/** What the editor shows when a person tests the trigger: the first element that would be told. */
async function sample(context: IPollFunctions, session: Session, trigger: TriggerPlan, inputs: Values): Promise<INodeExecutionData[][]> {
	const op = session.plan.service.operations[trigger.operation as string];
	for await (const page of pages(session, op, inputs)) {
		const found = pageItems(op, page).find((element) => meets(element, trigger.when));
		if (found !== undefined) return [[itemOf(session, op, found)]];
	}
	throw new NodeOperationError(context.getNode(), 'There is nothing yet that this trigger would tell');
}

async function news(context: IPollFunctions, session: Session, trigger: TriggerPlan, inputs: Values): Promise<INodeExecutionData[][] | null> {
	const memory = context.getWorkflowStaticData('node') as IDataObject & Memory;
	const source = await digest([context.getNodeParameter('event'), inputs]);
	const known = memory.source === source ? memory : undefined;
	const seen = new Set(known ? known.seen : []);
	const waiting = new Set(known ? known.waiting : []);
	const elements = await look(session, trigger, inputs, (id) => seen.has(id) || waiting.has(id), !known);
	const fresh = elements.filter(({ id, element }) => meets(element, trigger.when) && !seen.has(id));
	const pending = elements.filter(({ element }) => !meets(element, trigger.when)).map(({ id }) => id);
	const told = elements.filter(({ element }) => meets(element, trigger.when)).map(({ id }) => id);
	memory.source = source;
	memory.seen = [...new Set([...told, ...seen])].slice(0, Math.max(REMEMBERED, told.length));
	memory.waiting = [...new Set([...pending, ...waiting])].filter((id) => !told.includes(id)).slice(0, REMEMBERED);
	// The first look only learns what is there.
	if (!known || fresh.length === 0) return null;
	const op = session.plan.service.operations[trigger.operation as string];
	return [inOrder(trigger, fresh.map(({ element }) => element)).map((element) => itemOf(session, op, element))];
}

function itemOf({ plan, baseUrl }: Session, op: Operation, element: unknown): INodeExecutionData {
	const json = elementOutput(plan.service, op.gives && op.gives.media, element, baseUrl);
	return { json: json as IDataObject };
}

interface Found {
	id: string;
	element: unknown;
}

/** The list from its beginning to the first page that holds nothing new. */
async function look(session: Session, trigger: TriggerPlan, inputs: Values, isKnown: (id: string) => boolean, first: boolean): Promise<Found[]> {
	const op = session.plan.service.operations[trigger.operation as string];
	const found = new Map<string, Found>();
	let [count, upwards] = [0, false];
	for await (const page of pages(session, op, inputs, trigger.pageSize)) {
		const elements = await Promise.all(pageItems(op, page).map(async (element) => ({ id: await identity(trigger, element), element })));
		const unknown = elements.some(({ id }) => !isKnown(id) && !found.has(id));
		for (const one of elements) if (!found.has(one.id)) found.set(one.id, one);
		upwards = upwards || risesWithin(trigger, elements);
		count++;
		if (count >= (upwards ? MOST_PAGES_UPWARDS : MOST_PAGES) || (!unknown && !upwards && !first)) break;
	}
	return [...found.values()];
}

function risesWithin(trigger: TriggerPlan, elements: Found[]): boolean {
	const times = elements.map(({ element }) => field(element, trigger.order)).filter(isScalar).map(String);
	return times.length > 1 && times[0] < times[times.length - 1];
}

function inOrder(trigger: TriggerPlan, elements: unknown[]): unknown[] {
	if (!trigger.order) return elements.reverse();
	const time = (element: unknown) => String(field(element, trigger.order) || '');
	return [...elements].sort((a, b) => (time(a) < time(b) ? -1 : time(a) > time(b) ? 1 : 0));
}

async function identity(trigger: TriggerPlan, element: unknown): Promise<string> {
	const id = field(element, trigger.dedupe || 'id');
	return isScalar(id) ? String(id) : await digest(element);
}

function field(element: unknown, name: string | undefined): unknown {
	return name ? lookup(element, tokens(name)) : undefined;
}
