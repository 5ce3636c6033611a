/** A reply's bytes to what they say: text in its charset, JSON, lines of JSON, events, forms; or a file. */

import { isPlain, lookup, own, parse, put } from './json';
import type { Operation, Values } from './wire';

/** The web's own decoder, which Node has. */
declare const TextDecoder: new (label: string) => { decode(bytes: unknown): string };

/** What a media type says of the bytes; undefined where it says nothing (none, a range, no type at all). */
export type MediaKind = 'json' | 'lines' | 'events' | 'form' | 'text' | 'file';

const KINDS: Array<[MediaKind, RegExp]> = [
  ['lines', /^(application|text)\/(x-)?(ndjson|jsonl|jsonlines|json-lines|json-seq|ldjson)$|^application\/(stream\+json|x-json-stream)$/],
  ['json', /^[^/]+\/(x-)?json$|\+json$/],
  ['events', /^text\/event-stream$/],
  ['form', /^application\/x-www-form-urlencoded$/],
  ['file', /^(image|audio|video|font|model)\//],
  ['text', /^text\/|[/+](x-)?(xml|yaml|javascript|ecmascript|graphql|sql|toml|sh|typescript|tex|rtf)$|^application\/(xml|soap)/],
  ['file', /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/],
]; // prettier-ignore
const BOMS: Array<[string, number[]]> = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
];

export function mediaKind(contentType: string | undefined): MediaKind | undefined {
  const type = (contentType || '').replace(/;.*$/s, '').trim().toLowerCase();
  const found = KINDS.find(([, pattern]) => pattern.test(type));
  return found && found[0];
}

/** Whether a good reply is a file: by its own type, and where that says nothing by what the document promises. */
export function isFileReply(op: Operation, status: number, contentType: string | undefined): boolean {
  if (status < 200 || status > 299 || status === 204 || status === 205) return false;
  const kind = mediaKind(contentType);
  return op.output.binary ? kind !== 'json' : kind === 'file';
}

/**
 * The body of a reply that is no file; undefined where it is empty. `promised` is the media type the document names: a
 * reply in another type is still read for what it is, and one without a type as what was promised.
 */
export function decode(bytes: Uint8Array, contentType: string | undefined, promised?: string): unknown {
  const text = decodeText(bytes, contentType);
  if (!text.trim()) return undefined;
  const [kind, wanted] = [mediaKind(contentType), mediaKind(promised)];
  const read = kind || wanted || 'json';
  if (read === 'lines') return lines(text);
  if (read === 'events') return streamed(text);
  if (read === 'form') return pairsOf(text);
  // Many services send JSON under any type; who was promised a text gets it as it is.
  const asked = kind === 'json' || (kind !== 'file' && wanted !== 'text');
  const value = asked ? parse(text) : undefined;
  return value === undefined ? text : value;
}

/** Text in the encoding that its first bytes, its Content-Type or its XML declaration names; UTF-8 otherwise. */
export function decodeText(bytes: Uint8Array, contentType: string | undefined): string {
  const marked = BOMS.find(([, mark]) => mark.every((byte, index) => bytes[index] === byte));
  if (marked) return decodeAs(marked[0], bytes.subarray(marked[1].length)) as string;
  const named = /;\s*charset\s*=\s*"?([\w.:+-]+)/i.exec(contentType || '');
  const head = named ? '' : String.fromCharCode(...bytes.subarray(0, 200));
  const declared = /^\s*<\?xml[^>]*\sencoding\s*=\s*["']([\w.:-]+)["']/.exec(head);
  const label = (named || declared || [])[1] || 'utf-8';
  const found = decodeAs(label, bytes);
  return found === undefined ? (decodeAs('utf-8', bytes) as string) : found;
}

function decodeAs(label: string, bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder(label).decode(bytes);
  } catch {
    return undefined;
  }
}

/** A value a line; record separators (RFC 7464) are skipped, and what is no JSON stays text. */
function lines(text: string): unknown[] {
  const found = text.split(/[\n\x1e]/).map((line) => line.trim()); // eslint-disable-line no-control-regex
  return found.filter(Boolean).map(valueOf);
}

function valueOf(text: string): unknown {
  const value = parse(text);
  return value === undefined ? text : value;
}

function pairsOf(text: string): Values {
  const found: Values = {};
  for (const pair of text.trim().split('&')) {
    const [key = '', value = ''] = pair.split(/=(.*)/s).map(unescaped);
    const known = own(found, key);
    put(found, key, known === undefined ? value : [known, value].flat());
  }
  return found;
}

function unescaped(text: string): string {
  const plain = text.replace(/\+/g, ' ');
  try {
    return decodeURIComponent(plain);
  } catch {
    return plain;
  }
}

// --- events

/** Where the pieces of an answer stand in the events of those who stream one, most particular first. */
const PIECES: Array<{ path: string[]; type?: string }> = [
  { path: ['choices', '0', 'delta', 'content'] },
  { path: ['choices', '0', 'text'] },
  { path: ['delta'], type: 'response.output_text.delta' },
  { path: ['delta', 'text'] },
  { path: ['delta', 'message', 'content', 'text'] },
  { path: ['candidates', '0', 'content', 'parts', '0', 'text'] },
  { path: ['message', 'content'] },
  { path: ['token', 'text'] },
  { path: ['completion'] },
  { path: ['response'] },
  { path: ['content'] },
  { path: ['text'] },
  { path: ['delta'] },
];

/** The stream as one value: its `text`, put together, and its `events`; chat completions also in their unstreamed form. */
function streamed(text: string): Values {
  const values = eventData(text).filter((data) => data && data !== '[DONE]').map(valueOf);
  const told = answer(values);
  const failed = values.map((value) => lookup(value, ['error'])).find(Boolean);
  return {
    ...(told === undefined ? {} : { text: told }),
    ...(failed === undefined ? {} : { error: failed }),
    ...completion(values, told),
    events: values,
  };
}

/** The `data` of each event (WHATWG, server-sent events); what follows the last empty line counts too. */
function eventData(text: string): string[] {
  const blocks = text.replace(/\r\n?/g, '\n').split(/\n{2,}/);
  return blocks.map((block) =>
    block
      .split('\n')
      .filter((line) => line === 'data' || line.startsWith('data:'))
      .map((line) => line.slice(5).replace(/^ /, ''))
      .join('\n'),
  );
}

function answer(values: unknown[]): string | undefined {
  if (values.length && values.every((value) => typeof value === 'string')) return values.join('');
  for (const { path, type } of PIECES) {
    const counted = values.filter((value) => type === undefined || lookup(value, ['type']) === type);
    const pieces = counted.map((value) => lookup(value, path)).filter((piece) => typeof piece === 'string');
    if (pieces.length) return pieces.join('');
  }
  return undefined;
}

/** Chunks of a chat completion as the completion they are pieces of, so that its documented fields are there. */
function completion(values: unknown[], text: string | undefined): Values {
  const chunks = values.filter((value): value is Values => isPlain(value) && Array.isArray(value.choices));
  const [first] = chunks;
  if (!first || text === undefined) return {};
  const ends = chunks.map((chunk) => lookup(chunk, ['choices', '0', 'finish_reason']));
  const reason = ends.filter((end) => end !== undefined).pop();
  const choice = { index: 0, message: { role: 'assistant', content: text }, text, finish_reason: reason };
  const usage = chunks.map((chunk) => lookup(chunk, ['usage'])).filter((one) => one !== undefined).pop();
  const { id, created, model } = first;
  return { id, created, model, choices: [choice], ...(usage === undefined ? {} : { usage }) };
}
