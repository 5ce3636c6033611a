"use strict";
/** The connection: its test, its name, and the tokens of OAuth 2. */
Object.defineProperty(exports, "__esModule", { value: true });
exports.runs = void 0;
const core_1 = require("../core/core");
const calls_1 = require("./calls");
const connection_1 = require("./connection");
const errors_1 = require("./errors");
const http_1 = require("./http");
/**
 * Calls what tells a good credential from a bad one. Some services have no free read: then a call that must be refused
 * for its body tells it, so what counts is the status, not the success.
 */
async function test(run) {
    const { test: rules } = run.app.connection;
    if (!rules)
        return { label: labelOf(run) };
    const op = (0, calls_1.operation)(run, rules.operation);
    const exchange = await (0, calls_1.call)(run, op, rules.inputs || {}, { body: rules.body, testing: true });
    const said = (list) => list.some((status) => matches(String(status), exchange.status));
    if (!said(rules.invalid) && said(rules.valid)) {
        const label = (0, core_1.ok)(exchange) ? (0, core_1.evaluate)(rules.label, exchange) : undefined;
        return { label: accountOf(run, label) };
    }
    const failed = (0, core_1.failure)(run.app.service, op, exchange, { now: (0, calls_1.now)() });
    const type = said(rules.invalid) ? 'unauthorized' : failed.type;
    throw (0, errors_1.errorOf)(run, { ...failed, type }, { testing: true });
}
function matches(wanted, status) {
    return wanted === String(status) || wanted.toUpperCase() === `${Math.floor(status / 100)}XX`;
}
/** Where the service does not say whose credential it is: its host. Nothing of a credential is for anyone to see. */
function labelOf(run) {
    const host = /^https?:\/\/([^/:]+)/.exec(run.connection.baseUrl);
    return (host && host[1]) || run.app.service.title;
}
/** What the service calls the account, unless it repeats a secret. */
function accountOf(run, said) {
    const { secrets = [] } = run.app.connection;
    const keys = [...secrets.map(({ key }) => key), 'username', 'password', 'client_secret', 'access_token'];
    const known = keys.map((key) => (0, connection_1.given)(run.bundle.authData[key])).filter(Boolean);
    const name = said === undefined || said === null ? '' : String(said);
    return name && !known.some((secret) => name.includes(secret)) ? name : labelOf(run);
}
async function label(run) {
    return (run.bundle.inputData && run.bundle.inputData.label) || labelOf(run);
}
async function authorizeUrl(run) {
    const { authorizationUrl = '', scope } = run.app.connection.oauth;
    const { redirect_uri, state } = run.bundle.inputData;
    const wanted = { response_type: 'code', client_id: process.env.CLIENT_ID, redirect_uri, state, scope };
    return (0, core_1.addQuery)(authorizationUrl, encoded(wanted));
}
function getAccessToken(run) {
    const { code, code_verifier, redirect_uri } = run.bundle.inputData;
    const { tokenUrl } = run.app.connection.oauth;
    return token(run, tokenUrl, { grant_type: 'authorization_code', code, redirect_uri, code_verifier });
}
function refreshAccessToken(run) {
    const { refreshUrl, tokenUrl } = run.app.connection.oauth;
    const { refresh_token } = run.bundle.authData;
    return token(run, refreshUrl || tokenUrl, { grant_type: 'refresh_token', refresh_token });
}
/** Flows without a person: the connection holds what a token is made of. */
function session(run) {
    const { flow, scope, tokenUrl } = run.app.connection.oauth;
    const { username, password } = run.bundle.authData;
    const grant = flow === 'password' ? { grant_type: 'password', username, password } : { grant_type: 'client_credentials' };
    return token(run, tokenUrl, { ...grant, scope });
}
async function token(run, url, form) {
    const client = {
        client_id: (0, connection_1.given)(run.bundle.authData.client_id) || process.env.CLIENT_ID,
        client_secret: (0, connection_1.given)(run.bundle.authData.client_secret) || process.env.CLIENT_SECRET,
    };
    const body = encoded({ ...form, ...client }).map((pair) => pair.join('=')).join('&'); // prettier-ignore
    const headers = { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' };
    const reply = await (0, http_1.send)(run, { ...(0, core_1.readRequest)(url, headers), method: 'POST', bodyType: 'form', body });
    if (reply.problem)
        throw (0, errors_1.errorOf)(run, reply.problem, { testing: true });
    const { access_token, refresh_token, expires_in, error, error_description } = (reply.body || {});
    if (reply.status >= 300 || !access_token) {
        const message = String(error_description || error || `no token was given (HTTP ${reply.status})`);
        throw (0, errors_1.errorOf)(run, { type: 'unauthorized', status: reply.status, message }, { testing: true });
    }
    // Not every service rotates the refresh token: the old one then stays good.
    const kept = refresh_token || run.bundle.authData.refresh_token;
    return { access_token, ...(kept ? { refresh_token: kept } : {}), ...(expires_in ? { expires_in } : {}) };
}
function encoded(values) {
    const said = Object.entries(values).filter(([, value]) => value !== undefined && value !== '');
    return said.map(([name, value]) => [name, encodeURIComponent(String(value))]);
}
exports.runs = { test, label, authorizeUrl, getAccessToken, refreshAccessToken, session };
