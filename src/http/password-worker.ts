import { parentPort } from 'node:worker_threads';
import { compareSync } from 'bcryptjs';

/** A password and a bcrypt hash to compare. The answer is whether they match. */
export interface Comparison {
  readonly password: string;
  readonly hash: string;
}

parentPort?.on('message', ({ password, hash }: Comparison) => parentPort?.postMessage(compareSync(password, hash)));
