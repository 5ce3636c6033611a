// What the HTTP Request nodes of a workflow would send: expressions are evaluated with a field `«Node.path»` in place of
// every value that a run would give. Reads the workflow from standard input.
const workflow = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const nodes = Object.fromEntries(workflow.nodes.map((node) => [node.name, node]));
const told = (value) => String(value ?? '').replace(/[«»]/g, '');

function field(path) {
  const text = () => `«${path}»`;
  return new Proxy(
    {},
    {
      get: (_, key) =>
        key === Symbol.toPrimitive || key === 'toJSON' || key === 'toString'
          ? text
          : typeof key === 'symbol'
            ? undefined
            : field(path + '.' + key),
    },
  );
}

const ways = (name) =>
  Object.entries(workflow.connections)
    .filter(([, out]) => out.main.some((links) => links.some((link) => link.node === name)))
    .map(([source]) => source);

function before(name) {
  const found = ways(name).map(output);
  if (found.length === 1) return found[0];
  return new Proxy({}, { get: (_, key) => `«${[...new Set(found.map((each) => told(each[key])))].join('|')}»` });
}

function output(name) {
  const node = nodes[name];
  if (node.type.endsWith('.set')) {
    const own = {};
    for (const each of node.parameters.assignments.assignments) own[each.name] = evaluate(each.value, name);
    if (!node.parameters.includeOtherFields) return own;
    const rest = before(name);
    return new Proxy(own, { get: (_, key) => (key in own ? own[key] : rest[key]) });
  }
  if (node.type.endsWith('.switch') || node.type.endsWith('.wait')) return before(name);
  if (node.type.endsWith('.webhook')) return { body: field('1') };
  return field(/trigger$/i.test(node.type) ? '1' : name);
}

function evaluate(value, name) {
  if (typeof value !== 'string' || !value.startsWith('=')) return value;
  const context = {
    $: (other) => ({ item: { json: output(other) }, first: () => ({ json: output(other) }) }),
    $ifEmpty: (one, other) => `«${told(one)}|${told(other)}»`,
    $execution: { resumeUrl: 'the address that resumes the run' },
    encodeURIComponent: (each) => String(each),
  };
  const run = (code) =>
    new Function('$json', ...Object.keys(context), `return (${code});`)(before(name), ...Object.values(context));
  const whole = /^=\{\{([\s\S]*)\}\}$/.exec(value);
  if (whole && !whole[1].includes('}}')) return run(whole[1]);
  return value.slice(1).replace(/\{\{([\s\S]*?)\}\}/g, (_, code) => String(run(code)));
}

const sent = workflow.nodes
  .filter((node) => node.type === 'n8n-nodes-base.httpRequest')
  .map(({ name, parameters }) => ({
    name,
    method: parameters.method ?? 'GET',
    url: evaluate(parameters.url, name),
    body: parameters.jsonBody ? evaluate(parameters.jsonBody, name) : null,
  }));
process.stdout.write(JSON.stringify(sent));
