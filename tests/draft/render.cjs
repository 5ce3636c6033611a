// Renders OpenAPI documents with tools that others wrote. Standard input: [{document, out, kinds}]; files are written to `out`.
const fs = require('fs');
const log = console.log;
console.log = () => {};
const widdershins = require('widdershins');
const postman = require('openapi-to-postmanv2');

const options = { codeSamples: true, language_tabs: [{ shell: 'Shell' }, { javascript: 'JavaScript' }], expandBody: false };

async function markdown(job, document) {
  fs.writeFileSync(`${job.out}.md`, await widdershins.convert(document, options));
}
function collection(job, document) {
  return new Promise((resolve, reject) => {
    postman.convert({ type: 'json', data: document }, { folderStrategy: 'Tags', requestParametersResolution: 'Example' }, (error, result) => {
      if (error || !result.result) return reject(error || new Error(result.reason));
      fs.writeFileSync(`${job.out}.postman.json`, JSON.stringify(result.output[0].data, null, 2));
      resolve();
    });
  });
}
const KINDS = { markdown, collection };

(async () => {
  for (const job of JSON.parse(fs.readFileSync(0, 'utf8'))) {
    for (const kind of job.kinds) {
      try {
        await KINDS[kind](job, JSON.parse(fs.readFileSync(job.document, 'utf8')));
      } catch (error) {
        fs.writeFileSync(`${job.out}.${kind}.failed`, String(error && error.message));
      }
    }
  }
  process.exit(0);
})();
