/** Calls by way of z.request: the credential stays on its own servers, and every failure is told in one way. */

import { randomBytes } from 'node:crypto';

import { MOST_REDIRECTS, decode, isFileReply, multipart, redirected, sameOrigin } from '../core/core';
import type { Operation, PartFile, Request } from '../core/core';
import { jsonOf } from '../core/digits';
import type { Response, Run } from './app';
import { authorize } from './connection';

/** What became of a call that brought no usable reply. */
export interface Problem {
  type: string;
  message: string;
}

/** Failures of the network come as status 0 with their `problem`; a file keeps its bytes in `response`. */
export interface Reply {
  status: number;
  headers: Record<string, string>;
  body?: unknown;
  response?: Response;
  problem?: Problem;
}

export interface SendOptions {
  /** Who may see the credential. */
  origins?: Array<string | undefined>;
  /** Leaves any success as it came. */
  raw?: boolean;
  /** Follows no redirect to another server. */
  stays?: boolean;
  /** Whose reply may be a file. */
  op?: Operation;
  seconds?: number;
}

export async function send(run: Run, request: Request, options: SendOptions = {}): Promise<Reply> {
  const { origins = [], raw = false, stays = false, op, seconds } = options;
  let current: Request = { ...request, headers: { 'user-agent': run.app.userAgent, ...request.headers } };
  for (let hop = 0; ; hop += 1) {
    const signed = authorize(run.app, run.bundle.authData, current, origins);
    const response = await once(run, signed, seconds, signed !== current);
    if ('problem' in response) return response;
    const location = response.headers.get('location');
    const next = hop < MOST_REDIRECTS ? redirected(current, response.status, location) : undefined;
    if (!next || (stays && !sameOrigin(next.url, request.url))) {
      return reply(response, request, (type) => raw || (!!op && isFileReply(op, response.status, type)));
    }
    current = next;
  }
}

async function once(
  run: Run,
  request: Request,
  seconds: number | undefined,
  signed: boolean,
): Promise<Response | (Reply & { problem: Problem })> {
  const left = run.deadline - Date.now();
  const allowed = Math.min(left, seconds ? seconds * 1000 : left);
  if (allowed <= 0) return problem('timeout', 'No time is left in this step.');
  const { body, contentType } = encoded(request);
  try {
    return await run.z.request({
      url: request.url,
      method: request.method,
      headers: contentType ? { ...request.headers, 'content-type': contentType } : request.headers,
      body,
      redirect: 'manual',
      // The bytes, whose encoding z.request would guess.
      raw: true,
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

function problem(type: string, message: string): Reply & { problem: Problem } {
  return { status: 0, headers: {}, problem: { type, message } };
}

async function reply(response: Response, request: Request, isWanted: (type?: string) => boolean): Promise<Reply> {
  const headers: Record<string, string> = {};
  response.headers.forEach((value, name) => {
    headers[name] = value;
  });
  const { status } = response;
  const type = headers['content-type'];
  if (status < 300 && isWanted(type)) return { status, headers, response };
  return { status, headers, body: decode(await response.buffer(), type, request.headers.accept) };
}

function encoded(request: Request): { body?: unknown; contentType?: string } {
  switch (request.bodyType) {
    case 'json':
      return { body: jsonOf(request.body) };
    case 'form':
    case 'text':
      return { body: request.body };
    case 'binary': {
      const file = fileOf(request.body);
      // A range says nothing of the file, which says it itself.
      const said = request.headers['content-type'];
      const contentType = file && (!said || said === 'application/octet-stream') ? file.contentType : said;
      return { body: file ? file.data : Buffer.from(String(request.body)), contentType };
    }
    case 'multipart':
      return inParts(request);
    default:
      return {};
  }
}

function inParts(request: Request): { body: Buffer; contentType: string } {
  const boundary = `specloom-${randomBytes(12).toString('hex')}`;
  const pieces = multipart(request.parts, boundary, fileOf);
  const body = Buffer.concat(pieces.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece)));
  return { body, contentType: `multipart/form-data; boundary=${boundary}` };
}

/** A file that the form pointed to. */
function fileOf(value: unknown): PartFile<Buffer> | undefined {
  const { data, name, contentType } = (value || {}) as Partial<PartFile<Buffer>>;
  if (!Buffer.isBuffer(data)) return undefined;
  return { data, contentType, name: String(name) };
}
