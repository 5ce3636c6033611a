/** Slow steps by way of the connection's gateway, which waits for the service and answers with the result. */

import { exchangeOf, failure, gatewayRequest, isFinal, jobRequest, writes } from '../core/core';
import type { Failure, Operation, Request, Values } from '../core/core';
import { isObject } from '../core/json';
import type { Connection, Run } from './app';
import { sleep } from './calls';
import type { Outcome } from './calls';
import { errorOf } from './errors';
import { withFiles } from './files';
import { send } from './http';
import type { Reply } from './http';

/** Seconds a started job may take to be acknowledged. */
const START = 20;
/** Seconds between two looks at a job. */
const INTERVAL = 3;

type Gateway = NonNullable<Connection['gateway']>;

/** Starts the operation; with `callback` the gateway posts there once it is done, otherwise it is waited for. */
export async function runThrough(
  run: Run,
  op: Operation,
  inputs: Values,
  { callback, wait }: { callback?: string; wait: boolean },
): Promise<Outcome> {
  const seconds = !callback && wait ? Math.max(1, Math.floor((run.patience - Date.now()) / 1000)) : undefined;
  const options = {
    ...(run.connection.gateway as Gateway),
    respondAsync: !!callback || !wait,
    callback,
    wait: seconds,
  };
  const request = gatewayRequest(run.app.service, op, inputs, options);
  return resultOf(run, op, request, await ask(run, request, writes(op), callback ? START : undefined));
}

/**
 * The state of a job the gateway runs; with `wait` asked again until it is final or the step's time is over. Undefined
 * where the gateway knows no such job.
 */
export async function jobOf(run: Run, op: Operation, jobId: string, wait = true): Promise<Outcome | undefined> {
  const { url, key } = run.connection.gateway as Gateway;
  const request = jobRequest(`${url}/jobs/${encodeURIComponent(jobId)}`, { key });
  for (;;) {
    const reply = await ask(run, request, false);
    if (reply.status === 404 && !wait) return undefined;
    const result = resultOf(run, op, request, reply);
    if (!wait || isFinal(result.status) || Date.now() + INTERVAL * 1000 > run.patience) return result;
    await sleep(INTERVAL);
  }
}

async function ask(run: Run, request: Request, writing: boolean, seconds?: number): Promise<Reply> {
  const { url } = run.connection.gateway as Gateway;
  const reply = await send(run, request, { origins: [url], seconds });
  if (reply.problem) {
    throw errorOf(run, { ...reply.problem, message: `The gateway at ${url}: ${reply.problem.message}` }, { writing });
  }
  return reply;
}

/** The body is the result; failures carry `error`, those of the gateway itself too. */
function resultOf(run: Run, op: Operation, request: Request, reply: Reply): Outcome {
  const { body, status } = reply;
  if (isObject(body) && isObject(body.error) && body.error.type) {
    throw errorOf(run, body.error as unknown as Failure, { writing: writes(op) });
  }
  if (status >= 300 || !isObject(body) || typeof body.status !== 'string') {
    const failed = failure(run.app.service, { ...op, job: undefined }, exchangeOf(request, reply));
    throw errorOf(run, { ...failed, message: `The gateway answered: ${failed.message}` });
  }
  return withFiles(run, body as unknown as Outcome, op, { status: 200, headers: {}, body: body.raw });
}
