/** What of Node the runtime uses. */

interface Buffer extends Uint8Array {
  toString(encoding?: string): string;
}
declare const Buffer: {
  from(data: string, encoding?: string): Buffer;
  concat(list: Buffer[]): Buffer;
  isBuffer(value: unknown): value is Buffer;
};
declare const process: { env: Record<string, string | undefined> };
declare function setTimeout(work: () => void, milliseconds: number): unknown;
declare function require(path: string): any;
declare class URL {
  constructor(url: string, base?: string);
  href: string;
  pathname: string;
}
declare module 'node:crypto' {
  export function randomBytes(size: number): Buffer;
}
declare module 'node:path' {
  export const posix: { basename(path: string): string };
}
