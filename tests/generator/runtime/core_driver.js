/* Calls functions of core.js for a test: {services, calls} on stdin, one answer per call on stdout, one process for all. */
'use strict';

const fs = require('fs');
const core = require(process.argv[2]);

const input = JSON.parse(fs.readFileSync(0, 'utf8'));

/** Arguments may name what JSON cannot repeat for every call: {"$service": name} and {"$operation": [service, id]}, or bytes: {"$bytes": base64}. */
function argument(value) {
  if (typeof value !== 'object' || value === null) return value;
  if (value.$service) return input.services[value.$service];
  if (value.$operation) return input.services[value.$operation[0]].operations[value.$operation[1]];
  if (value.$bytes !== undefined) return Buffer.from(value.$bytes, 'base64');
  return freeze(value);
}

function freeze(value) {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(freeze);
  return value;
}

function answer(call) {
  try {
    const value = core[call.function](...call.arguments.map(argument));
    return { value: value === undefined ? null : value };
  } catch (error) {
    return error instanceof core.InputError ? { refused: error.field, message: error.message } : { crash: String(error.stack) };
  }
}

Object.values(input.services).forEach(freeze);
for (const name of Object.keys(input.services)) input.services[name] = freeze(core.unfold(input.services[name]));
const answers = input.calls.map(answer);
const polluted = Object.keys({}.__proto__).concat(Object.keys(Array.prototype));
fs.writeFileSync(1, JSON.stringify({ answers, polluted, inherited: {}.polluted !== undefined }));
