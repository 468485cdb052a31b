import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask } from './ask.js';
import { type RunningProgram, run, start } from './programs.js';
import { closedPort } from './raw-server.js';
import { until } from './until.js';
import { type MonitoringPrograms, older } from './versions.js';

/** The output of one of our templates, by this amtool. The file has the data of a notification as JSON. */
export function renderTemplate(
  { amtool }: MonitoringPrograms,
  template: string,
  dataFile: string,
  type: 'html' | 'text',
) {
  return run(amtool, [
    'template',
    'render',
    '--template.glob=alertmanager/templates/*.tmpl',
    `--template.type=${type}`,
    `--template.text={{ template "${template}" . }}`,
    `--template.data=${dataFile}`,
  ]);
}

/** A real Alertmanager on loopback, with its own storage. */
export interface RunningAlertmanager {
  readonly url: string;
  readonly port: number;
  /** Its output. */
  readonly logFile: string;
  /** The folder of its configuration and the files in it. */
  readonly directory: string;
  /** Reads a path of its API v2. */
  get(path: string): Promise<unknown>;
  /** Loads another configuration; rejects if it is not valid. */
  reconfigure(config: string): Promise<void>;
  /** Kills it, as a power failure does. */
  kill(): Promise<void>;
  /** Starts it again after `kill`, with its stored data. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts an Alertmanager with this `alertmanager.yml`, the older version by default, and waits until it is ready. */
export async function startAlertmanager(
  config: string,
  options: {
    readonly programs?: MonitoringPrograms;
    readonly args?: readonly string[];
    readonly directory?: string;
    readonly port?: number;
    readonly routePrefix?: string;
  } = {},
): Promise<RunningAlertmanager> {
  const storage = await mkdtemp(join(tmpdir(), 'alertmanager-'));
  const directory = options.directory ?? storage;
  const file = join(directory, 'alertmanager.yml');
  const logFile = join(storage, 'alertmanager.log');
  const port = options.port ?? (await closedPort());
  const url = `http://127.0.0.1:${port}${options.routePrefix ?? ''}`;
  await writeFile(file, config);
  const args = [
    `--config.file=${file}`,
    `--storage.path=${storage}/data`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--cluster.listen-address=',
    ...(options.routePrefix === undefined ? [] : [`--web.route-prefix=${options.routePrefix}`]),
    ...(options.args ?? []),
  ];
  const isUp = async () => (await ask(`${url}/-/ready`).catch(() => undefined))?.status === 200;
  const launched = async (): Promise<RunningProgram> => {
    // A shell redirects its output, since Alertmanager has no option for a log file.
    const program = start('sh', ['-c', 'exec "$ALERTMANAGER" "$@" >>"$LOG" 2>&1', 'sh', ...args], {
      environment: { PATH: process.env['PATH'], ALERTMANAGER: (options.programs ?? older).alertmanager, LOG: logFile },
    });
    await until('Alertmanager is ready', async () => program.hasEnded() || isUp(), 20);
    if (program.hasEnded()) throw new Error(`Alertmanager did not start:\n${await readFile(logFile, 'utf8')}`);
    return program;
  };
  let program = await launched();
  return {
    url,
    port,
    logFile,
    directory,
    get: async (path) => JSON.parse((await ask(`${url}/api/v2${path}`)).text) as unknown,
    reconfigure: async (next) => {
      await writeFile(file, next);
      const { status, text } = await ask(`${url}/-/reload`, { method: 'POST' });
      if (status !== 200) throw new Error(`Alertmanager did not take the configuration: ${text}`);
    },
    kill: () => program.kill(),
    restart: async () => void (program = await launched()),
    stop: async () => {
      await program.stop();
      await rm(storage, { recursive: true, force: true });
    },
  };
}
