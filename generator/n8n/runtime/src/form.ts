/** Reads parameters back into inputs: what nobody filled in is absent. */

import { InputError } from '../core/core';
import type { Values } from '../core/core';
import { isPlain, own, parseInput, put } from '../core/json';
import type { Form, FormEntry } from './plan';

/** The value of one parameter by name. */
export type Ask = (name: string) => unknown;

/** Where a file comes from: an item's binary field, a URL, or base64 text. */
export interface FileSource {
	source: 'binary' | 'url' | 'text';
	value: string;
	form: 'url' | 'base64' | 'binary';
	field: string;
}

export type ReadFile = (source: FileSource) => Promise<unknown>;

/** For forms that ask for no file. */
export async function noFiles(): Promise<unknown> {
	return undefined;
}

const LITERAL = 'text:';

/** The inputs by Field.name. Raises InputError. */
export async function readForm(form: Form, ask: Ask, readFile: ReadFile): Promise<Values> {
	const values: Values = {};
	await readInto(values, form.direct || [], ask, readFile);
	const more = form.more ? ask('additionalFields') : undefined;
	if (isPlain(more)) await readInto(values, present(form.more, more), (name) => own(more, name), readFile, true);
	return values;
}

function present(entries: FormEntry[] | undefined, given: Values): FormEntry[] {
	return (entries || []).filter((entry) => own(given, entry.name) !== undefined);
}

/** `added`: by a person, so that an empty text is one. */
async function readInto(values: Values, entries: FormEntry[], ask: Ask, readFile: ReadFile, added = false): Promise<void> {
	for (const entry of entries) {
		const isEmpty = added && entry.kind === 'text' && ask(entry.name) === '';
		const value = isEmpty ? '' : await readEntry(entry, ask, readFile);
		if (value !== undefined) put(values, entry.field, value);
	}
}

async function readEntry(entry: FormEntry, ask: Ask, readFile: ReadFile): Promise<unknown> {
	if (entry.kind === 'file') return await readFileEntry(entry, ask, readFile);
	const value = ask(entry.name);
	if (value === undefined || value === null || value === '') return undefined;
	switch (entry.kind) {
		case 'group':
			return await readObject(entry, inside(value, 'value'), readFile);
		case 'bag':
			return await readObject({ direct: present(entry.more, isPlain(value) ? value : {}) }, value, readFile);
		case 'rows':
			return await readRows(entry, value, readFile);
		case 'entries':
			return readEntries(value);
		case 'json':
			return readJsonText(entry, value);
		case 'open':
			return readOpen(value);
		case 'choice':
			return literal(value);
		case 'choices':
		case 'dynamics':
		case 'texts':
		case 'numbers':
			return readList(entry, value);
		case 'date':
			return dateText(value);
		default:
			return value;
	}
}

/** The inside of a fixed collection; the value itself where an expression gave the object as it is. */
function inside(value: unknown, section: string): unknown {
	if (!isPlain(value)) return value;
	const found = own(value, section);
	return found === undefined && Object.keys(value).length ? value : found;
}

async function readObject(form: Form, value: unknown, readFile: ReadFile): Promise<unknown> {
	if (!isPlain(value)) return undefined;
	const values = await readForm(form, (name) => own(value, name), readFile);
	return Object.keys(values).length ? values : undefined;
}

async function readRows(entry: FormEntry, value: unknown, readFile: ReadFile): Promise<unknown> {
	const rows = Array.isArray(value) ? value : inside(value, 'items');
	const found: unknown[] = [];
	for (const row of Array.isArray(rows) ? rows : []) found.push((await readObject(entry, row, readFile)) || {});
	return found.length ? found : undefined;
}

function readEntries(value: unknown): unknown {
	const rows = inside(value, 'items');
	if (!Array.isArray(rows)) return isPlain(rows) ? rows : undefined;
	const found: Values = {};
	for (const row of rows) if (isPlain(row) && row.name) put(found, String(row.name), row.value);
	return Object.keys(found).length ? found : undefined;
}

function readJsonText(entry: FormEntry, value: unknown): unknown {
	if (typeof value !== 'string') return value;
	if (!value.trim()) return undefined;
	const read = parseInput(value);
	if (read === undefined) throw new InputError(`${entry.field} holds no valid JSON`, entry.field);
	return read;
}

function readOpen(value: unknown): unknown {
	if (!isPlain(value) || !('__rl' in value)) return value;
	const found = own(value, 'value');
	if (found === '' || found === null) return undefined;
	return own(value, 'mode') === 'list' ? literal(found) : found;
}

/** Values that n8n would take for an expression stand behind a prefix in its lists. */
function literal(value: unknown): unknown {
	return typeof value === 'string' && value.startsWith(LITERAL) ? value.slice(LITERAL.length) : value;
}

function readList(entry: FormEntry, value: unknown): unknown {
	const list = (Array.isArray(value) ? value : [value]).flat() as unknown[];
	const filled = list.filter((one) => one !== '' && one !== undefined && one !== null);
	const found = entry.kind === 'choices' ? filled.map(literal) : filled;
	return found.length ? found : undefined;
}

/** Expressions hand over Luxon dates, the date picker texts. */
function dateText(value: unknown): unknown {
	const date = value as { toISO?: () => string };
	return typeof date.toISO === 'function' ? date.toISO() : value;
}

async function readFileEntry(entry: FormEntry, ask: Ask, readFile: ReadFile): Promise<unknown> {
	const held = entry.flat ? undefined : inside(ask(entry.name), 'value');
	if (!entry.flat && !isPlain(held)) return undefined;
	const part = (name: string) => (entry.flat ? ask(entry.name + name) : own(held as Values, `file${name}`));
	const source = String(part('Source') || '');
	const name = { binary: 'BinaryProperty', url: 'Url', text: 'Text' }[source];
	if (!name) return undefined;
	const value = String(part(name) || '');
	if (!value) throw new InputError(`${entry.field} is missing`, entry.field);
	const read = async (one: string) =>
		await readFile({ source: source as FileSource['source'], value: one, form: entry.form || 'binary', field: entry.field });
	if (!entry.list) return await read(value);
	const found: unknown[] = [];
	for (const one of value.split(source === 'binary' ? /[\s,]+/ : /\s+/)) if (one) found.push(await read(one));
	return found;
}
