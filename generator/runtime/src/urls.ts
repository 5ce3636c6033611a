/** Addresses without a URL class, which the platforms' type checks do not know: strict, so that doubt means no. */

interface Address {
  origin: string;
  path: string;
}

/** Scheme, host and port of an http(s) URL; undefined for anything a parser could read in another way. */
export function split(url: string): Address | undefined {
  const found = /^(https?):\/\/([^\s/?#@\\:[\]<>^|%]+|\[[0-9a-f:.]+\])(?::(\d{1,5}))?(?=[/?#]|$)/i.exec(url);
  if (!found || url.includes('\\') || !printable(url)) return undefined;
  const scheme = (found[1] as string).toLowerCase();
  const port = found[3] ? Number(found[3]) : scheme === 'https' ? 443 : 80;
  const path = url.slice(found[0].length).replace(/[?#].*$/, '');
  return { origin: `${scheme}://${(found[2] as string).toLowerCase()}:${port}`, path };
}

/** Without the slashes at its end; a regular expression would take its time over a million of them. */
export function withoutSlash(text: string): string {
  let end = text.length;
  while (end > 0 && text.charAt(end - 1) === '/') end -= 1;
  return text.slice(0, end);
}

/** Parsers drop line breaks, tabs and other control characters from a URL, each in its own way. */
function printable(url: string): boolean {
  return Array.from(url).every((character) => character > ' ' && character !== '\x7f');
}

/** Whether a credential made for `baseUrl` may go to `url`. False for whatever cannot be read without doubt. */
export function sameOrigin(url: string, baseUrl: string): boolean {
  const [left, right] = [split(url), split(baseUrl)];
  return !!left && !!right && left.origin === right.origin;
}

/** An absolute URL out of one found in a reply: 'files/a.png' lies below the base URL, '/a.png' on its server. */
export function absolute(url: string, baseUrl: string): string {
  const base = /^(https?:)(\/\/[^/?#]*)([^?#]*)/i.exec(baseUrl);
  if (!base || /^[a-z][a-z0-9+.-]*:/i.test(url)) return url;
  const [scheme, server, folder] = base.slice(1) as [string, string, string];
  if (url.startsWith('//')) return scheme + url;
  const end = url.search(/[?#]/);
  const [path, rest] = end < 0 ? [url, ''] : [url.slice(0, end), url.slice(end)];
  const full = path.startsWith('/') ? path : `${withoutSlash(folder)}/${path}`;
  return scheme + server + withoutDots(full) + rest;
}

/** What a reference found at `base` leads to (RFC 3986, 5.2), without a fragment: beside it, not below it. */
export function resolve(reference: string, base: string): string {
  const target = reference.replace(/#.*$/, '');
  const found = /^(https?:\/\/[^/?#]*)([^?#]*)(\?[^#]*)?/i.exec(base);
  if (!found || /^[a-z][a-z0-9+.-]*:/i.test(target)) return target;
  const [server, path, query] = [found[1] as string, found[2] as string, found[3] || ''];
  if (target === '') return server + path + query;
  if (target.startsWith('?')) return server + path + target;
  return absolute(target, server + path.replace(/\/[^/]*$/, ''));
}

/** RFC 3986's remove_dot_segments. */
function withoutDots(path: string): string {
  const kept: string[] = [];
  const segments = path.split('/');
  segments.forEach((segment, index) => {
    if (segment === '..' && kept.length > 1) kept.pop();
    if (!/^\.\.?$/.test(segment)) kept.push(segment);
    else if (index === segments.length - 1) kept.push('');
  });
  return kept.join('/');
}

/**
 * The base URL of an operation with a server of its own, where the user's base URL stands for the document's: a
 * gateway or an emulator at http://host/key instead of https://api.example.com serves both.
 */
export function ownServer(server: string, documented: string, baseUrl: string): string {
  const [theirs, usual, given] = [split(server), split(documented), split(baseUrl)];
  if (!theirs || !usual || !given || theirs.origin !== usual.origin) return server;
  const [tail, base] = [withoutSlash(usual.path), withoutSlash(baseUrl)];
  return base.endsWith(tail) ? base.slice(0, base.length - tail.length) + theirs.path : server;
}
