/** Where the service is, who asks, and to whom the credential may be shown. */

import { heldBy, sameOrigin, sign, signedBy, withoutSlash } from '../core/core';
import type { Request } from '../core/core';
import type { App, Bundle, Connection, ConnectionRules } from './app';

type AuthData = Bundle['authData'];

export function given(value: unknown): string {
  return typeof value === 'string' ? value.trim() : '';
}

/** Variables of the server stand in the connection's fields. */
export function connectionOf(app: App, authData: AuthData = {}): Connection {
  const { server, gateway } = app.connection;
  const baseUrl = given(authData.base_url) || given(authData.server) || fill(server, authData);
  const gatewayUrl = gateway ? withoutSlash(given(authData.gateway_url)) : '';
  return {
    baseUrl: withoutSlash(baseUrl),
    gateway: gatewayUrl ? { url: gatewayUrl, key: given(authData.gateway_key) || undefined } : null,
  };
}

function fill(server: ConnectionRules['server'], authData: AuthData): string {
  if (!server) return '';
  return server.variables.reduce((url, { name, key, default: usual }) => {
    // People paste whole addresses where only the host is asked for.
    const value = withoutSlash((given(authData[key]) || usual || '').replace(/^[a-z]+:\/\//i, ''));
    return url.split(`{${name}}`).join(value);
  }, server.url);
}

/**
 * The request with the secrets that its operation takes, provided that it goes to one of `origins` or to the operation's
 * own server; otherwise as it came.
 */
export function authorize(app: App, authData: AuthData, request: Request, origins: Array<string | undefined>): Request {
  if (![...origins, request.server].some((origin) => origin && sameOrigin(request.url, origin))) return request;
  const { secrets = [] } = app.connection;
  const names = signedBy(request.security, heldBy(app.service, secrets, authData)) || [];
  return names.length ? sign(request, app.service, secrets, authData, names, base64) : request;
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}
