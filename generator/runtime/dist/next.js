"use strict";
/** Where a link to the next page leads, by the service itself or by way of a gateway or proxy that stands for it. */
Object.defineProperty(exports, "__esModule", { value: true });
exports.nextAddress = nextAddress;
const inputs_1 = require("./inputs");
const urls_1 = require("./urls");
/**
 * The address of the next page; undefined where none is said, or the current one. The service tells it as its own, but
 * it is asked for where the connection says that the service is. Raises InputError for a link to another server, which
 * must not see the credential.
 */
function nextAddress(said, here, { documented = '', baseUrl = '' }) {
    if (typeof said !== 'string' || said === '')
        return undefined;
    const [theirs, ours] = [(0, urls_1.withoutSlash)(documented), (0, urls_1.withoutSlash)(baseUrl)];
    const moved = !!theirs && !!ours && theirs !== ours && isBelow(here, ours);
    const reference = said.startsWith('//') || !isOurs(said, ours) ? said : originOf(here) + said;
    const url = (0, urls_1.resolve)(reference, moved ? theirs + here.slice(ours.length) : here);
    if ((0, urls_1.sameOrigin)(url, here))
        return url === here ? undefined : url;
    const translated = moved ? translate(url, theirs, ours) : undefined;
    if (!translated || !(0, urls_1.sameOrigin)(translated, here))
        throw new inputs_1.InputError('The next page is on another server, which must not see the credential');
    return translated === here ? undefined : translated;
}
function isBelow(url, base) {
    return url.startsWith(base) && /^(?:[/?#]|$)/.test(url.slice(base.length));
}
/** Whether a path is that of the gateway's own address, which has put itself into the reply. */
function isOurs(said, ours) {
    const place = (0, urls_1.split)(ours);
    return !!place && place.path !== '' && isBelow(said, place.path);
}
function originOf(url) {
    return (/^[^/]*\/\/[^/?#]*/.exec(url) || [''])[0];
}
/** The address on the connection's server that stands for one on the service's. */
function translate(url, theirs, ours) {
    if (!(0, urls_1.sameOrigin)(url, theirs))
        return undefined;
    if (isBelow(url, theirs))
        return ours + url.slice(theirs.length);
    const path = ((0, urls_1.split)(theirs) || { path: '' }).path;
    return ours.endsWith(path) ? ours.slice(0, ours.length - path.length) + url.slice(originOf(url).length) : undefined;
}
