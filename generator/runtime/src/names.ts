/** The name of a file: as the reply says, as its address says, and with an extension that tells its type. */

import { split } from './urls';

const EXTENSIONS: Record<string, string> = {
  'application/gzip': 'gz', 'application/json': 'json', 'application/msword': 'doc', 'application/pdf': 'pdf',
  'application/rtf': 'rtf', 'application/vnd.ms-excel': 'xls', 'application/vnd.ms-powerpoint': 'ppt',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': 'pptx',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'application/x-subrip': 'srt', 'application/xml': 'xml', 'application/zip': 'zip',
  'audio/aac': 'aac', 'audio/flac': 'flac', 'audio/mp4': 'm4a', 'audio/mpeg': 'mp3', 'audio/ogg': 'ogg',
  'audio/wav': 'wav', 'audio/webm': 'weba', 'audio/x-wav': 'wav',
  'image/avif': 'avif', 'image/bmp': 'bmp', 'image/gif': 'gif', 'image/jpeg': 'jpg', 'image/png': 'png',
  'image/svg+xml': 'svg', 'image/tiff': 'tiff', 'image/webp': 'webp',
  'model/gltf+json': 'gltf', 'model/gltf-binary': 'glb', 'model/obj': 'obj', 'model/stl': 'stl',
  'text/calendar': 'ics', 'text/csv': 'csv', 'text/html': 'html', 'text/markdown': 'md', 'text/plain': 'txt',
  'text/vtt': 'vtt', 'text/xml': 'xml', 'video/mp4': 'mp4', 'video/mpeg': 'mpeg', 'video/quicktime': 'mov',
  'video/webm': 'webm',
}; // prettier-ignore

/** What a file is known by. `said` is what the result says of its name. */
export interface NamedReply {
  said?: unknown;
  disposition?: unknown;
  url?: string;
  contentType?: string;
}

/** The name without any folder; `fallback` where nobody gives one. One without an extension gets that of its type. */
export function fileName({ said, disposition, url, contentType }: NamedReply, fallback: string): string {
  const header = typeof disposition === 'string' ? disposition : '';
  const last = url && split(url) ? decoded((url.replace(/[?#].*$/, '').split('/').pop() || '').slice(0, 500)) : '';
  const names = [typeof said === 'string' ? said : '', dispositionName(header), /\.\w{1,8}$/.test(last) ? last : ''];
  const name = names.map(bare).find((one) => one !== '') || fallback;
  const type = (contentType || '').replace(/;.*$/s, '').trim().toLowerCase();
  const extension = Object.prototype.hasOwnProperty.call(EXTENSIONS, type) ? EXTENSIONS[type] : undefined;
  return extension && !/\.\w{1,8}$/.test(name) ? `${name}.${extension}` : name;
}

/** `filename*` (RFC 8187) before `filename`, as RFC 6266 has it; '' where there is neither. */
function dispositionName(header: string): string {
  const extended = /;\s*filename\*\s*=\s*"?([\w!#$&+^`|~{}-]+)'[^']*'([^;"\s]*)/i.exec(header);
  const name = extended ? decoded(extended[2] as string, extended[1]) : '';
  if (name) return name;
  const plain = /;\s*filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))/i.exec(header);
  if (!plain) return '';
  const text = plain[1] === undefined ? (plain[2] as string).trim() : plain[1].replace(/\\(.)/g, '$1');
  return decoded(utf8(text));
}

/** Node hands headers on byte by byte; names are mostly UTF-8. */
function utf8(text: string): string {
  if (!/[\x80-\xff]/.test(text) || /[^\0-\xff]/.test(text)) return text;
  const escaped = text.replace(/[%\x80-\xff]/g, (one) => `%${one.charCodeAt(0).toString(16)}`);
  const read = decoded(escaped);
  return read === escaped ? text : read;
}

function decoded(text: string, charset = 'utf-8'): string {
  try {
    if (/^utf-?8$/i.test(charset)) return decodeURIComponent(text);
    return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  } catch {
    return text;
  }
}

function bare(name: string): string {
  const last = (name.split(/[\\/]/).pop() || '').replace(/[\u0000-\u001f\u007f]/g, '').trim(); // eslint-disable-line no-control-regex
  return last === '.' || last === '..' ? '' : last;
}
