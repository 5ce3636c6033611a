/** Where a link to the next page leads, by the service itself or by way of a gateway or proxy that stands for it. */

import { InputError } from './inputs';
import type { Places } from './pages';
import { resolve, sameOrigin, split, withoutSlash } from './urls';

/**
 * The address of the next page; undefined where none is said, or the current one. The service tells it as its own, but
 * it is asked for where the connection says that the service is. Raises InputError for a link to another server, which
 * must not see the credential.
 */
export function nextAddress(said: unknown, here: string, { documented = '', baseUrl = '' }: Places): string | undefined {
  if (typeof said !== 'string' || said === '') return undefined;
  const [theirs, ours] = [withoutSlash(documented), withoutSlash(baseUrl)];
  const moved = !!theirs && !!ours && theirs !== ours && isBelow(here, ours);
  const reference = said.startsWith('//') || !isOurs(said, ours) ? said : originOf(here) + said;
  const url = resolve(reference, moved ? theirs + here.slice(ours.length) : here);
  if (sameOrigin(url, here)) return url === here ? undefined : url;
  const translated = moved ? translate(url, theirs, ours) : undefined;
  if (!translated || !sameOrigin(translated, here))
    throw new InputError('The next page is on another server, which must not see the credential');
  return translated === here ? undefined : translated;
}

function isBelow(url: string, base: string): boolean {
  return url.startsWith(base) && /^(?:[/?#]|$)/.test(url.slice(base.length));
}

/** Whether a path is that of the gateway's own address, which has put itself into the reply. */
function isOurs(said: string, ours: string): boolean {
  const place = split(ours);
  return !!place && place.path !== '' && isBelow(said, place.path);
}

function originOf(url: string): string {
  return (/^[^/]*\/\/[^/?#]*/.exec(url) || [''])[0];
}

/** The address on the connection's server that stands for one on the service's. */
function translate(url: string, theirs: string, ours: string): string | undefined {
  if (!sameOrigin(url, theirs)) return undefined;
  if (isBelow(url, theirs)) return ours + url.slice(theirs.length);
  const path = (split(theirs) || { path: '' }).path;
  return ours.endsWith(path) ? ours.slice(0, ours.length - path.length) + url.slice(originOf(url).length) : undefined;
}
