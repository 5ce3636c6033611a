/** Which of a connection's secrets go along with a call, and how they are written. */

import { addQuery } from './request';
import type { Request } from './request';
import { own } from './json';
import type { Auth, Service, Values } from './wire';

/** One scheme of a connection. `key`: the connection's field that holds the key or the token; HTTP Basic has its own two. */
export interface Secret {
  scheme: string;
  key: string;
}

/** How a text becomes base64, which every platform has a way of its own to do. */
export type ToBase64 = (text: string) => string;

/**
 * Of the schemes `held` those that go along: the first of the alternatives that they fulfil; none where the call is
 * made without, null where they do not suffice. An operation that does not say what it needs takes them all.
 */
export function signedBy(security: string[][] | undefined, held: string[]): string[] | null {
  if (!security) return held;
  const fulfilled = security.find((entry) => entry.length > 0 && entry.every((name) => held.includes(name)));
  if (fulfilled) return fulfilled;
  return security.some((entry) => entry.length === 0) ? [] : null;
}

/** The schemes whose secrets are filled in. */
export function heldBy(service: Service, secrets: Secret[], data: Values): string[] {
  const filled = ({ scheme, key }: Secret) => {
    const auth = own(service.schemes, scheme);
    return auth && auth.kind === 'http' ? text(data.username) !== '' || text(data.password) !== '' : text(own(data, key)) !== '';
  };
  return secrets.filter(filled).map(({ scheme }) => scheme);
}

/** The request with the secrets of the schemes named. */
export function sign(request: Request, service: Service, secrets: Secret[], data: Values, names: string[], base64: ToBase64): Request {
  let { url } = request;
  const headers = { ...request.headers };
  for (const { scheme, key } of secrets.filter((one) => names.includes(one.scheme))) {
    const auth = own(service.schemes, scheme);
    if (!auth) continue;
    const value = written(auth, key, data, base64);
    const name = auth.name || 'Authorization';
    if (auth.location === 'query') url = addQuery(url, [[encodeURIComponent(name), encodeURIComponent(value)]]);
    else if (auth.location === 'cookie') {
      const pair = `${name}=${encodeURIComponent(value)}`;
      headers.cookie = headers.cookie ? `${headers.cookie}; ${pair}` : pair;
    } else headers[name.toLowerCase()] = value;
  }
  return { ...request, url, headers };
}

/** A key as it stands in the request. People paste it with its prefix, or without. */
function written(auth: Auth, key: string, data: Values, base64: ToBase64): string {
  const { kind, valuePrefix = kind === 'oauth2' ? 'Bearer ' : '' } = auth;
  if (kind === 'http') return `Basic ${base64(`${data.username || ''}:${data.password || ''}`)}`;
  const value = text(own(data, key));
  return value.toLowerCase().startsWith(valuePrefix.toLowerCase()) ? value : valuePrefix + value;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value.trim() : '';
}
