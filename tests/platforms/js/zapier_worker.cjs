// Runs Zapier apps in the real zapier-platform-core: JSON lines in on stdin, out on the descriptor
// that is the first argument (stdout belongs to the apps, which may print).
// request:  {id, app: folder, command, method?, bundle?, callback_url?}
// response: {id, results, status, logs} or {id, error: {name, message, stack}, logs}
'use strict';

const fs = require('node:fs');
const http = require('node:http');
const readline = require('node:readline');

const core = require('zapier-platform-core');

const store = new Map(); // z.cursor and z.cache, which on Zapier's side outlive a run
const files = new Map(); // what z.stashFile uploaded
const handlers = new Map();
let base = '';

// What Zapier's own servers answer to an app at run time.
const RPC = {
	get_cursor: ({ storeKey }) => store.get(`cursor ${storeKey}`) ?? null,
	set_cursor: ({ storeKey }, cursor) => void store.set(`cursor ${storeKey}`, cursor) ?? null,
	zcache_get: (_, key) => store.get(`cache ${key}`) ?? null,
	zcache_set: (_, key, value) => Boolean(store.set(`cache ${key}`, value)),
	zcache_delete: (_, key) => store.delete(`cache ${key}`),
	get_presigned_upload_post_data: () => ({ url: `${base}/files/`, fields: { key: `stash-${files.size + 1}` } }),
};

async function readBody(request) {
	const chunks = [];
	for await (const chunk of request) chunks.push(chunk);
	return Buffer.concat(chunks);
}

async function saveUpload(request) {
	const body = await readBody(request);
	const form = await new Response(body, { headers: { 'content-type': request.headers['content-type'] } }).formData();
	const file = form.get('file');
	files.set(`/files/${form.get('key')}`, { type: file.type, content: Buffer.from(await file.arrayBuffer()) });
}

async function serve(request, response) {
	if (request.method === 'GET' && files.has(request.url)) {
		const { type, content } = files.get(request.url);
		return response.writeHead(200, { 'content-type': type }).end(content);
	}
	if (request.url === '/files/') {
		await saveUpload(request);
		return response.writeHead(204).end();
	}
	const call = JSON.parse(await readBody(request));
	const method = RPC[call.method];
	const answer = method ? { result: method(call, ...call.params) } : { error: `no stand-in for ${call.method}` };
	return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ id: call.id, ...answer }));
}

function handlerFor(app) {
	if (!handlers.has(app)) handlers.set(app, core.createAppHandler(app));
	return handlers.get(app);
}

async function answer({ id, app, command = 'execute', method, bundle = {}, callback_url }) {
	const logs = [];
	const event = {
		command,
		method,
		bundle,
		callback_url,
		calledFromCli: true, // failed output checks raise, instead of being logged on Zapier's side
		rpc_base: `${base}/rpc`,
		storeKey: `${app} ${method}`,
		customLogger: (message, data) => logs.push({ type: data.log_type, message }),
	};
	try {
		const { results, status } = await handlerFor(app)(event);
		return { id, results, status, logs };
	} catch (error) {
		// Core appends the console's lines to the message; they are in `logs` anyway.
		const message = String(error?.message ?? error).split('\n\nConsole logs:')[0];
		return { id, error: { name: error?.name ?? 'Error', message, stack: error?.stack }, logs };
	}
}

function send(value) {
	fs.writeFileSync(Number(process.argv[2]), JSON.stringify(value) + '\n');
}

async function main() {
	const server = http.createServer((request, response) => {
		serve(request, response).catch((error) => response.writeHead(500).end(String(error)));
	});
	await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
	base = `http://127.0.0.1:${server.address().port}`;
	server.unref();
	// Errors that an app throws outside its promises must not take the worker down.
	process.on('uncaughtException', (error) => console.error('uncaught:', error));
	process.on('unhandledRejection', (error) => console.error('unhandled:', error));
	// One call after the other, as a Lambda does.
	for await (const line of readline.createInterface({ input: process.stdin })) send(await answer(JSON.parse(line)));
	process.exit(0);
}

main();
