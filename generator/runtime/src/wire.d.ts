/** The service as the core reads it: what a run needs of it, and nothing else. Falsy keys are left out. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Values = Record<string, unknown>;

/** One value of an exchange: `path` is the unescaped JSON Pointer of a body, or one header's or parameter's name. */
export interface Reference {
  root: string;
  path: string[];
}

/** One reference alone keeps its type; several parts join to a text. */
export interface Expression {
  parts: Array<string | Reference>;
}

export interface Condition {
  field: string;
  values: unknown[];
}

export interface Field {
  name: string;
  in: string;
  pointer?: string;
  type?: string;
  format?: string;
  /** Kinds of values (as JavaScript calls them) that may stand in place of the type. */
  kinds?: string[];
  /** The values there are, where their kind matters. */
  choices?: unknown[];
  repeated?: boolean;
  required?: boolean;
  nullable?: boolean;
  style?: string;
  explode?: boolean;
  allowReserved?: boolean;
  encoding?: string;
  file?: 'url' | 'base64' | 'binary';
  fields?: Field[];
  values?: Field;
  when?: Condition[];
  default?: unknown;
  /** Sent with its default although nobody is asked for it. */
  constant?: boolean;
}

/** Follow-up operation; each parameter is an expression or a constant `{value}`. */
export interface Link {
  name: string;
  operation: string;
  parameters?: Record<string, Expression | { value: unknown }>;
}

export interface Output {
  type: string;
  items?: Expression;
  mapping?: Record<string, Expression>;
  download?: Link;
  binary?: boolean;
}

/**
 * What a step gives: what was made, the reply as a file, a list's elements one by one, or the reply as it is.
 * `media`: how an element is read for what it shows, the element being the whole reply. `more`: the reply says more
 * than the result's fields. `first`: names of a record's fields that people look for before the others.
 */
export interface Gives {
  kind: 'result' | 'file' | 'list' | 'record';
  items?: Expression;
  media?: Output[];
  more?: boolean;
  first?: string[];
}

/** `interval` and `timeout` are seconds. */
export interface Job {
  poll: Link;
  status: Expression;
  succeeded?: string[];
  failed?: string[];
  canceled?: string[];
  queued?: string[];
  error?: Expression;
  interval: number;
  timeout: number;
  callbackField?: string;
}

export interface Pagination {
  style: 'page' | 'offset' | 'cursor' | 'link';
  items: Expression;
  parameter?: string;
  sizeParameter?: string;
  /** The next cursor or URL; of `$item#` that of the last element. */
  next?: Expression;
  /** What says that there is more: a flag, or the Link header. */
  more?: Expression;
  last?: Expression;
  pages?: Expression;
  total?: Expression;
  current?: Expression;
  /** The number of the first page or element. */
  start?: number;
}

export interface Operation {
  id: string;
  method: string;
  path: string;
  server?: string;
  mediaType?: string;
  bodyRequired?: boolean;
  accept?: string;
  fields?: Field[];
  output: Output;
  gives?: Gives;
  job?: Job;
  pagination?: Pagination;
  usage?: { cost?: number | Expression; unit?: string; remaining?: Expression };
  /** Seconds a synchronous call takes. */
  duration?: number;
  sensitive?: boolean;
  /** Alternatives, each the schemes that are needed together; without it, all that the connection has. */
  security?: string[][];
}

export interface Auth {
  kind: string;
  location?: string;
  name?: string;
  valuePrefix?: string;
}

export interface Service {
  key: string;
  title: string;
  baseUrl?: string;
  /** By their names. */
  schemes?: Record<string, Auth>;
  errors?: { message?: Expression; types?: Record<string, string>; retryAfter?: Expression };
  /** `requests` in `seconds`: the documented allowance. */
  rateLimit?: { limit?: number | Expression; remaining?: number | Expression; reset?: Expression; requests?: number; seconds?: number };
  operations: Record<string, Operation>;
}

/** One HTTP exchange, as expressions see it. Reply header names are lower-case. */
export interface Exchange {
  status: number;
  headers?: Record<string, unknown>;
  body?: unknown;
  url?: string;
  method?: string;
  requestBody?: unknown;
  requestHeaders?: Record<string, unknown>;
  path?: Values;
  query?: Values;
}

export interface Clock {
  /** Unix seconds, for dates in a reply; without it those are not read. */
  now?: number;
}
