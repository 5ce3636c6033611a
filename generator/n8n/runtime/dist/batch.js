"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.Batch = void 0;
exports.continues = continues;
exports.isTool = isTool;
exports.rest = rest;
const n8n_workflow_1 = require("n8n-workflow");
const core_1 = require("../core/core");
const LONGEST_WAIT = 120;
const USUAL_WAIT = 5;
const FATAL = [401, 402, 403];
const MOST_TOLD = 50;
class Batch {
    constructor(context, count) {
        this.context = context;
        this.count = count;
        this.works = new Map();
        this.until = 0;
        this.starts = [];
    }
    get ended() {
        return !!this.halted && !continues(this.context);
    }
    async sideBySide(most, work) {
        const results = new Array(this.count).fill(undefined);
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
    failed(error) {
        const status = error.specloom && error.specloom.status;
        if (!continues(this.context) || FATAL.includes(Number(status)))
            this.halted = this.halted || error;
    }
    began(item, work) {
        this.works.set(item, work);
    }
    told() {
        const ids = [...this.works.entries()].sort(([a], [b]) => a - b).map(([, work]) => work.id || work.job_url);
        const known = ids.filter((id) => !!id);
        if (!known.length || this.count < 2)
            return '';
        return ` Already started: ${known.slice(0, MOST_TOLD).join(', ')}${known.length > MOST_TOLD ? ', …' : '.'}`;
    }
    async turn(service) {
        for (;;) {
            if (this.halted)
                return false;
            const wait = Math.max(this.until - Date.now(), this.allowance(service));
            if (wait <= 0)
                break;
            await rest(this.context, wait / 1000);
        }
        this.starts.push(Date.now());
        return true;
    }
    allowance({ rateLimit }) {
        const { requests = 0, seconds = 0 } = rateLimit || {};
        if (!requests || !seconds || seconds > LONGEST_WAIT || this.count < 2)
            return 0;
        const oldest = this.starts[this.starts.length - requests];
        return oldest === undefined ? 0 : oldest + seconds * 1000 - Date.now();
    }
    heard(service, op, seen) {
        const { rate_limit: limit } = (0, core_1.normalize)(service, op, seen);
        if (limit && limit.remaining === 0 && limit.reset)
            this.pause(limit.reset - Date.now() / 1000);
    }
    pause(seconds) {
        const wait = seconds === null ? USUAL_WAIT : seconds;
        if (wait > LONGEST_WAIT)
            return false;
        this.until = Math.max(this.until, Date.now() + wait * 1000);
        return true;
    }
}
exports.Batch = Batch;
function continues(context) {
    return context.continueOnFail() || isTool(context);
}
function isTool(context) {
    const isRun = typeof context.isToolExecution === 'function' && context.isToolExecution();
    return isRun || context.getNode().type.endsWith('Tool');
}
async function rest(context, seconds, ended = () => false) {
    const signal = context.getExecutionCancelSignal();
    for (let left = seconds * 1000; left > 0 && !ended(); left -= 1000) {
        if (signal && signal.aborted)
            throw new n8n_workflow_1.NodeOperationError(context.getNode(), 'The execution was stopped');
        await (0, n8n_workflow_1.sleep)(Math.min(left, 1000));
    }
}
