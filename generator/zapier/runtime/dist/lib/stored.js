"use strict";
/** The app as its file holds it: fields of forms and results stand in it once, and steps name them. */
Object.defineProperty(exports, "__esModule", { value: true });
exports.unfolded = unfolded;
/**
 * A copy of the definition and the steps, with their fields. What names none is the place of a function; the fields
 * that a function makes stay names until it is called.
 */
function unfolded({ definition, fields, steps, }) {
    const whole = (names) => names.map((name) => fields[name] || name);
    const copy = JSON.parse(JSON.stringify(definition));
    for (const { operation } of [copy.triggers, copy.searches, copy.creates].flatMap((kind) => Object.values(kind))) {
        if (operation.inputFields)
            operation.inputFields = whole(operation.inputFields);
        if (operation.outputFields)
            operation.outputFields = whole(operation.outputFields);
    }
    const named = Object.entries(steps).map(([name, step]) => [name, { ...step, inputs: whole(step.inputs) }]);
    return { definition: copy, steps: Object.fromEntries(named) };
}
