/**
 * Bytes, digests and addresses: what of Node the runtime uses. It is declared here, within the module, so that the
 * package compiles with and without Node's type definitions.
 */

import type { IExecuteFunctions } from 'n8n-workflow';

/** Node's Buffer, as n8n hands it out. */
export type Bytes = Awaited<ReturnType<IExecuteFunctions['helpers']['getBinaryDataBuffer']>>;

declare const Buffer: {
	from(data: unknown, encoding?: string): Bytes;
	concat(list: Bytes[]): Bytes;
	isBuffer(value: unknown): boolean;
};
declare const crypto: {
	randomUUID(): string;
	subtle: {
		digest(algorithm: string, data: Bytes): Promise<ArrayBuffer>;
		importKey(format: 'raw', key: Bytes, algorithm: object, extractable: boolean, uses: string[]): Promise<object>;
		sign(algorithm: string, key: object, data: Bytes): Promise<ArrayBuffer>;
	};
};

export function fromText(text: string, encoding: 'utf8' | 'base64' | 'hex' = 'utf8'): Bytes {
	return Buffer.from(text, encoding);
}

export function joined(list: Bytes[]): Bytes {
	return Buffer.concat(list);
}

export function isBytes(value: unknown): value is Bytes {
	return Buffer.isBuffer(value);
}

/** A reply's body, whatever the client made of it. */
export function asBytes(body: unknown): Bytes {
	if (typeof body === 'string' || body instanceof ArrayBuffer) return Buffer.from(body);
	if (isBytes(body)) return body;
	return Buffer.from(body === undefined || body === null ? '' : JSON.stringify(body));
}

export function randomName(): string {
	return crypto.randomUUID();
}

/** A short digest of any data. */
export async function digest(value: unknown): Promise<string> {
	const found = await crypto.subtle.digest('SHA-256', Buffer.from(JSON.stringify(value)));
	return Buffer.from(found).toString('hex').slice(0, 32);
}

/** `hash`: SHA-1, SHA-256 or SHA-512. */
export async function hmac(hash: string, secret: Bytes, data: Bytes): Promise<Bytes> {
	const key = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash }, false, ['sign']);
	return Buffer.from(await crypto.subtle.sign('HMAC', key, data));
}

/** Compares without telling by its time where the first difference is. */
export function equal(left: Bytes, right: Bytes): boolean {
	let difference = left.length ^ right.length;
	for (let i = 0; i < left.length; i++) difference |= left[i] ^ (right[i] || 0);
	return difference === 0;
}
