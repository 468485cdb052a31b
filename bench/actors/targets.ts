import { fileURLToPath } from 'node:url';
import type { Bench } from '../part.js';
import type { Program } from '../process/processes.js';

/** The probed services, in a separate process. */
export interface Targets {
  readonly program: Program;
  /** Without a slash at the end. Every path below it gets the same answer. */
  readonly origin: string;
  /** Number of requests so far. For targets that hang, number of connections. */
  count(): Promise<number>;
}

/** Starts targets. They answer every request with a healthy status of 200 bytes, or accept connections and hang. */
export async function startTargets({ processes }: Bench, mode: 'answering' | 'hanging'): Promise<Targets> {
  const program = await processes.start(
    process.execPath,
    [fileURLToPath(new URL('target-server.js', import.meta.url)), mode],
    { hasChannel: true },
  );
  const port = Number(await program.message());
  return { program, origin: `http://127.0.0.1:${port}`, count: async () => Number(await program.ask('count')) };
}
