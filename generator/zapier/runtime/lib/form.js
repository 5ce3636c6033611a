// A Zapier form's values back to the inputs of the operation, by name and in their natural shape.
'use strict';

class FormError extends Error {}

const blank = (value) =>
  value === undefined ||
  value === null ||
  value === '' ||
  (Array.isArray(value) && value.length === 0) ||
  (isObject(value) && Object.keys(value).length === 0);

const isObject = (value) => !!value && typeof value === 'object' && !Array.isArray(value);

const own = (object, key) => (Object.prototype.hasOwnProperty.call(object || {}, key) ? object[key] : undefined);

// Keys are strangers' names: `__proto__` must become a key like any other.
function put(object, key, value) {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}

function place(object, path, value, merge) {
  let inner = object;
  for (const name of path.slice(0, -1)) {
    if (!isObject(own(inner, name))) put(inner, name, {});
    inner = own(inner, name);
  }
  const last = path[path.length - 1];
  const known = own(inner, last);
  put(inner, last, merge && isObject(known) && isObject(value) ? { ...value, ...known } : value);
}

// `entries` say where the value of each key goes; nothing that was left empty is set.
function readForm(entries, data) {
  const inputs = {};
  for (const entry of entries) {
    const value = read(entry, own(data, entry.key));
    if (!blank(value)) place(inputs, entry.path, value, entry.merge);
  }
  return inputs;
}

function read(entry, value) {
  if (blank(value)) return undefined;
  if (entry.children) return rows(entry, value);
  if (entry.json) return json(entry, value);
  if (entry.dict) return dictionary(entry, value);
  if (entry.list) return list(entry, value);
  return value;
}

function rows(entry, value) {
  const given = typeof value === 'string' ? json(entry, value) : value;
  const all = (Array.isArray(given) ? given : [given]).filter(isObject);
  return all.map((row) => readForm(entry.children, row)).filter((row) => Object.keys(row).length > 0);
}

function list(entry, value) {
  const given = typeof value === 'string' && value.trim().startsWith('[') ? json(entry, value) : value;
  return (Array.isArray(given) ? given : [given]).filter((one) => !blank(one));
}

function dictionary(entry, value) {
  const given = typeof value === 'string' ? json(entry, value) : value;
  if (!isObject(given)) throw new FormError(`${entry.label} needs pairs of a key and a value.`);
  return Object.fromEntries(Object.entries(given).filter(([key, one]) => key !== '' && !blank(one)));
}

function json(entry, value) {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    throw new FormError(`${entry.label} is not valid JSON.`);
  }
}

// Names of the conditional fields of one group that the answers given so far ask for.
function dynamicFields(group, data) {
  return group.filter(({ when }) => when.every((condition) => holds(condition, data))).map(({ field }) => field);
}

function holds(condition, data) {
  const given = own(data, condition.key);
  const value = blank(given) ? condition.default : given;
  const wanted = condition.values.map(String);
  return (Array.isArray(value) ? value : [value]).some((one) => wanted.includes(String(one)));
}

module.exports = { FormError, blank, dynamicFields, isObject, json, own, put, readForm };
