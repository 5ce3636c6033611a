// Runs n8n's own community package scan on folders: scan.mjs <scanner.mjs> <folder> "<pattern> <pattern>" ...
import { pathToFileURL } from 'node:url';

const [scanner, ...rest] = process.argv.slice(2);
const { analyzePackage } = await import(pathToFileURL(scanner).href);
const results = [];
while (rest.length > 0) {
	const [folder, patterns] = rest.splice(0, 2);
	const { passed, message, details } = await analyzePackage(folder, patterns.split(' '));
	results.push({ passed, message, details });
}
process.stdout.write('\n' + JSON.stringify(results) + '\n');
