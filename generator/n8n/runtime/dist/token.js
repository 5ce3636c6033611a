"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.passwordToken = passwordToken;
async function passwordToken({ helpers }, credentials, { url, scope }) {
    const { username, password, clientId, clientSecret } = credentials;
    const form = { grant_type: 'password', username, password, client_id: clientId, client_secret: clientSecret, scope };
    const pairs = Object.entries(form).filter(([, value]) => typeof value === 'string' && value !== '');
    const reply = (await helpers.httpRequest({
        method: 'POST',
        url,
        headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
        body: pairs.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join('&'),
        disableFollowRedirect: true,
        json: true,
    }));
    const given = typeof reply === 'string' ? JSON.parse(reply) : reply;
    if (typeof given.access_token !== 'string' || !given.access_token)
        throw new Error('The service gave no token');
    return { sessionToken: given.access_token };
}
