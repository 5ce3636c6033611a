"use strict";
/** A failure of the normalized kind as the error by which Zapier acts on it: reconnect, wait, tell the owner, stop. */
Object.defineProperty(exports, "__esModule", { value: true });
exports.errorOf = errorOf;
const UNSURE = 'It may have been carried out all the same: look before you try again.';
const CODES = {
    invalid_request: 'InvalidRequest',
    forbidden: 'Forbidden',
    not_found: 'NotFound',
    quota_exceeded: 'QuotaExceeded',
    provider_error: 'ProviderError',
    timeout: 'Timeout',
    unreachable: 'Unreachable',
    outcome_unknown: 'OutcomeUnknown',
};
/** The error to throw. */
function errorOf(run, failure, { writing = false, testing = false } = {}) {
    const { errors } = run.z;
    const title = run.app.service.title;
    const { type, status } = failure;
    const message = String(failure.message || '').trim() || `${title} gave no reason.`;
    const error = (text, code) => new errors.Error(text, code, status || undefined);
    if (status === 402 || type === 'insufficient_credits')
        return error(message, 'InsufficientCredits');
    if (type === 'unauthorized') {
        const text = `${title} does not accept this connection: ${message}${hint(run)}`;
        return testing ? error(text, 'AuthenticationError') : new errors.ExpiredAuthError(text);
    }
    if (type === 'rate_limited' || (type === 'quota_exceeded' && failure.retry_after)) {
        return new errors.ThrottledError(message, Math.ceil(failure.retry_after || run.app.limits.throttle));
    }
    if (type === 'provider_error') {
        // What was answered and told to have failed is no problem that passes.
        if (status && status < 300)
            return new errors.Error(message, CODES[type]);
        return error(`${title} has a problem of its own${status ? ` (${status})` : ''}: ${message} Try again later.`, CODES[type]);
    }
    if (type === 'timeout' || type === 'unreachable' || type === 'outcome_unknown') {
        const unsure = writing && type !== 'unreachable' ? ` ${UNSURE}${slowHint(run)}` : '';
        return error(`${title}: ${message}${unsure}`, CODES[type]);
    }
    return error(message, CODES[type] || 'Error');
}
function hint(run) {
    const { keyPrefix } = run.app.connection;
    return keyPrefix ? ` (Its keys begin with ${keyPrefix}.)` : '';
}
function slowHint(run) {
    return run.step && run.step.slow ? ' A connection with a gateway waits for slow steps like this one.' : '';
}
