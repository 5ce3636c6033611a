/** A service as its file holds it: what its operations ask for stands there once, however many of them ask for it. */

import type { Field, Operation, Service } from './wire';

export interface StoredService extends Omit<Service, 'operations'> {
  /** By a name of the file's own: the field's, and which of that name it is. */
  inputs: Record<string, Field>;
  operations: Record<string, StoredOperation>;
}

/** `fields`: names of `inputs`. */
export interface StoredOperation extends Omit<Operation, 'fields'> {
  fields?: string[];
}

/** The service whose operations hold their fields. Operations share those; nothing given is changed. */
export function unfold({ inputs, operations, ...rest }: StoredService): Service {
  const whole = Object.entries(operations).map(([id, { fields, ...op }]): [string, Operation] => [
    id,
    fields ? { ...op, fields: fields.map((name) => inputs[name] as Field) } : op,
  ]);
  return { ...rest, operations: Object.fromEntries(whole) };
}
