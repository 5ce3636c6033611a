/** The webhook trigger: subscribes our URL while the workflow is active, and checks what arrives there. */

import type { IDataObject, IHookFunctions, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import { buildRequest, elementOutput, failure, linkInputs, meets, ok } from '../core/core';
import type { Exchange, Values } from '../core/core';
import { isPlain, own } from '../core/json';
import { equal, fromText, hmac, joined } from './bytes';
import type { Bytes } from './bytes';
import { apiError, asNodeError } from './errors';
import { noFiles, readForm } from './form';
import type { Plan, Signature, TriggerPlan } from './plan';
import { connect, exchange, send } from './transport';
import type { Session } from './transport';
import { planOf } from './plan';

const TIMEOUT = 60000;
const REMEMBERED = 200;
/**
 * The ids of each node's last calls: services repeat what they are not sure of. In memory, since n8n 2.41 does not
 * keep what a call that starts a workflow adds to the static data.
 */
const recent = new Map<string, string[]>();

interface Memory {
	url?: string;
	event?: string;
	/** The inputs that end the subscription. */
	unsubscribe?: IDataObject;
	secret?: string;
}

function eventOf(context: IHookFunctions | IWebhookFunctions, plan: Plan): TriggerPlan {
	const trigger = plan.triggers[String(context.getNodeParameter('event'))];
	if (!trigger) throw new NodeOperationError(context.getNode(), 'The chosen event is not known');
	return trigger;
}

/** Whether this URL is subscribed to this event. */
export async function isSubscribed(context: IHookFunctions): Promise<boolean> {
	const memory = context.getWorkflowStaticData('node') as IDataObject & Memory;
	const event = String(context.getNodeParameter('event'));
	return memory.url === context.getNodeWebhookUrl('default') && memory.event === event;
}

/** Subscribes our URL; nothing where the service has no call for it and a person registers the URL. */
export async function subscribe(context: IHookFunctions, versions: Plan): Promise<boolean> {
	const plan = planOf(versions, context.getNode());
	const trigger = eventOf(context, plan);
	const memory = context.getWorkflowStaticData('node') as IDataObject & Memory;
	const url = context.getNodeWebhookUrl('default') as string;
	if (trigger.operation) {
		const inputs = await readForm(trigger.form || {}, (name) => context.getNodeParameter(name, null) as unknown, noFiles);
		const reply = await call(context, plan, trigger.operation, { ...inputs, [trigger.urlField || 'url']: url });
		if (trigger.unsubscribe) memory.unsubscribe = linkInputs(trigger.unsubscribe, reply) as IDataObject;
		memory.secret = secretIn(reply.body);
	}
	memory.url = url;
	memory.event = String(context.getNodeParameter('event'));
	return true;
}

/** Ends the subscription. One that is gone already is fine. */
export async function unsubscribe(context: IHookFunctions, versions: Plan): Promise<boolean> {
	const plan = planOf(versions, context.getNode());
	const memory = context.getWorkflowStaticData('node') as IDataObject & Memory;
	const trigger = plan.triggers[memory.event || ''];
	if (trigger && trigger.unsubscribe && memory.unsubscribe) {
		await call(context, plan, trigger.unsubscribe.operation, memory.unsubscribe, [404, 410]);
	}
	for (const name of ['url', 'event', 'unsubscribe', 'secret']) delete memory[name];
	return true;
}

async function call(context: IHookFunctions, plan: Plan, operation: string, inputs: Values, fine: number[] = []): Promise<Exchange> {
	const step = { operation, form: {} };
	const op = plan.service.operations[operation];
	try {
		const choice = context.getNodeParameter('authentication', '') as string;
		const session: Session = await connect(context, plan, TIMEOUT, 0, choice, op);
		const request = buildRequest(plan.service, op, inputs, session.baseUrl);
		const found = exchange(request, await send(session, request));
		if (ok(found) || fine.includes(found.status)) return found;
		throw apiError(context.getNode(), plan, step, failure(plan.service, op, found), 0);
	} catch (error) {
		throw asNodeError(context.getNode(), plan, step, error, 0);
	}
}

/** The signing secret a subscription's reply hands over. */
function secretIn(body: unknown): string | undefined {
	if (!isPlain(body)) return undefined;
	const name = Object.keys(body).find((key) => /secret/i.test(key) && typeof body[key] === 'string' && body[key] !== '');
	return name ? String(body[name]) : undefined;
}

/** Takes one call: refuses it where its signature is wrong, drops it where it is a repetition or not asked for. */
export async function receive(context: IWebhookFunctions, versions: Plan): Promise<IWebhookResponseData> {
	const plan = planOf(versions, context.getNode());
	const trigger = eventOf(context, plan);
	const memory = context.getWorkflowStaticData('node') as IDataObject & Memory;
	const secret = (await configuredSecret(context, plan)) || memory.secret;
	const headers = context.getHeaderData() as Record<string, unknown>;
	if (trigger.signature && secret && !(await isSigned(trigger.signature, secret, headers, rawBody(context), Date.now() / 1000))) {
		context.getResponseObject().status(401).json({ message: 'The signature is wrong' });
		return { noWebhookResponse: true };
	}
	const body = context.getBodyData();
	const id = trigger.signature && trigger.signature.idHeader ? headers[trigger.signature.idHeader.toLowerCase()] : undefined;
	if (typeof id === 'string' && isRepeated(`${String(context.getWorkflow().id)}/${context.getNode().id}`, id)) return {};
	if (!meets(body, trigger.when)) return {};
	return { workflowData: [[{ json: elementOutput(plan.service, trigger.media, body) as IDataObject }]] };
}

function isRepeated(node: string, id: string): boolean {
	const known = recent.get(node) || [];
	if (known.includes(id)) return true;
	recent.set(node, [id, ...known].slice(0, REMEMBERED));
	return false;
}

async function configuredSecret(context: IWebhookFunctions, plan: Plan): Promise<string> {
	if (!plan.credentials.length) return '';
	const choice = context.getNodeParameter('authentication', '') as string;
	const credential = plan.credentials.find((one) => one.choice === choice) || plan.credentials[0];
	const data = await context.getCredentials(credential.name);
	return typeof data.webhookSecret === 'string' ? data.webhookSecret : '';
}

function rawBody(context: IWebhookFunctions): Bytes {
	const raw = (context.getRequestObject() as unknown as { rawBody?: Bytes }).rawBody;
	return raw || fromText(JSON.stringify(context.getBodyData()));
}

/** Whether the call bears a signature made with the secret, not longer ago than the tolerance (`now` in seconds). */
export async function isSigned(
	rules: Signature,
	secret: string,
	headers: Record<string, unknown>,
	body: Bytes,
	now: number,
): Promise<boolean> {
	const header = (name: string | undefined) => String((name && own(headers, name.toLowerCase())) || '');
	const timestamp = header(rules.timestampHeader);
	if (rules.timestampHeader && !isRecent(timestamp, now, rules.tolerance)) return false;
	const parts = { timestamp, id: header(rules.idHeader) };
	const [before, after] = aroundBody(rules.content).map((text) => text.replace(/\{(timestamp|id)\}/g, (_, name: 'timestamp' | 'id') => parts[name]));
	const made = await hmac(hashOf(rules.algorithm), keyOf(secret), joined([fromText(before), body, fromText(after)]));
	// While a secret is being replaced, a service signs with both.
	const given = header(rules.signatureHeader).trim().split(/\s+/);
	return given.some((one) => equal(made, fromText(unprefixed(one, rules.prefix || ''), rules.encoding)));
}

/** 'hmac-sha256' as Web Crypto calls it. */
function hashOf(algorithm: string): string {
	return algorithm.replace(/^hmac-sha/, 'SHA-');
}

function aroundBody(content: string): [string, string] {
	const at = content.indexOf('{body}');
	return at < 0 ? [content, ''] : [content.slice(0, at), content.slice(at + 6)];
}

/** Standard Webhooks hands its secrets over as base64 behind a prefix. */
function keyOf(secret: string): Bytes {
	return secret.startsWith('whsec_') ? fromText(secret.slice(6), 'base64') : fromText(secret);
}

function isRecent(timestamp: string, now: number, tolerance: number): boolean {
	const stated = Number(timestamp);
	const seconds = stated > 1e11 ? stated / 1000 : stated;
	return timestamp !== '' && Number.isFinite(seconds) && Math.abs(now - seconds) <= tolerance;
}

function unprefixed(text: string, prefix: string): string {
	return prefix && text.startsWith(prefix) ? text.slice(prefix.length) : text;
}
