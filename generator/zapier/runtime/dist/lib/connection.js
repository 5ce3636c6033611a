"use strict";
/** Where the service is, who asks, and to whom the credential may be shown. */
Object.defineProperty(exports, "__esModule", { value: true });
exports.given = given;
exports.connectionOf = connectionOf;
exports.authorize = authorize;
const core_1 = require("../core/core");
function given(value) {
    return typeof value === 'string' ? value.trim() : '';
}
/** Variables of the server stand in the connection's fields. */
function connectionOf(app, authData = {}) {
    const { server, gateway } = app.connection;
    const baseUrl = given(authData.base_url) || given(authData.server) || fill(server, authData);
    const gatewayUrl = gateway ? (0, core_1.withoutSlash)(given(authData.gateway_url)) : '';
    return {
        baseUrl: (0, core_1.withoutSlash)(baseUrl),
        gateway: gatewayUrl ? { url: gatewayUrl, key: given(authData.gateway_key) || undefined } : null,
    };
}
function fill(server, authData) {
    if (!server)
        return '';
    return server.variables.reduce((url, { name, key, default: usual }) => {
        // People paste whole addresses where only the host is asked for.
        const value = (0, core_1.withoutSlash)((given(authData[key]) || usual || '').replace(/^[a-z]+:\/\//i, ''));
        return url.split(`{${name}}`).join(value);
    }, server.url);
}
/**
 * The request with the secrets that its operation takes, provided that it goes to one of `origins` or to the operation's
 * own server; otherwise as it came.
 */
function authorize(app, authData, request, origins) {
    if (![...origins, request.server].some((origin) => origin && (0, core_1.sameOrigin)(request.url, origin)))
        return request;
    const { secrets = [] } = app.connection;
    const names = (0, core_1.signedBy)(request.security, (0, core_1.heldBy)(app.service, secrets, authData)) || [];
    return names.length ? (0, core_1.sign)(request, app.service, secrets, authData, names, base64) : request;
}
function base64(text) {
    return Buffer.from(text, 'utf8').toString('base64');
}
