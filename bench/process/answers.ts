import { once } from 'node:events';
import { get } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Program } from './processes.js';

const patienceSeconds = 20;

/** A free port of the loopback interface. Another program may take it before it is used. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Repeats the request until this URL answers 200. Throws if the program ends, or after 20 s. */
export async function untilAnswers(
  url: string,
  program: Program,
  signal: AbortSignal,
  pauseMilliseconds = 50,
): Promise<void> {
  const deadline = performance.now() + patienceSeconds * 1000;
  while (!(await answersOk(url))) {
    if (!program.isRunning()) throw program.failure('ended before it answered');
    if (performance.now() > deadline) throw program.failure(`did not answer within ${patienceSeconds} s`);
    await sleep(pauseMilliseconds, undefined, { signal });
  }
}

function answersOk(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    get(url, { agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    }).on('error', () => resolve(false));
  });
}
