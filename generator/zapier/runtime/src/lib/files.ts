/** Files in: what a form's file field points to. Files out: pointers that Zapier follows when a later step needs one. */

import { buildRequest, downloads, exchangeOf, failure, fileName, readRequest } from '../core/core';
import type { Download, Exchange, Operation, PartFile, Values } from '../core/core';
import { isObject, lookup, own, put } from '../core/json';
import type { Entry, Response, Run } from './app';
import { errorOf } from './errors';
import { FormError } from './form';
import { send } from './http';
import type { Reply } from './http';

/** Replaces the addresses in file fields by what the service takes: base64 text, or bytes with a name. */
export async function loadFiles(run: Run, entries: Entry[], inputs: Values): Promise<void> {
  for (const entry of entries) {
    if (entry.children) {
      for (const row of (lookup(inputs, entry.path) || []) as Values[]) await loadFiles(run, entry.children, row);
    }
    if (!entry.file) continue;
    const value = lookup(inputs, entry.path);
    if (value === undefined) continue;
    const loaded: unknown[] = [];
    for (const one of Array.isArray(value) ? value : [value]) loaded.push(await loadFile(run, entry, one));
    const owner = lookup(inputs, entry.path.slice(0, -1)) as Values;
    put(owner, entry.path[entry.path.length - 1] as string, Array.isArray(value) ? loaded : loaded[0]);
  }
}

async function loadFile(run: Run, entry: Entry, value: unknown): Promise<string | PartFile<Buffer>> {
  const text = String(value);
  const data = /^data:([^;,]*)(?:;[^,]*)?;base64,/i.exec(text);
  if (data) return shaped(entry, Buffer.from(text.slice(data[0].length), 'base64'), 'file', data[1]);
  if (!/^https?:\/\//i.test(text)) {
    // Not an address: base64 as it is, or a short text as the file's content.
    return entry.file === 'base64' ? text : shaped(entry, Buffer.from(text), 'file.txt', 'text/plain');
  }
  const reply = await send(run, readRequest(text), { raw: true });
  if (!reply.response) throw new FormError(`The file for ${entry.label} cannot be read (${whyNot(reply)}).`);
  const bytes = await reply.response.buffer();
  return shaped(entry, bytes, nameOf(reply.headers, reply.response), reply.headers['content-type']);
}

function whyNot(reply: Reply): string {
  return reply.problem ? reply.problem.message : `HTTP ${reply.status}`;
}

function shaped(entry: Entry, data: Buffer, name: string, contentType: string | undefined): string | PartFile<Buffer> {
  if (entry.file === 'base64') return data.toString('base64');
  return { data, name, contentType: contentType || 'application/octet-stream' };
}

/** The name a file comes with, or the one that is `said`. */
export function nameOf(headers: Exchange['headers'], response: Response, said?: unknown): string {
  const { 'content-disposition': disposition, 'content-type': contentType } = (headers || {}) as Record<string, string>;
  return fileName({ said, disposition, url: response.url, contentType }, 'file');
}

/** The result with a `file` beside every URL, and the first of them beside the result's own. */
export function withFiles<R extends object>(
  run: Run,
  result: R,
  op?: Operation,
  exchange?: Exchange,
): R & { file?: string } {
  const given: unknown = (result as { items?: unknown }).items;
  const all = (Array.isArray(given) ? given : []) as Values[];
  const links = op && exchange ? downloads(run.app.service, op, exchange, all.length) : [];
  const items = all.map((item, index) => {
    const file = pointer(run, item, links[index]);
    return file ? { ...item, file } : item;
  });
  const first = items.find((item) => item.file);
  return first ? { ...result, items, file: first.file as string } : result;
}

function pointer(run: Run, item: Values, link: Download | undefined): string | undefined {
  const url = typeof item.url === 'string' && /^https?:/.test(item.url) ? item.url : undefined;
  if (!link && !url) return undefined;
  const about = { name: item.file_name, type: item.content_type };
  return dehydrated(run, link ? { ...link, ...about } : { url, ...about });
}

/** What Zapier exchanges for the file once a later step asks for it. */
export function dehydrated(run: Run, payload: Values): string | undefined {
  try {
    return run.z.dehydrateFile(run.app.definition.hydrators.media, JSON.parse(JSON.stringify(payload)));
  } catch (error) {
    // Zapier takes 12 kB at most; a URL of that length cannot be followed later.
    if (error.name === 'DehydrateError') return undefined;
    throw error;
  }
}

/** The hydrator: fetches what `pointer` promised. The credential goes to the service's own servers only. */
export async function media(run: Run): Promise<string> {
  const { operation, inputs, url, name, type } = run.bundle.inputData as Record<string, string | undefined>;
  const { baseUrl } = run.connection;
  const op = operation ? own(run.app.service.operations, operation) : undefined;
  const given: unknown = inputs;
  const request = op ? buildRequest(run.app.service, op, isObject(given) ? given : {}, baseUrl) : readRequest(String(url));
  const reply = await send(run, request, { origins: [baseUrl], raw: true });
  if (reply.problem) throw errorOf(run, reply.problem);
  if (!reply.response) throw errorOf(run, failure(run.app.service, op || NO_OPERATION, exchangeOf(request, reply)));
  return run.z.stashFile(reply.response, undefined, name as string, type || reply.headers['content-type']);
}

/** A file behind a URL is no operation's. */
const NO_OPERATION: Operation = { id: '', method: 'GET', path: '', output: { type: 'none' } };
