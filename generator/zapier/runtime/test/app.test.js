// The app in the real zapier-platform-core, against a stand-in of the service that gives the documented answers.
'use strict';

const assert = require('node:assert/strict');
const http = require('node:http');
const { after, before, test } = require('node:test');

process.env.NODE_ENV = 'test';
const zapier = require('zapier-platform-core');

const data = require('../app.json');
// The stand-in is done at once: nobody has to wait for it.
for (const { job } of Object.values(data.service.operations)) if (job) job.interval = 0.01;
const App = require('../index.js');
const { unfolded } = require('../lib/stored.js');
const cases = require('./cases.json');

const KEY = 'example-key-0123456789';
const handler = zapier.createAppHandler(App);
const operations = Object.values(data.service.operations);
const requests = [];
let base = '';
let failing = null;

// The operation behind a path: those without placeholders first.
function operationAt(method, path) {
  const fits = ({ method: wanted, path: template }) =>
    wanted === method && new RegExp(`^${template.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{[^{}]+\}/g, '[^/]+')}$`).test(path);
  const found = operations.filter(fits).sort((a, b) => a.path.split('{').length - b.path.split('{').length);
  return found[0];
}

const server = http.createServer((request, response) => {
  request.resume().on('end', () => {
    const path = new URL(request.url, base).pathname;
    const op = operationAt(request.method, path);
    requests.push({ op, headers: request.headers, url: request.url });
    const known = op ? cases.replies[op.id] : { status: 404, headers: {}, body: { error: 'no such call' } };
    const { status, headers, body } = failing || known;
    const type = op && op.output.binary && !failing ? 'application/octet-stream' : 'application/json';
    response.writeHead(status, { ...headers, 'content-type': type });
    response.end(type === 'application/json' ? JSON.stringify(body) : 'bytes');
  });
});

before(() => new Promise((resolve) => server.listen(0, '127.0.0.1', () => {
  base = `http://127.0.0.1:${server.address().port}`;
  resolve();
})));
after(() => server.close());

const run = async (method, inputData = {}, more = {}) => {
  const authData = { base_url: base, api_key: KEY, username: 'ada', password: KEY, access_token: KEY, client_id: 'id', client_secret: KEY };
  const bundle = { authData, inputData, meta: { isLoadingSample: true }, ...more };
  return (await handler({ command: 'execute', method, bundle, calledFromCli: true })).results;
};

const failWith = async (answer, work) => {
  failing = answer;
  try {
    await work();
  } finally {
    failing = null;
  }
};

test('the definition is sound', async () => {
  const { results } = await handler({ command: 'validate' });
  assert.deepEqual(results, []);
});

test('every function of the definition is bound, and nothing else is one', async () => {
  const { results } = await handler({ command: 'definition' });
  assert.deepEqual(results, unfolded(data).definition);
});

for (const kind of ['creates', 'searches', 'triggers']) {
  for (const [key, step] of Object.entries(App[kind])) {
    const known = data.steps[`${kind}.${key}`];
    const op = data.service.operations[known.operation];
    // Only a gateway keeps results that nobody can poll for.
    if (known.result && !op.job) continue;
    // A server of its own is not ours to stand in for; a file is stored by Zapier's servers.
    if (step.operation.type === 'hook' || (op && (op.server || (op.output.binary && kind === 'creates')))) continue;
    test(`${kind}.${key} returns what its sample promises`, async () => {
      const results = await run(`${kind}.${key}.operation.perform`, cases.forms[`${kind}.${key}`]);
      const first = kind === 'creates' ? results : results[0];
      if (!step.display.hidden) assert.ok(first, 'no result');
      const media = Object.keys(step.operation.sample).filter((name) => /_url$|^text$/.test(name));
      for (const name of first ? media : []) assert.equal(typeof first[name], typeof step.operation.sample[name], name);
    });
  }
}

const testable = App.authentication && data.connection.test;

test('the connection is tested with its credential', { skip: !testable }, async () => {
  requests.length = 0;
  const result = await run('authentication.test');
  assert.ok(await run('authentication.connectionLabel', result));
  const { op, headers, url } = requests[0];
  const sent = JSON.stringify([headers, url]);
  const free = op.security && op.security.some((way) => way.length === 0);
  if (!free && Object.keys(data.service.schemes || {}).length > 0) {
    assert.ok(sent.includes(KEY) || sent.includes(Buffer.from(`ada:${KEY}`).toString('base64')), 'no credential was sent');
  }
});

test('a refused credential is told as such', { skip: !testable }, async () => {
  await failWith({ status: 401, headers: {}, body: { error: 'no' } }, () =>
    assert.rejects(run('authentication.test'), /AuthenticationError|RefreshAuthError|does not accept|^Error$/),
  );
});

const [first] = Object.keys(App.creates).filter((key) => !data.steps[`creates.${key}`].own.confirm);

test('failures become the errors Zapier acts on', { skip: !first || data.service.operations[data.steps[`creates.${first}`].operation].server }, async () => {
  const perform = () => run(`creates.${first}.operation.perform`, cases.forms[`creates.${first}`]);
  const answer = (status, headers = {}) => ({ status, headers, body: { error: 'told by the service' } });
  await failWith(answer(402), () => assert.rejects(perform(), /InsufficientCredits/));
  await failWith(answer(429, { 'retry-after': '7' }), () => assert.rejects(perform(), { name: 'ThrottledError' }));
  await failWith(answer(503), () => assert.rejects(perform(), /Try again later/));
});
