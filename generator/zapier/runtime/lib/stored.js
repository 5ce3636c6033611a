// The app as its file holds it: fields of forms and results stand in it once, and steps name them.
'use strict';

const KINDS = ['triggers', 'searches', 'creates'];

// A copy of the definition and the steps, with their fields. What names none is the place of a function; the fields
// that a function makes stay names until it is called.
function unfolded({ definition, fields, steps }) {
  const whole = (names) => names.map((name) => fields[name] || name);
  const copy = JSON.parse(JSON.stringify(definition));
  for (const { operation } of KINDS.flatMap((kind) => Object.values(copy[kind]))) {
    if (operation.inputFields) operation.inputFields = whole(operation.inputFields);
    if (operation.outputFields) operation.outputFields = whole(operation.outputFields);
  }
  const named = Object.entries(steps).map(([name, step]) => [name, { ...step, inputs: whole(step.inputs) }]);
  return { definition: copy, steps: Object.fromEntries(named) };
}

module.exports = { unfolded };
