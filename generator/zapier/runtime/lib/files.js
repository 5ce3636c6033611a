// Files in: what a form's file field points to. Files out: pointers that Zapier follows when a later step needs them.
'use strict';

const path = require('node:path');

const core = require('../core/core.js');
const { errorOf } = require('./errors.js');
const { FormError, own, put } = require('./form.js');
const { send } = require('./http.js');

// Replaces the addresses in file fields by what the service takes: base64 text, or bytes with a name.
async function loadFiles(run, entries, inputs) {
  for (const entry of entries) {
    if (entry.children) {
      for (const row of at(inputs, entry.path) || []) await loadFiles(run, entry.children, row);
    }
    if (!entry.file) continue;
    const value = at(inputs, entry.path);
    if (value === undefined) continue;
    const owner = entry.path.length > 1 ? at(inputs, entry.path.slice(0, -1)) : inputs;
    const name = entry.path[entry.path.length - 1];
    const loaded = [];
    for (const one of Array.isArray(value) ? value : [value]) loaded.push(await loadFile(run, entry, one));
    put(owner, name, Array.isArray(value) ? loaded : loaded[0]);
  }
}

const at = (object, names) => names.reduce((inner, name) => own(inner, name), object);

async function loadFile(run, entry, value) {
  const text = String(value);
  const data = /^data:([^;,]*)(?:;[^,]*)?;base64,/i.exec(text);
  if (data) return shaped(entry, Buffer.from(text.slice(data[0].length), 'base64'), 'file', data[1]);
  if (!/^https?:\/\//i.test(text)) {
    // Not an address: base64 as it is, or a short text as the file's content.
    return entry.file === 'base64' ? text : shaped(entry, Buffer.from(text), 'file.txt', 'text/plain');
  }
  const reply = await send(run, { method: 'GET', url: text, headers: {}, bodyType: 'none' }, { raw: true, roam: true });
  if (!reply.response) throw new FormError(`The file for ${entry.label} cannot be read (${whyNot(reply)}).`);
  const bytes = await reply.response.buffer();
  return shaped(entry, bytes, nameOf(reply), reply.headers['content-type']);
}

const whyNot = (reply) => (reply.problem ? reply.problem.message : `HTTP ${reply.status}`);

function shaped(entry, data, name, contentType) {
  if (entry.file === 'base64') return data.toString('base64');
  return { data, name, contentType: contentType || 'application/octet-stream' };
}

function nameOf({ headers, response }) {
  const said = /filename\*?=(?:UTF-8'')?"?([^";]+)/i.exec(headers['content-disposition'] || '');
  try {
    return decodeURIComponent(said ? said[1] : path.posix.basename(new URL(response.url).pathname)) || 'file';
  } catch {
    return 'file';
  }
}

// The result with a `file` beside every URL, and the first of them beside the result's own.
function withFiles(run, op, result, exchange) {
  const links = downloadInputs(run, op, result, exchange);
  const items = (Array.isArray(result.items) ? result.items : []).map((item, index) => {
    const file = pointer(run, item, links[index]);
    return file ? { ...item, file } : item;
  });
  const first = items.find((item) => item.file);
  return first ? { ...result, items, file: first.file } : result;
}

// Where the service returns the bytes itself: the inputs of that operation, by item.
function downloadInputs(run, op, result, exchange) {
  const link = op.output.download;
  const target = link && run.app.service.operations[link.operation];
  if (!target || !exchange) return [];
  const elements = op.output.items ? core.evaluate(op.output.items, exchange) : [undefined];
  // Elements without a URL are no items: better none than another one's file.
  if (!Array.isArray(elements) || elements.length !== (result.items || []).length) return [];
  return elements.map((element) => ({ operation: target.id, inputs: core.linkInputs(link, exchange, element) }));
}

function pointer(run, item, link) {
  const url = typeof item.url === 'string' && /^https?:/.test(item.url) ? item.url : undefined;
  if (!link && !url) return undefined;
  const about = { name: item.file_name, type: item.content_type };
  return dehydrated(run, link ? { ...link, ...about } : { url, ...about });
}

function dehydrated(run, payload) {
  try {
    return run.z.dehydrateFile(run.app.definition.hydrators.media, JSON.parse(JSON.stringify(payload)));
  } catch (error) {
    // Zapier takes 12 kB at most; a URL of that length cannot be followed later.
    if (error.name === 'DehydrateError') return undefined;
    throw error;
  }
}

// The hydrator: fetches what `pointer` promised. The credential goes to the service's own servers only.
async function media(run) {
  const { operation, inputs, url, name, type } = run.bundle.inputData;
  const { baseUrl } = run.connection;
  const op = operation && own(run.app.service.operations, operation);
  const request = op
    ? core.buildRequest(run.app.service, op, inputs || {}, baseUrl)
    : { method: 'GET', url, headers: {}, bodyType: 'none' };
  const origins = op && op.public ? [] : [baseUrl, op && op.server];
  const reply = await send(run, request, { origins, raw: true, roam: true });
  if (reply.problem) throw errorOf(run, reply.problem);
  if (!reply.response) {
    const exchange = { status: reply.status, headers: reply.headers, body: reply.body };
    throw errorOf(run, core.failure(run.app.service, op || { id: '', output: {} }, exchange));
  }
  return run.z.stashFile(reply.response, undefined, name, type || reply.headers['content-type']);
}

module.exports = { dehydrated, loadFiles, media, nameOf, withFiles };
