// Calls by way of z.request: the credential stays on its own servers, and every failure is told in one way.
'use strict';

const crypto = require('node:crypto');

const core = require('../core/core.js');
const { authorize } = require('./connection.js');

const REDIRECTS = 5;

// {status, headers, body} of one call; with `raw`, a success keeps its bytes in `response`. Failures of the network
// come as {status: 0, problem}. `origins` may see the credential; `roam` lets redirects lead elsewhere, without it.
async function send(run, request, { origins = [], raw = false, roam = false, seconds } = {}) {
  let current = { ...request, headers: { 'user-agent': run.app.userAgent, ...request.headers } };
  for (let hop = 0; hop <= REDIRECTS; hop += 1) {
    const signed = authorize(run.app, run.bundle.authData, current, origins);
    const response = await once(run, signed, raw, seconds, signed !== current);
    if (response.problem) return response;
    const next = redirected(current, response);
    if (!next) return reply(response, raw);
    if (!roam && !core.sameOrigin(next.url, request.url)) {
      return problem('provider_error', 'The service answered with a redirect to another server, which is not followed.');
    }
    current = next;
  }
  return problem('provider_error', 'The service redirects without end.');
}

async function once(run, request, raw, seconds, signed) {
  const left = run.deadline - Date.now();
  const allowed = Math.min(left, seconds ? seconds * 1000 : left);
  if (allowed <= 0) return problem('timeout', 'No time is left in this step.');
  try {
    return await run.z.request({
      url: request.url,
      method: request.method,
      headers: request.headers,
      body: encoded(request),
      redirect: 'manual',
      raw,
      timeout: allowed,
      // As it stands: no merging, which would also refuse `{{ }}` in what people wrote.
      merge: false,
      skipThrowForStatus: true,
      throwForThrottlingEarly: false,
    });
  } catch (error) {
    // With OAuth 2 core throws at any 401; a new token is no use to a server that never saw the old one.
    if (error.name === 'RefreshAuthError' && signed) throw error;
    if (error.name === 'RefreshAuthError') return problem('forbidden', 'The server wants a sign-in.');
    const late = /timeout|aborted/i.test(`${error.type} ${error.name} ${error.message}`);
    return late
      ? problem('timeout', `No answer within ${Math.round(allowed / 1000)} seconds.`)
      : problem('unreachable', `The service cannot be reached (${error.code || error.message}).`);
  }
}

const problem = (type, message) => ({ status: 0, problem: { type, message } });

function redirected(request, response) {
  const location = [301, 302, 303, 307, 308].includes(response.status) && response.headers.get('location');
  if (!location) return undefined;
  const url = new URL(location, request.url).href;
  if (!/^https?:/.test(url)) return undefined;
  if (response.status === 307 || response.status === 308 || request.method === 'GET') return { ...request, url };
  const { 'content-type': _, ...headers } = request.headers;
  return { url, method: 'GET', headers, bodyType: 'none' };
}

async function reply(response, raw) {
  const headers = {};
  response.headers.forEach((value, name) => {
    headers[name] = value;
  });
  if (raw && response.status < 300) return { status: response.status, headers, response };
  return { status: response.status, headers, body: parsed(raw ? await response.text() : response.content) };
}

function parsed(text) {
  if (text === '' || text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function encoded(request) {
  switch (request.bodyType) {
    case 'json':
      return JSON.stringify(request.body);
    case 'form':
    case 'text':
      return request.body;
    case 'binary':
      return Buffer.isBuffer(request.body && request.body.data) ? request.body.data : Buffer.from(String(request.body));
    case 'multipart':
      return multipart(request);
    default:
      return undefined;
  }
}

const quoted = (name) => String(name).replace(/[\r\n"]/g, (found) => encodeURIComponent(found));

function multipart(request) {
  const boundary = `specloom-${crypto.randomBytes(12).toString('hex')}`;
  const chunks = request.parts.flatMap((part) => {
    const file = part.value && Buffer.isBuffer(part.value.data) ? part.value : undefined;
    const type = part.contentType || (file && file.contentType);
    const name = file ? `; filename="${quoted(file.name)}"` : '';
    const head = [`--${boundary}`, `content-disposition: form-data; name="${quoted(part.name)}"${name}`];
    if (type) head.push(`content-type: ${type}`);
    return [Buffer.from(`${head.join('\r\n')}\r\n\r\n`), file ? file.data : Buffer.from(String(part.value)), Buffer.from('\r\n')];
  });
  request.headers['content-type'] = `multipart/form-data; boundary=${boundary}`;
  return Buffer.concat([...chunks, Buffer.from(`--${boundary}--\r\n`)]);
}

module.exports = { send };
