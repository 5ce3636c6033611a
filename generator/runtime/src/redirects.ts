/** Redirects by RFC 9110 (15.4): what to ask next, and to whom nothing is shown. */

import { percent } from './encode';
import type { Request } from './request';
import { resolve, sameOrigin, split } from './urls';

export const MOST_REDIRECTS = 5;

/**
 * The request that follows `request` after a reply with this status and Location; undefined where the reply is no
 * redirect, or one that must not be followed. After 303, and after 301 and 302 of a POST, it is a GET without a body.
 * Another server is asked without what was meant for the first one, and never gets a body.
 */
export function redirected(request: Request, status: number, location: unknown): Request | undefined {
  if (![301, 302, 303, 307, 308].includes(status) || typeof location !== 'string' || !location.trim()) return undefined;
  const url = resolve(location.trim().replace(/[^\x21-\x7e]/gu, percent), request.url);
  if (!split(url)) return undefined;
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  const reads = !isRead && (status === 303 || (status < 303 && request.method === 'POST'));
  const next = reads ? asGet(request, url) : { ...request, url };
  if (sameOrigin(url, request.url)) return next;
  return isRead || reads ? { ...next, headers: headersOf(next, ['accept', 'user-agent']) } : undefined;
}

function asGet(request: Request, url: string): Request {
  const { path, query, parameters, server, security } = request;
  const kept = Object.keys(request.headers).filter((name) => !name.startsWith('content-'));
  const headers = headersOf(request, kept);
  return { method: 'GET', url, headers, query, path, parameters, server, security, bodyType: 'none', parts: [] };
}

function headersOf(request: Request, names: string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(request.headers).filter(([name]) => names.includes(name)));
}
