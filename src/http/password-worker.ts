import { parentPort } from 'node:worker_threads';
import { compareSync } from 'bcryptjs';

/** A comparison to be made: the password and the bcrypt hash. The answer is whether they belong together. */
export interface Comparison {
  readonly password: string;
  readonly hash: string;
}

parentPort?.on('message', ({ password, hash }: Comparison) => parentPort?.postMessage(compareSync(password, hash)));
