// Loads n8n packages by n8n's own loader, as n8n does at its start: node load_packages.cjs <n8n's node_modules> < folders.
// Prints JSON: per folder the names of its node types and credentials, or the error.
const path = require('path');
const modules = process.argv[2];
const { PackageDirectoryLoader } = require(path.join(modules, 'n8n-core'));

async function load(folder) {
  try {
    const loader = new PackageDirectoryLoader(folder);
    await loader.loadAll();
    const described = Object.values(loader.nodeTypes).map(({ type }) => {
      const versions = type.nodeVersions ? Object.values(type.nodeVersions) : [type];
      for (const one of versions) JSON.stringify(one.description);
      return type.description.name;
    });
    return { nodes: described, credentials: Object.keys(loader.credentialTypes) };
  } catch (error) {
    return { error: String(error && error.stack ? error.stack : error).slice(0, 2000) };
  }
}

async function main() {
  const chunks = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  const found = {};
  for (const folder of JSON.parse(Buffer.concat(chunks).toString())) found[folder] = await load(folder);
  process.stdout.write(JSON.stringify(found), () => process.exit(0));
}

main();
