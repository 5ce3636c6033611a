/** What the node hands on: simplified for people, raw, or the fields that were asked for. */

import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import { elementOutput, stepOutput } from '../core/core';
import type { Operation, Result, Service, Values } from '../core/core';
import { isPlain, lookup, own, place, record } from '../core/json';

export interface OutputChoice {
	mode: 'simple' | 'raw' | 'fields';
	/** Names; dots lead into objects. */
	fields: string[];
}

/** More fields than these are too many to read. */
const MOST = 10;
const FIRST = ['id', 'name', 'title', 'status'];

/** The items of a step that is no list; a reply that is a list of its own gives one item per element. */
export function items(op: Operation, result: Result, choice: OutputChoice): INodeExecutionData[] {
	const { raw } = result;
	const isRecord = !op.gives || op.gives.kind === 'record';
	if (Array.isArray(raw) && (isRecord || choice.mode === 'raw')) return raw.map((one) => itemOf(op, record(one), record(one), choice));
	const given = stepOutput(op, result, false);
	// Where nothing was made the reply says what there is.
	const empty = isPlain(raw) && result.status === 'succeeded' && !isRecord && !(result.items || []).length;
	const shown = empty ? (raw as Values) : given;
	return [itemOf(op, shown, isPlain(raw) ? raw : raw === null || raw === undefined ? given : { value: raw }, choice)];
}

/** One item per element of a list. */
export function elementItems(service: Service, op: Operation, elements: unknown[], choice: OutputChoice, baseUrl: string): INodeExecutionData[] {
	const media = op.gives && op.gives.media;
	return elements.map((one) => itemOf(op, elementOutput(service, media, one, baseUrl), record(one), choice));
}

function itemOf(op: Operation, shown: Values, raw: Values, { mode, fields }: OutputChoice): INodeExecutionData {
	const first = (op.gives && op.gives.first) || FIRST;
	const simple = () => (op.gives && ['result', 'file'].includes(op.gives.kind) ? of(shown, Object.keys(shown)) : shortened(shown, raw, first));
	const json = mode === 'raw' ? raw : mode === 'fields' ? selected(shown, raw, fields) : simple();
	return { json: json as IDataObject };
}

/**
 * At most ten fields: what was added to the reply's own, then those that people look for (id, name or title, status,
 * dates, required ones), then the others as they stand.
 */
function shortened(shown: Values, raw: Values, first: string[]): Values {
	const names = Object.keys(shown);
	if (names.length <= MOST) return shown;
	const added = names.filter((name) => own(raw, name) === undefined || own(raw, name) !== shown[name]);
	return of(shown, [...new Set([...added.slice(0, 1), ...first.filter((name) => names.includes(name)), ...names])]);
}

function of(shown: Values, names: string[]): Values {
	return Object.fromEntries(names.slice(0, MOST).map((name) => [name, shown[name]]));
}

/** The fields by their names, of what the step gives and of the reply. */
function selected(shown: Values, raw: Values, fields: string[]): Values {
	const given: Values = {};
	for (const name of fields.filter((one) => one !== '')) {
		const path = name.split('.');
		const found = [shown, raw].map((from) => own(from, name) ?? lookup(from, path)).find((value) => value !== undefined);
		if (found !== undefined) place(given, own(shown, name) === undefined && own(raw, name) === undefined ? path : [name], found);
	}
	return given;
}
