/** Items side by side: how many are under way at once, when the next one waits, and when no further one is started. */

import type { IExecuteFunctions } from 'n8n-workflow';
import { NodeOperationError, sleep } from 'n8n-workflow';
import { normalize } from '../core/core';
import type { Exchange, Operation, Service } from '../core/core';
import type { NodeFailure, Work } from './errors';

/** Seconds. Who would have to wait longer is told by the service. */
const LONGEST_WAIT = 120;
/** Of a service that says no more than that there were too many calls. */
const USUAL_WAIT = 5;
/** With these the next call fails as well. */
const FATAL = [401, 402, 403];
const MOST_TOLD = 50;

/** One run of the node over all of its items. */
export class Batch {
	/** Why nothing further is started. */
	halted?: NodeFailure;
	private readonly works = new Map<number, Work>();
	private until = 0;
	private starts: number[] = [];

	constructor(
		private readonly context: IExecuteFunctions,
		/** Of items. */
		readonly count: number,
	) {}

	/** What is waited for need not go on: the run fails as a whole. */
	get ended(): boolean {
		return !!this.halted && !continues(this.context);
	}

	/** What `work` gives for each item, in their order; undefined for those that were not started. */
	async sideBySide<T>(most: number, work: (item: number) => Promise<T>): Promise<Array<T | undefined>> {
		const results = new Array<T | undefined>(this.count).fill(undefined);
		let next = 0;
		const worker = async () => {
			while (next < this.count && !this.halted) {
				const item = next++;
				results[item] = await work(item);
			}
		};
		await Promise.all(Array.from({ length: Math.max(1, Math.min(most, this.count)) }, worker));
		return results;
	}

	/** A failed item: whether the others go on. */
	failed(error: NodeFailure): void {
		const status = error.specloom && error.specloom.status;
		if (!continues(this.context) || FATAL.includes(Number(status))) this.halted = this.halted || error;
	}

	/** Notes work that the service has begun, whether or not the run sees its end. */
	began(item: number, work: Work): void {
		this.works.set(item, work);
	}

	/** In words, the work that was begun: the error of the run as a whole says it. */
	told(): string {
		const ids = [...this.works.entries()].sort(([a], [b]) => a - b).map(([, work]) => work.id || work.job_url);
		const known = ids.filter((id) => !!id);
		if (!known.length || this.count < 2) return '';
		return ` Already started: ${known.slice(0, MOST_TOLD).join(', ')}${known.length > MOST_TOLD ? ', …' : '.'}`;
	}

	/** Waits until the service takes another call, as far as it says so. False: nothing is to be started any more. */
	async turn(service: Service): Promise<boolean> {
		for (;;) {
			if (this.halted) return false;
			const wait = Math.max(this.until - Date.now(), this.allowance(service));
			if (wait <= 0) break;
			await rest(this.context, wait / 1000);
		}
		this.starts.push(Date.now());
		return true;
	}

	/** Milliseconds until the documented allowance has room. */
	private allowance({ rateLimit }: Service): number {
		const { requests = 0, seconds = 0 } = rateLimit || {};
		if (!requests || !seconds || seconds > LONGEST_WAIT || this.count < 2) return 0;
		const oldest = this.starts[this.starts.length - requests];
		return oldest === undefined ? 0 : oldest + seconds * 1000 - Date.now();
	}

	/** Reads of a reply when the next call may be made. */
	heard(service: Service, op: Operation, seen: Exchange): void {
		const { rate_limit: limit } = normalize(service, op, seen);
		if (limit && limit.remaining === 0 && limit.reset) this.pause(limit.reset - Date.now() / 1000);
	}

	/** Nothing is sent for so many seconds; false where that is too long to wait. */
	pause(seconds: number | null): boolean {
		const wait = seconds === null ? USUAL_WAIT : seconds;
		if (wait > LONGEST_WAIT) return false;
		this.until = Math.max(this.until, Date.now() + wait * 1000);
		return true;
	}
}

/** Whether an item that failed does not cost the others. Agents see what is returned, and of an error nothing. */
export function continues(context: IExecuteFunctions): boolean {
	return context.continueOnFail() || isTool(context);
}

export function isTool(context: IExecuteFunctions): boolean {
	const isRun = typeof context.isToolExecution === 'function' && context.isToolExecution();
	return isRun || context.getNode().type.endsWith('Tool');
}

/** Sleeps in short steps, so that a stopped execution ends soon. */
export async function rest(context: IExecuteFunctions, seconds: number, ended: () => boolean = () => false): Promise<void> {
	const signal = context.getExecutionCancelSignal();
	for (let left = seconds * 1000; left > 0 && !ended(); left -= 1000) {
		if (signal && signal.aborted) throw new NodeOperationError(context.getNode(), 'The execution was stopped');
		await sleep(Math.min(left, 1000));
	}
}
