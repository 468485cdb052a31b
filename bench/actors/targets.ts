import { fileURLToPath } from 'node:url';
import type { Bench } from '../part.js';
import type { Program } from '../process/processes.js';

/** The probed services, in a process of their own. */
export interface Targets {
  readonly program: Program;
  /** Without a slash at its end; every path below it is answered alike. */
  readonly origin: string;
  /** Requests so far; connections, for targets that hang. */
  count(): Promise<number>;
}

/** Starts targets that answer every request with a healthy status of 200 bytes, or that accept connections and hang. */
export async function startTargets({ processes }: Bench, mode: 'answering' | 'hanging'): Promise<Targets> {
  const program = await processes.start(
    process.execPath,
    [fileURLToPath(new URL('target-server.js', import.meta.url)), mode],
    { hasChannel: true },
  );
  const port = Number(await program.message());
  return { program, origin: `http://127.0.0.1:${port}`, count: async () => Number(await program.ask('count')) };
}
