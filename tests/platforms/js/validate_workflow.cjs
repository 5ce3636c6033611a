// Validates workflow sources with the official SDK of the CNCF Serverless Workflow DSL.
// stdin: {sdk: folder of the package, workflows: [...]}; stdout: one message per workflow, '' where it is valid.
'use strict';

const input = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
const { validate } = require(input.sdk);

const check = (workflow) => {
	try {
		validate('Workflow', workflow);
		return '';
	} catch (error) {
		return String(error.message || error);
	}
};

process.stdout.write(JSON.stringify(input.workflows.map(check)));
