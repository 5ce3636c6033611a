/** Sends requests: the credential goes to the base URL's origin (or the gateway's) only, and never along a redirect. */

import type {
	ICredentialDataDecryptedObject, IExecuteFunctions, IHookFunctions, IHttpRequestMethods, IHttpRequestOptions,
	ILoadOptionsFunctions, IN8nHttpFullResponse, IPollFunctions, IWebhookFunctions,
} from 'n8n-workflow'; // prettier-ignore
import { NodeOperationError } from 'n8n-workflow';
import { MOST_REDIRECTS, decode, exchangeOf, header, multipart, readRequest, redirected, sameOrigin, sign, signedBy, withoutSlash } from '../core/core';
import type { Exchange, Operation, PartFile, Request, Values } from '../core/core';
import { jsonOf } from '../core/digits';
import { asBytes, fromText, isBytes, joined, randomName } from './bytes';
import type { Bytes } from './bytes';
import type { CredentialPlan, Plan } from './plan';

export type Context = IExecuteFunctions | IPollFunctions | ILoadOptionsFunctions | IHookFunctions | IWebhookFunctions;

/** A file on its way in. */
export interface FileInput {
	data: Bytes;
	fileName: string;
	contentType: string;
}

export interface Reply {
	status: number;
	headers: Record<string, unknown>;
	bytes: Bytes;
	url: string;
}

/** What came instead of a reply. `lost`: the request was on its way, so that it may have been carried out. */
export class NoReply extends Error {
	constructor(
		message: string,
		readonly timedOut: boolean,
		readonly lost: boolean,
	) {
		super(message);
	}
}

/** One connection: the credential in use, and the addresses it may go to. */
export interface Session {
	context: Context;
	plan: Plan;
	credential?: CredentialPlan;
	/** What its fields hold. */
	secrets: Values;
	baseUrl: string;
	gatewayUrl: string;
	gatewayKey: string;
	/** Milliseconds. */
	timeout: number;
}

/** Opens the connection for an operation with the credential the node's parameters choose, if it takes that one. */
export async function connect(
	context: Context, plan: Plan, timeout: number, item = 0, choice?: string, op?: Operation,
): Promise<Session> { // prettier-ignore
	const credential = credentialFor(context, plan, choice, op);
	const data = credential ? await credentialData(context, credential.name, item) : {};
	const text = (name: string) => (typeof data[name] === 'string' ? (data[name] as string).trim() : '');
	const usual = plan.address.map((part) => (typeof part === 'string' ? part : text(part.field) || part.default)).join('');
	const baseUrl = withoutSlash(text('baseUrl') || text('server') || usual);
	const gatewayUrl = withoutSlash(text('gatewayUrl'));
	return { context, plan, credential, secrets: data as Values, baseUrl, gatewayUrl, gatewayKey: text('gatewayApiKey'), timeout };
}

/** The credential to use. n8n throws when it is asked for one that nobody chose, also where none is required. */
function credentialFor(context: Context, plan: Plan, choice: string | undefined, op: Operation | undefined): CredentialPlan | undefined {
	const wanted = plan.credentials.find((one) => one.choice === choice) || plan.credentials[0];
	if (!wanted) return undefined;
	const node = context.getNode();
	const given = (one: CredentialPlan) => !!(node.credentials && node.credentials[one.name]);
	const fits = (one: CredentialPlan) => !op || signedBy(op.security, schemesOf(one)) !== null;
	if (given(wanted) && fits(wanted)) return wanted;
	const other = plan.credentials.find((one) => given(one) && fits(one));
	if (other) return other;
	const known = plan.address.length > 0;
	const open = !wanted.secrets || (!!op && !!op.security && op.security.some((entry) => entry.length === 0));
	if (known && open) return undefined;
	if (given(wanted)) throw new NodeOperationError(node, 'This operation does not take the chosen credential', { description: needs(plan, fits), itemIndex: 0 });
	const description = known ? 'This operation needs a key.' : 'It says where the service is.';
	throw new NodeOperationError(node, 'No credential is chosen in the node', { description, itemIndex: 0 });
}

function schemesOf({ secrets = [] }: CredentialPlan): string[] {
	return secrets.map(({ scheme }) => scheme);
}

function needs(plan: Plan, fits: (one: CredentialPlan) => boolean): string {
	const names = plan.credentials.filter(fits).map((one) => one.label || one.choice);
	return `It takes ${names.join(' or ') || 'none that this node has'}: choose that under Authentication.`;
}

async function credentialData(context: Context, name: string, item: number): Promise<ICredentialDataDecryptedObject> {
	return await (context as IExecuteFunctions).getCredentials(name, item);
}

/** Sends a request of the core, and what redirects make of it. Raises NoReply. */
export async function send(session: Session, request: Request): Promise<Reply> {
	let current = request;
	for (let count = 0; ; count++) {
		const reply = await once(session, current);
		const next = count < MOST_REDIRECTS ? redirected(current, reply.status, reply.headers.location) : undefined;
		if (!next) return reply;
		current = next;
	}
}

/** Fetches a file by its URL, with the credential only where the URL is the service's own. Raises NoReply. */
export async function fetchFile(session: Session, url: string): Promise<Reply> {
	return await send(session, readRequest(url, { accept: '*/*' }));
}

/** Whether the document, or the person, says that the credential may go there. */
function isTrusted(session: Session, url: string, server: string | undefined): boolean {
	return [session.baseUrl, session.gatewayUrl, server].some((one) => !!one && sameOrigin(url, one));
}

/** Each address decides anew which secrets may go there. n8n signs where the whole credential does, and with OAuth2. */
async function once(session: Session, request: Request): Promise<Reply> {
	const { context, credential } = session;
	const { secrets = [], oauth2 = false } = credential || {};
	const trusted = isTrusted(session, request.url, request.server);
	const names = trusted && credential ? signedBy(request.security, schemesOf(credential)) || [] : [];
	const native = names.length > 0 && (oauth2 ? names.includes(secrets[0].scheme) : names.length === secrets.length);
	const own = native ? (oauth2 ? names.filter((name) => name !== secrets[0].scheme) : []) : names;
	const signed = sign(request, session.plan.service, secrets, session.secrets, own, toBase64);
	const { method, url } = signed;
	const body = bytesOf(request);
	const headers = { ...signed.headers, ...(body && body.contentType ? { 'content-type': body.contentType } : {}) };
	const options: IHttpRequestOptions = {
		method: method as IHttpRequestMethods,
		url,
		headers,
		encoding: 'arraybuffer',
		returnFullResponse: true,
		disableFollowRedirect: true,
		// n8n renews an OAuth2 token when it sees a 401 fail.
		ignoreHttpStatusErrors: native && credential && (oauth2 || credential.renews) ? { ignore: true, except: [401] } : true,
		timeout: session.timeout,
		...(body ? { body: asSent(headers, body.data) } : {}),
	};
	try {
		const reply = (native && credential
			? await context.helpers.httpRequestWithAuthentication.call(context, credential.name, options)
			: await context.helpers.httpRequest(options)) as IN8nHttpFullResponse;
		return { status: reply.statusCode, headers: reply.headers, bytes: asBytes(reply.body), url: request.url };
	} catch (error) {
		return rejected(error, request.url);
	}
}

function toBase64(text: string): string {
	return fromText(text).toString('base64');
}

/** n8n takes bytes for pairs where the body is a form, and text as it is. */
function asSent(headers: Record<string, string>, body: Bytes): Bytes | string {
	return /x-www-form-urlencoded/i.test(headers['content-type'] || '') ? body.toString('utf8') : body;
}

interface HttpError {
	message?: string;
	code?: string;
	response?: { status?: number; headers?: Record<string, unknown>; data?: unknown };
	cause?: HttpError;
}

/** The reply inside an error, where there is one. Raises NoReply. */
function rejected(error: HttpError, url: string): Reply {
	const chain = [error, error.cause, error.cause && error.cause.cause].filter((one): one is HttpError => !!one);
	// An error may also hold the head of a good reply whose body broke off.
	const response = chain.map((one) => one.response).find((one) => one && (one.status || 0) >= 400);
	if (response) {
		const headers = { ...(response.headers || {}) };
		return { status: response.status as number, headers, bytes: asBytes(response.data), url };
	}
	const code = chain.map((one) => one.code).find((one) => typeof one === 'string') || '';
	const message = chain[chain.length - 1].message || 'No reply';
	const timedOut = /TIMEDOUT|ECONNABORTED/.test(code) || /timeout/i.test(message);
	throw new NoReply(message, timedOut, timedOut || /ECONNRESET|EPIPE/.test(code) || /socket hang up|aborted/i.test(message));
}

/** What expressions see of a request and its reply. */
export function exchange(request: Request, reply: Reply, binary = false): Exchange {
	const { status, headers, bytes } = reply;
	return exchangeOf(request, { status, headers, body: binary ? undefined : decode(bytes, typeOf(reply), request.headers.accept) });
}

/** The media type that the reply says it has. */
export function typeOf(reply: Reply): string | undefined {
	return header(reply.headers, 'content-type');
}

function bytesOf(request: Request): { data: Bytes; contentType?: string } | undefined {
	switch (request.bodyType) {
		case 'json':
			return { data: fromText(jsonOf(request.body)) };
		case 'form':
		case 'text':
			return { data: fromText(String(request.body)) };
		case 'binary':
			return rawFile(request);
		case 'multipart':
			return inParts(request);
		default:
			return undefined;
	}
}

function isFile(value: unknown): value is FileInput {
	return typeof value === 'object' && value !== null && isBytes((value as FileInput).data);
}

function rawFile(request: Request): { data: Bytes; contentType?: string } {
	if (!isFile(request.body)) return { data: fromText(String(request.body)) };
	const wanted = request.headers['content-type'];
	const any = !wanted || wanted === 'application/octet-stream';
	return { data: request.body.data, contentType: any ? request.body.contentType : wanted };
}

function inParts(request: Request): { data: Bytes; contentType: string } {
	const boundary = `specloom-${randomName()}`;
	const pieces = multipart(request.parts, boundary, partFile).map((piece) => (typeof piece === 'string' ? fromText(piece) : piece));
	return { data: joined(pieces), contentType: `multipart/form-data; boundary=${boundary}` };
}

function partFile(value: unknown): PartFile<Bytes> | undefined {
	if (!isFile(value)) return undefined;
	const { data, fileName, contentType } = value;
	return { data, contentType, name: fileName };
}
