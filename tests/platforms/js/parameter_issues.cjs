// Compares workflows with the descriptions of their nodes, as n8n would when somebody opens them in the editor.
// stdin: {n8nWorkflow: folder of the n8n-workflow package, types: [node descriptions], workflows: [...]}
// stdout: one list of strings per workflow.
'use strict';

const input = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
const { NodeHelpers } = require(input.n8nWorkflow);

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

const versionsOf = (type) => [type.version].flat();

function describe(node) {
	const named = input.types.filter((type) => type.name === node.type);
	if (named.length === 0) return { problem: `unknown node type ${node.type}` };
	const type = named.find((candidate) => versionsOf(candidate).includes(node.typeVersion));
	const known = named.flatMap(versionsOf).join(', ');
	return type ? { type } : { problem: `${node.type} has no version ${node.typeVersion}, only ${known}` };
}

// Paths that are in the workflow but not in what n8n keeps of it.
function* dropped(given, kept, path) {
	for (const [key, value] of Object.entries(given)) {
		const here = path === '' ? key : `${path}.${key}`;
		if (!isObject(kept) && !Array.isArray(kept)) return;
		if (!(key in kept)) yield here;
		else if (typeof value === 'object' && value !== null) yield* dropped(value, kept[key], here);
	}
}

function* credentialIssues(node, type) {
	const accepted = (type.credentials ?? []).map((credential) => credential.name);
	// A node may let the user choose any credential type, as the HTTP Request node does.
	if ('nodeCredentialType' in (node.parameters ?? {}) || accepted.length === 0) return;
	for (const name of Object.keys(node.credentials ?? {})) {
		if (!accepted.includes(name)) yield `credential ${name} is not one of ${accepted.join(', ')}`;
	}
}

function* nodeIssues(node) {
	const { type, problem } = describe(node);
	if (problem) {
		yield problem;
		return;
	}
	const given = node.parameters ?? {};
	const kept = NodeHelpers.getNodeParameters(type.properties, given, true, false, node, type) ?? {};
	for (const path of dropped(given, kept, '')) yield `parameter ${path} does not exist or does not apply here`;
	const completed = { ...node, parameters: kept };
	const found = NodeHelpers.getNodeParametersIssues(type.properties, completed, type) ?? {};
	for (const messages of Object.values(found.parameters ?? {})) yield* messages;
	yield* credentialIssues(node, type);
}

function workflowIssues(workflow) {
	const issues = workflow.nodes.flatMap((node) => [...nodeIssues(node)].map((text) => `${node.name}: ${text}`));
	const names = new Set(workflow.nodes.map((node) => node.name));
	for (const [from, outputs] of Object.entries(workflow.connections ?? {})) {
		const targets = Object.values(outputs).flat(2).filter(Boolean).map((link) => link.node);
		for (const name of [from, ...targets]) {
			if (!names.has(name)) issues.push(`connection from ${from}: there is no node ${name}`);
		}
	}
	return issues;
}

process.stdout.write(JSON.stringify(input.workflows.map(workflowIssues)));
