/** The app as its file holds it: fields of forms and results stand in it once, and steps name them. */

import type { App, Definition, Entry, StoredApp } from './app';

/**
 * A copy of the definition and the steps, with their fields. What names none is the place of a function; the fields
 * that a function makes stay names until it is called.
 */
export function unfolded({
  definition,
  fields,
  steps,
}: Pick<StoredApp, 'definition' | 'fields' | 'steps'>): Pick<App, 'definition' | 'steps'> {
  const whole = (names: unknown[]) => names.map((name) => fields[name as string] || name);
  const copy = JSON.parse(JSON.stringify(definition)) as Definition;
  for (const { operation } of [copy.triggers, copy.searches, copy.creates].flatMap((kind) => Object.values(kind))) {
    if (operation.inputFields) operation.inputFields = whole(operation.inputFields);
    if (operation.outputFields) operation.outputFields = whole(operation.outputFields);
  }
  const named = Object.entries(steps).map(([name, step]) => [name, { ...step, inputs: whole(step.inputs) as Entry[] }]);
  return { definition: copy, steps: Object.fromEntries(named) as App['steps'] };
}
