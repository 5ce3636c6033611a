// Where the service is, who asks, and to whom the credential may be shown.
'use strict';

const core = require('../core/core.js');

const given = (value) => (typeof value === 'string' ? value.trim() : '');

// {baseUrl, gateway: {url, key} or null}. Variables of the server stand in the connection's fields.
function connectionOf(app, authData = {}) {
  const { server, gateway } = app.connection;
  const baseUrl = given(authData.base_url) || given(authData.server) || fill(server, authData);
  const gatewayUrl = gateway ? given(authData.gateway_url).replace(/\/+$/, '') : '';
  return {
    baseUrl: baseUrl.replace(/\/+$/, ''),
    gateway: gatewayUrl ? { url: gatewayUrl, key: given(authData.gateway_key) || undefined } : null,
  };
}

function fill(server, authData) {
  if (!server) return '';
  return server.variables.reduce((url, { name, key, default: usual }) => {
    // People paste whole addresses where only the host is asked for.
    const value = (given(authData[key]) || usual || '').replace(/^[a-z]+:\/\//i, '').replace(/\/+$/, '');
    return url.split(`{${name}}`).join(value);
  }, server.url);
}

// What to add to a request, by the service's scheme: {headers, query}.
function credential(app, authData = {}) {
  const { kind, location, name, valuePrefix = '' } = app.service.auth;
  if (kind === 'oauth2') return { headers: { authorization: `Bearer ${given(authData.access_token)}` } };
  if (kind === 'http') {
    const pair = `${authData.username || ''}:${authData.password || ''}`;
    return { headers: { authorization: `Basic ${Buffer.from(pair, 'utf8').toString('base64')}` } };
  }
  const key = given(authData.api_key);
  if (kind !== 'apiKey' || !key) return {};
  // People paste the key with its prefix, or without.
  const value = valuePrefix && key.toLowerCase().startsWith(valuePrefix.toLowerCase()) ? key : valuePrefix + key;
  if (location === 'query') return { query: [[name, value]] };
  if (location === 'cookie') return { cookie: `${name}=${encodeURIComponent(value)}` };
  return { headers: { [name.toLowerCase()]: value } };
}

// The request with the credential, provided that it goes to one of `origins`; otherwise as it came.
function authorize(app, authData, request, origins) {
  if (!origins.some((origin) => origin && core.sameOrigin(request.url, origin))) return request;
  const { headers = {}, query = [], cookie } = credential(app, authData);
  const all = { ...request.headers, ...headers };
  if (cookie) all.cookie = all.cookie ? `${all.cookie}; ${cookie}` : cookie;
  const pairs = query.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  const separator = request.url.includes('?') ? '&' : '?';
  return { ...request, headers: all, url: pairs.length ? request.url + separator + pairs.join('&') : request.url };
}

module.exports = { authorize, connectionOf, given };
