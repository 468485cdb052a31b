import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask } from './ask.js';
import { type RunningProgram, rarelyCollecting, start } from './programs.js';
import { closedPort } from './raw-server.js';
import { until } from './until.js';
import { type MonitoringPrograms, older } from './versions.js';

/** One series of an instant query. */
export interface QueryResult {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [timeSeconds: number, value: string];
}

/** A real Prometheus on loopback, with its own storage. */
export interface RunningPrometheus {
  readonly url: string;
  readonly port: number;
  /** The error lines in its output so far. */
  readonly errors: () => readonly string[];
  /** The current result of an expression; rejects if the expression is invalid. */
  query(expression: string): Promise<readonly QueryResult[]>;
  /** Kills it, as a power failure does. */
  kill(): Promise<void>;
  /** Starts it again after `kill`, with its stored data. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts a Prometheus with this `prometheus.yml`, the older version by default, and waits until it is ready. `files` are written beside it,
 * by name.
 */
export async function startPrometheus(
  config: string,
  options: {
    readonly programs?: MonitoringPrograms;
    readonly files?: Readonly<Record<string, string>>;
    readonly args?: readonly string[];
    readonly port?: number;
    readonly storage?: string;
  } = {},
): Promise<RunningPrometheus> {
  const directory = await mkdtemp(join(tmpdir(), 'prometheus-'));
  const port = options.port ?? (await closedPort());
  const url = `http://127.0.0.1:${port}`;
  for (const [name, text] of Object.entries({ ...options.files, 'prometheus.yml': config }))
    await writeFile(join(directory, name), text);
  const launched = async (): Promise<RunningProgram> => {
    const args = [
      `--config.file=${directory}/prometheus.yml`,
      `--storage.tsdb.path=${options.storage ?? join(directory, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=warn',
      ...(options.args ?? []),
    ];
    const program = start((options.programs ?? older).prometheus, args, { environment: rarelyCollecting() });
    await until(
      'Prometheus is ready',
      async () => program.hasEnded() || (await ask(`${url}/-/ready`).catch(() => undefined))?.status === 200,
      30,
    );
    if (program.hasEnded()) throw new Error(`Prometheus did not start:\n${program.output()}`);
    return program;
  };
  let program = await launched();
  return {
    url,
    port,
    // Prometheus 3 writes levels in capitals.
    errors: () =>
      program
        .output()
        .split('\n')
        .filter((line) => /level=error/i.test(line)),
    query: async (expression) => {
      const answer = JSON.parse((await ask(`${url}/api/v1/query?query=${encodeURIComponent(expression)}`)).text) as {
        readonly data?: { readonly result: readonly QueryResult[] };
        readonly error?: string;
      };
      if (answer.data === undefined) throw new Error(`${expression}: ${answer.error}`);
      return answer.data.result;
    },
    kill: () => program.kill(),
    restart: async () => void (program = await launched()),
    stop: async () => {
      await program.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
