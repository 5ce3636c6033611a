// Parses every file given on standard input as a list of {name, text, kind}; prints what a stranger's text has become.
'use strict';
const acorn = require('internal/deps/acorn/acorn/dist/acorn');
const { stripTypeScriptTypes } = require('node:module');
const { readFileSync } = require('node:fs');
const MARK = 'PWNED';
const found = [];

function check({ name, text, kind }) {
	let source = text;
	try {
		if (name.endsWith('.ts')) source = stripTypeScriptTypes(text, { mode: 'transform' });
	} catch (error) {
		found.push([name, 'is no TypeScript: ' + error.message]);
		return;
	}
	const isModule = name.endsWith('.ts') || name.endsWith('.mjs');
	let tokens;
	try {
		const options = { ecmaVersion: 'latest', sourceType: isModule ? 'module' : 'script', allowHashBang: true, allowReturnOutsideFunction: true };
		acorn.parse(source, options);
		tokens = acorn.tokenizer(source, options);
	} catch (error) {
		found.push([name, 'is no JavaScript: ' + error.message]);
		return;
	}
	for (const token of tokens) {
		const value = typeof token.value === 'string' ? token.value : '';
		const label = token.type.label;
		if (label === 'string') {
			// In an expression a text may stand as a literal, if nothing in it could end the literal or the expression.
			const code = value.replace(/"[^"\\{}]*"|'[^'\\{}]*'/g, '');
			if (kind === 'n8n' && value.startsWith('=') && code.includes(MARK)) found.push([name, 'expression: ' + value.slice(0, 80)]);
		} else if (label !== 'template' && value.includes(MARK)) {
			found.push([name, `code (${label}): ` + value.slice(0, 80)]);
		} else if (label === 'regexp' && JSON.stringify(token.value).includes(MARK)) {
			found.push([name, 'regular expression']);
		}
	}
}

for (const file of JSON.parse(readFileSync(0, 'utf8'))) check(file);
process.stdout.write(JSON.stringify(found));
