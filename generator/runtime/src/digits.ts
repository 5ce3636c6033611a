/** Numbers by their digits, where JavaScript's own would lose some: ids of 64 bits, prices as they were written. */

/** A number as it was written. In JSON it stands as it is; elsewhere it is its text. */
export class Digits {
  constructor(readonly text: string) {}

  toString(): string {
    return this.text;
  }

  toJSON(): string {
    return this.text;
  }
}

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** The number that a text says in JSON's own form, with every digit; undefined where it says none ('007', '+5'). */
export function numberOf(text: string): number | Digits | undefined {
  if (!NUMBER.test(text)) return undefined;
  return String(Number(text)) === text ? Number(text) : new Digits(text);
}

/** Whether JavaScript's number has the same value. */
function isKept(text: string): boolean {
  return decimal(text) === decimal(String(Number(text)));
}

/** The value as digits and a power of ten, however it is written. */
function decimal(text: string): string {
  const found = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text);
  if (!found) return text;
  const [sign, whole, part = '', power = '0'] = found.slice(1) as [string, string, string?, string?];
  const digits = (whole + part).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (!significant) return '0';
  return `${sign}${significant}e${Number(power) - part.length + digits.length - significant.length}`;
}

/** JSON of a value with its Digits; undefined and what is no data is left out as JSON.stringify does. */
export function jsonOf(value: unknown): string {
  if (value instanceof Digits) return value.text;
  if (value === null || typeof value !== 'object' || !holdsDigits(value)) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(jsonOf).join(',')}]`;
  const entries = Object.entries(value).filter(([, one]) => one !== undefined && typeof one !== 'function');
  return `{${entries.map(([key, one]) => `${JSON.stringify(key)}:${jsonOf(one)}`).join(',')}}`;
}

function holdsDigits(value: object): boolean {
  return Object.values(value).some((one) => one instanceof Digits || (!!one && typeof one === 'object' && holdsDigits(one)));
}

const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/**
 * The value of a JSON text; undefined where it is none. `kept` makes something of the digits of each number that
 * JavaScript would change.
 */
export function readJson(text: string, kept: (digits: string) => unknown): unknown {
  try {
    const plain: unknown = JSON.parse(text);
    return /\d{16}|\d[.]\d{15}|\d[eE]/.test(text) ? withDigits(text, plain, kept) : plain;
  } catch {
    return undefined;
  }
}

/** Such numbers are read as texts with a mark that no text of the value holds. */
function withDigits(text: string, plain: unknown, kept: (digits: string) => unknown): unknown {
  const found: string[] = [];
  const said = JSON.stringify(plain);
  let mark = '#';
  while (said.includes(mark)) mark += '#';
  const marked = text.replace(TOKEN, (one) =>
    one.startsWith('"') || isKept(one) ? one : `"${mark}${found.push(one) - 1}"`,
  );
  if (!found.length) return plain;
  return JSON.parse(marked, (_key, value: unknown) =>
    typeof value === 'string' && value.startsWith(mark) ? kept(found[Number(value.slice(mark.length))] as string) : value,
  );
}
