/** Files in and out of binary fields. */

import type { IBinaryData, IBinaryKeyData, IExecuteFunctions } from 'n8n-workflow';
import { InputError, buildRequest, downloads, failure, fileName } from '../core/core';
import type { Download, Exchange, Operation, Request, Result } from '../core/core';
import { apiError } from './errors';
import type { FileSource, ReadFile } from './form';
import type { Step } from './plan';
import { exchange as exchangeOf, fetchFile, send, typeOf } from './transport';
import type { FileInput, Reply, Session } from './transport';

/** Reads the files the form's parameters name, in the form in which the service wants them. */
export function fileReader(context: IExecuteFunctions, session: Session, item: number): ReadFile {
	return async (source: FileSource) => {
		if (source.source === 'text') return source.value.replace(/^data:[^,]*;base64,/, '').trim();
		const file = source.source === 'binary' ? await fromItem(context, item, source.value) : await fromUrl(session, source);
		return source.form === 'base64' ? file.data.toString('base64') : file;
	};
}

async function fromItem(context: IExecuteFunctions, item: number, property: string): Promise<FileInput> {
	const about = context.helpers.assertBinaryData(item, property);
	const data = await context.helpers.getBinaryDataBuffer(item, property);
	return { data, fileName: about.fileName || property, contentType: about.mimeType || 'application/octet-stream' };
}

async function fromUrl(session: Session, source: FileSource): Promise<FileInput> {
	if (!/^https?:\/\//i.test(source.value)) throw new InputError(`${source.field} is no http(s) address`, source.field);
	const reply = await fetchFile(session, source.value);
	if (reply.status < 200 || reply.status > 299) throw new InputError(`${source.value} answered ${reply.status}`, source.field);
	return { data: reply.bytes, fileName: nameOf(undefined, reply, 'file'), contentType: contentType(undefined, reply) };
}

/** The reply itself as a binary field. */
export async function binaryReply(context: IExecuteFunctions, reply: Reply, property: string, name: unknown): Promise<IBinaryKeyData> {
	const data = await context.helpers.prepareBinaryData(reply.bytes, nameOf(name, reply, 'file'), contentType(undefined, reply));
	return { [property]: data };
}

/** The files of a result in its order; undefined where there is nothing to fetch. */
export async function download(
	context: IExecuteFunctions, session: Session, step: Step, op: Operation, result: Result, last: Exchange, item: number,
): Promise<Array<IBinaryData | undefined>> { // prettier-ignore
	const found: Array<IBinaryData | undefined> = [];
	const links = downloads(session.plan.service, op, last, result.items.length);
	for (const [index, media] of result.items.entries()) {
		const reply = await fetchMedia(session, links[index], media.url);
		if (!reply) {
			found.push(undefined);
			continue;
		}
		if (reply.status < 200 || reply.status > 299) {
			const about = { status: reply.status, headers: reply.headers as Record<string, unknown>, body: undefined };
			throw apiError(context.getNode(), session.plan, step, { ...failure(session.plan.service, op, about), message: `The file could not be fetched: HTTP ${reply.status}` }, item);
		}
		const type = contentType(media.content_type, reply);
		const name = nameOf(media.file_name, reply, `${result.type}-${index + 1}`, type);
		found.push(await context.helpers.prepareBinaryData(reply.bytes, name, type));
	}
	return found;
}

/** Several files in one item: the first in `property`, the others in `property_1`, `property_2`, … */
export function merged(files: Array<IBinaryData | undefined>, property: string): IBinaryKeyData {
	const named = files.map((file, index) => [index === 0 ? property : `${property}_${index}`, file] as const);
	return Object.fromEntries(named.filter((one): one is [string, IBinaryData] => one[1] !== undefined));
}

/** By the operation that returns the bytes, where the document names one; by the URL otherwise. */
async function fetchMedia(session: Session, link: Download | undefined, url: unknown): Promise<Reply | undefined> {
	const request = link && downloadRequest(session, link);
	if (request) return await send(session, request);
	return typeof url === 'string' && /^https?:\/\//i.test(url) ? await fetchFile(session, url) : undefined;
}

function downloadRequest(session: Session, link: Download): Request | undefined {
	const { service } = session.plan;
	try {
		return buildRequest(service, service.operations[link.operation], link.inputs, session.baseUrl);
	} catch {
		return undefined;
	}
}

function contentType(said: unknown, reply: Reply): string {
	const told = (typeOf(reply) || '').replace(/;.*$/, '').trim();
	if (told && told !== 'application/octet-stream') return told;
	return typeof said === 'string' && /^[\w.+-]+\/[\w.+-]+$/.test(said) ? said : told || 'application/octet-stream';
}

/** The file's name: as the result says, as the reply says, or the URL's end. */
function nameOf(said: unknown, reply: Reply, fallback: string, type = typeOf(reply)): string {
	return fileName({ said, disposition: reply.headers['content-disposition'], url: reply.url, contentType: type }, fallback);
}

/** What a reply in binary says about itself. */
export function about(request: Request, reply: Reply): Exchange {
	return exchangeOf(request, reply, true);
}
