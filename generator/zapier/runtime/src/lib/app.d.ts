/** What app.json holds, what Zapier hands to a function of the app, and the run that is made of both. */

import type { Expression, Link, Output, Secret, Service, StoredService, Values } from '../core/core';

/** Where the value of one key of the form goes, and how it is read. */
export interface Entry {
  key: string;
  path: string[];
  label: string;
  children?: Entry[];
  json?: boolean;
  dict?: boolean;
  list?: boolean;
  file?: 'url' | 'base64' | 'binary';
  merge?: boolean;
}

/** How the elements of a list are told apart, and which of them count. */
export interface Listing {
  dedupe?: string;
  when?: Record<string, unknown[]>;
  order?: string;
}

/** A field that is asked for where the answers given so far say so. */
export interface Conditional {
  field: string;
  when: Array<{ key: string; values: unknown[]; default?: unknown }>;
}

export interface Step {
  name: string;
  operation: string;
  inputs: Entry[];
  /** Inputs that nobody is asked for. */
  fixed?: Values;
  /** Keys of the step's own questions. */
  own: { confirm?: string; body?: string; query?: string; wait?: string };
  dynamic?: Conditional[][];
  /** It outlasts Zapier's limit. */
  slow?: boolean;
  /** It reads what an earlier step started. */
  result?: boolean;
  list?: Listing;
  /** The size of its pages, where a person names none. */
  page?: Values;
  /** Behind a dropdown. */
  items?: Expression;
  value?: Expression;
  label?: Expression;
  /** Of a hook. */
  urlField?: string;
  unsubscribe?: Link;
  samples?: unknown[];
  media?: Output[];
}

export interface ConnectionRules {
  /** Where its secrets stand. */
  secrets?: Secret[];
  server?: { url: string; variables: Array<{ name: string; key: string; default?: string }> };
  gateway?: boolean;
  keyPrefix?: string;
  test?: {
    operation: string;
    inputs?: Values;
    body?: unknown;
    valid: Array<string | number>;
    invalid: Array<string | number>;
    label?: Expression;
  };
  oauth?: { flow?: string; authorizationUrl?: string; tokenUrl: string; refreshUrl?: string; scope?: string };
}

/** A function's place in the definition, and what it does there. */
export interface Binding {
  path: string[];
  run: string;
  step?: string;
  index?: number;
}

export interface StoredStep extends Omit<Step, 'inputs'> {
  inputs: string[];
}

export interface Definition {
  triggers: Record<string, Part>;
  searches: Record<string, Part>;
  creates: Record<string, Part>;
  hydrators: Values;
  [key: string]: unknown;
}

export interface Part {
  operation: { inputFields?: unknown[]; outputFields?: unknown[]; sample?: unknown; [key: string]: unknown };
  [key: string]: unknown;
}

interface AppData {
  bindings: Binding[];
  connection: ConnectionRules;
  definition: Definition;
  fields: Record<string, unknown>;
  /** Seconds, but for `pages` and `items`. */
  limits: { step: number; wait: number; throttle: number; pages: number; items: number };
  userAgent: string;
}

/** As the file holds it: fields of forms and results stand in it once, and steps name them. */
export interface StoredApp extends AppData {
  service: StoredService;
  steps: Record<string, StoredStep>;
}

export interface App extends AppData {
  service: Service;
  steps: Record<string, Step>;
}

export interface Connection {
  baseUrl: string;
  gateway: { url: string; key?: string } | null;
}

/** One call of a function of the app. */
export interface Run {
  app: App;
  binding: Binding;
  bundle: Bundle;
  connection: Connection;
  /** Milliseconds: when Zapier ends the step, and until when it waits for work. */
  deadline: number;
  patience: number;
  /** The functions of the connection have none, and look at none. */
  step: Step;
  z: Zapier;
}

export interface Bundle {
  authData: Record<string, string | undefined>;
  inputData?: Values;
  /** `timezone` is that of the account, as `America/New_York`. */
  meta?: { isLoadingSample?: boolean; timezone?: string };
  outputData?: Values;
  cleanedRequest?: unknown;
  targetUrl?: string;
  subscribeData?: Values;
}

export interface Response {
  status: number;
  url: string;
  headers: { get(name: string): string | null; forEach(visit: (value: string, name: string) => void): void };
  content?: string;
  text(): Promise<string>;
  buffer(): Promise<Buffer>;
  body: { destroy(): void };
}

export interface Zapier {
  request(options: Values): Promise<Response>;
  hash(algorithm: string, text: string): string;
  generateCallbackUrl(): string;
  stashFile(file: Response, size: undefined, name: string, type: string | undefined): Promise<string>;
  dehydrateFile(hydrator: unknown, inputs: unknown): string;
  errors: {
    Error: new (message: string, code?: string, status?: number) => Error;
    ExpiredAuthError: new (message: string) => Error;
    ThrottledError: new (message: string, seconds: number) => Error;
  };
}
