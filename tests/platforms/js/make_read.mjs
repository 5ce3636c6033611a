// Reads an app back with Make's own SDK: node make_read.mjs <node_modules> <zone> <app>, the token in MAKE_API_TOKEN.
import { createRequire } from 'node:module';

const [modules, zone, name] = process.argv.slice(2);
const { Make } = createRequire(`${modules}/x.js`)('@makehq/sdk');
const make = new Make(process.env.MAKE_API_TOKEN, zone);
make.protocol = 'http';
const { apps, modules: parts, connections, rpcs, webhooks } = make.sdk;

async function sections(read, names) {
  const found = {};
  for (const each of names) found[each] = await read(each);
  return found;
}

const result = { app: await apps.get(name, 1), connections: {}, webhooks: {}, rpcs: {}, modules: {} };
result.app.sections = await sections((each) => apps.getSection(name, 1, each), ['base', 'groups']);
result.app.readme = await apps.getDocs(name, 1);
for (const each of await connections.list(name))
  result.connections[each.name] = { ...each, ...(await sections((s) => connections.getSection(each.name, s), ['api', 'parameters', 'scopes', 'scope'])) };
for (const each of await webhooks.list(name))
  result.webhooks[each.name] = { ...each, ...(await sections((s) => webhooks.getSection(each.name, s), ['api', 'parameters', 'attach', 'detach', 'scope'])) };
for (const each of await rpcs.list(name, 1))
  result.rpcs[each.name] = { ...each, ...(await sections((s) => rpcs.getSection(name, 1, each.name, s), ['api', 'parameters'])) };
for (const each of await parts.list(name, 1))
  result.modules[each.name] = { ...each, ...(await sections((s) => parts.getSection(name, 1, each.name, s), ['api', 'epoch', 'parameters', 'expect', 'interface', 'samples', 'scope'])) };
process.stdout.write(JSON.stringify(result));
