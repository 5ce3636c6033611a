// The connection: its test, its name, and the tokens of OAuth 2.
'use strict';

const core = require('../core/core.js');
const { call, now, operation } = require('./calls.js');
const { given } = require('./connection.js');
const { errorOf } = require('./errors.js');
const { own } = require('./form.js');
const { send } = require('./http.js');

// Calls what tells a good credential from a bad one. Some services have no free read: then a call that must be
// refused for its body tells it, so what counts is the status, not the success.
async function test(run) {
  const { test: rules } = run.app.connection;
  if (!rules) return { label: labelOf(run) };
  const op = operation(run, rules.operation);
  const exchange = await call(run, op, rules.inputs || {}, { body: own(rules, 'body'), testing: true });
  const said = (list) => list.some((status) => matches(String(status), exchange.status));
  if (!said(rules.invalid) && said(rules.valid)) {
    const label = core.ok(exchange) ? core.evaluate(rules.label, exchange) : undefined;
    return { label: label === undefined ? labelOf(run) : String(label) };
  }
  const failure = core.failure(run.app.service, op, exchange, { now: now() });
  const type = said(rules.invalid) ? 'unauthorized' : failure.type;
  throw errorOf(run, { ...failure, type }, { testing: true });
}

const matches = (wanted, status) => wanted === String(status) || wanted.toUpperCase() === `${Math.floor(status / 100)}XX`;

// Where the service does not say whose credential it is: its host and the end of the key, which tells two apart.
function labelOf(run) {
  const host = /^https?:\/\/([^/:]+)/.exec(run.connection.baseUrl);
  const key = given(run.bundle.authData.api_key);
  const user = given(run.bundle.authData.username);
  const parts = [host ? host[1] : run.app.service.title, user || (key.length > 15 ? `…${key.slice(-4)}` : '')];
  return parts.filter(Boolean).join(' ');
}

const label = async (run) => (run.bundle.inputData && run.bundle.inputData.label) || labelOf(run);

const client = (run) => ({
  client_id: given(run.bundle.authData.client_id) || process.env.CLIENT_ID,
  client_secret: given(run.bundle.authData.client_secret) || process.env.CLIENT_SECRET,
});

async function authorizeUrl(run) {
  const { oauth } = run.app.connection;
  const { redirect_uri, state } = run.bundle.inputData;
  const wanted = { response_type: 'code', client_id: process.env.CLIENT_ID, redirect_uri, state, scope: oauth.scope };
  const query = Object.entries(wanted).filter(([, value]) => value !== undefined && value !== '');
  const text = query.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
  return `${oauth.authorizationUrl}${oauth.authorizationUrl.includes('?') ? '&' : '?'}${text}`;
}

const getAccessToken = (run) => {
  const { code, code_verifier, redirect_uri } = run.bundle.inputData;
  return token(run, run.app.connection.oauth.tokenUrl, { grant_type: 'authorization_code', code, redirect_uri, code_verifier });
};

const refreshAccessToken = (run) => {
  const { oauth } = run.app.connection;
  const { refresh_token } = run.bundle.authData;
  return token(run, oauth.refreshUrl || oauth.tokenUrl, { grant_type: 'refresh_token', refresh_token });
};

// Flows without a person: the connection holds what a token is made of.
const session = (run) => {
  const { oauth } = run.app.connection;
  const { username, password } = run.bundle.authData;
  const grant = oauth.flow === 'password' ? { grant_type: 'password', username, password } : { grant_type: 'client_credentials' };
  return token(run, oauth.tokenUrl, { ...grant, scope: oauth.scope });
};

async function token(run, url, form) {
  const pairs = Object.entries({ ...form, ...client(run) }).filter(([, value]) => value !== undefined && value !== '');
  const body = pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
  const headers = { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' };
  const reply = await send(run, { method: 'POST', url, headers, bodyType: 'form', body });
  if (reply.problem) throw errorOf(run, reply.problem, { testing: true });
  const { access_token, refresh_token, expires_in, error, error_description } = reply.body || {};
  if (reply.status >= 300 || !access_token) {
    const message = error_description || error || `no token was given (HTTP ${reply.status})`;
    throw errorOf(run, { type: 'unauthorized', status: reply.status, message }, { testing: true });
  }
  // Not every service rotates the refresh token: the old one then stays good.
  const kept = refresh_token || run.bundle.authData.refresh_token;
  return { access_token, ...(kept ? { refresh_token: kept } : {}), ...(expires_in ? { expires_in } : {}) };
}

module.exports = { runs: { test, label, authorizeUrl, getAccessToken, refreshAccessToken, session } };
