/** The framing of a multipart body. The bytes are the platform's: it encodes the texts, and joins them with the files. */

import { partName } from './body';
import type { Part } from './body';
import { text } from './encode';

/** A file of the platform's own. */
export interface PartFile<Bytes> {
  name: string;
  contentType?: string;
  data: Bytes;
}

/** What to send, piece by piece. `fileOf` tells the file in a part's value, where it is one. */
export function multipart<Bytes>(
  parts: Part[],
  boundary: string,
  fileOf: (value: unknown) => PartFile<Bytes> | undefined,
): Array<string | Bytes> {
  const pieces = parts.flatMap((part): Array<string | Bytes> => {
    const file = fileOf(part.value);
    return [head(part, boundary, file), file ? file.data : text(part.value), '\r\n'];
  });
  return [...pieces, `--${boundary}--\r\n`];
}

function head(part: Part, boundary: string, file: PartFile<unknown> | undefined): string {
  // Browsers send a file's name without its folders, and in UTF-8.
  const name = file ? `; filename="${partName(file.name.split(/[\\/]/).pop() || 'file')}"` : '';
  // What the document says may be no type but a choice: `image/*`.
  const said = part.contentType && !part.contentType.includes('*') ? part.contentType : undefined;
  const type = said || (file && file.contentType);
  const lines = [`--${boundary}`, `Content-Disposition: form-data; name="${part.name}"${name}`];
  if (type) lines.push(`Content-Type: ${type.replace(/[\r\n]/g, '')}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}
