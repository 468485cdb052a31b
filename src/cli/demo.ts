import { rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeTemporaryFolder, startAiCrm } from '../../simulator/ai-crm.js';
import { demoConfig, demoRequestsPerHour } from '../../simulator/demo/demo-config.js';
import { Stack } from '../../simulator/demo/demo-stack.js';
import { show } from '../../simulator/demo/live-view.js';
import { ShownAlerts } from '../../simulator/demo/stack-view.js';
import { switchOn } from '../../simulator/faults.js';
import { startJobs } from '../../simulator/jobs.js';
import { App } from '../app.js';
import { systemClock } from '../base/clock.js';
import { createLog } from '../base/create-log.js';
import { ExporterError } from '../base/errors.js';
import type { Log } from '../base/log.js';
import { readVersion } from '../base/version.js';
import { loadConfig } from '../config/load.js';
import { type RunningServer, startServer } from '../http/server.js';
import { type CommandSurroundings, parseListenAddress } from './options.js';

/** Flags of `demo`. */
export interface DemoOptions {
  readonly 'web.listenAddress': readonly string[];
  readonly fault?: readonly string[];
  /** False with `--no-stack`. */
  readonly stack: boolean;
}

/** Interval of the checks for the end of the parent process. */
const lookEveryMilliseconds = 500;

/**
 * Calls `react` once when the parent process has ended. Its timer does not keep the process alive. Needed under `npm
 * run`: npm sends SIGTERM to a shell, which ends without ending this program.
 */
function onParentEnd(react: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    react();
  }, lookEveryMilliseconds);
  timer.unref();
}

/** Short, because people watch the demo. */
const intervalSeconds = 3;

/**
 * Runs the simulated AI-CRM, an exporter, and Prometheus, Alertmanager and Grafana if they are installed. Shows their
 * state until SIGINT, SIGTERM or SIGHUP, and then removes everything. A terminal shows a view that is drawn every
 * second; elsewhere each change is a line. Returns the exit code.
 */
export async function demo(options: DemoOptions, surroundings: CommandSurroundings): Promise<number> {
  const { environment, out, onSignal } = surroundings;
  const [address = '', second] = options['web.listenAddress'];
  if (second !== undefined)
    throw new ExporterError('usage', '--web.listen-address: the demo listens on one address only');
  const ended = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) onSignal(signal, resolve);
    // The reader of the output has gone.
    out.once('error', () => resolve());
    if (environment['npm_lifecycle_event'] !== undefined) onParentEnd(resolve);
  });
  const version = readVersion(environment);
  const log = new ShownAlerts(createLog({ level: 'error', format: 'logfmt' }), () => systemClock.nowSeconds());
  const aiCrm = await startAiCrm({ hasLatency: true, requestsPerHour: demoRequestsPerHour });
  const stops: (() => Promise<unknown>)[] = [() => aiCrm.stop()];
  try {
    const directory = await makeTemporaryFolder('ai-crm-exporter-demo-');
    stops.push(() => rm(directory, { recursive: true, force: true }));
    for (const fault of options.fault ?? []) await switchOn(aiCrm.faults, fault);
    const configFile = join(directory, 'monitoring.yml');
    const app = new App({
      clock: systemClock,
      log,
      version,
      loadConfig: () => loadConfig(configFile, { environment, directory }),
    });
    stops.push(() => app.stop());
    // Port 0 for the exporter means that the demo must not take usual ports.
    const stack = options.stack
      ? await Stack.plan(environment, { usualPortsFirst: parseListenAddress(address).port !== 0 })
      : undefined;
    // Listens first, because the configuration contains the address.
    const server = await listen(app, address, version.version, log, surroundings);
    stops.push(() => server.stop());
    const urls =
      stack === undefined
        ? {}
        : {
            stack: {
              exporter: server.url,
              alertmanager: stack.urlOf('Alertmanager'),
              prometheus: stack.urlOf('Prometheus'),
              grafana: stack.urlOf('Grafana'),
            },
          };
    await writeFile(configFile, demoConfig(aiCrm, { intervalSeconds, hasJobs: true, ...urls }));
    await app.start();
    const endJobs = startJobs({ faults: aiCrm.faults, clock: systemClock, exporterUrl: server.url });
    stops.push(async () => endJobs());
    if (stack !== undefined) {
      stops.push(() => stack.stop());
      const { host } = new URL(server.url);
      stack.start({
        environment,
        clock: systemClock,
        folder: directory,
        allFolders: [directory, dirname(aiCrm.caFile)],
        exporterAddress: host,
        config: app.config(),
      });
    }
    await show({
      app,
      aiCrm,
      url: server.url,
      configFile,
      out,
      ended,
      alerts: log,
      ...(stack === undefined ? {} : { stack }),
    });
  } finally {
    await endAll(stops.reverse());
  }
  return 0;
}

/** Calls all functions in order, also after a failure. Then throws the first failure. */
async function endAll(stops: readonly (() => Promise<unknown>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const stop of stops) await stop().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures[0];
}

/** Takes another port if this one is in use. */
async function listen(
  app: App,
  address: string,
  version: string,
  log: Log,
  { out }: CommandSurroundings,
): Promise<RunningServer> {
  const { host, port } = parseListenAddress(address);
  // Listens only on this machine if no host is given, because others have no use for a simulation.
  const options = {
    host: host === '::' ? '127.0.0.1' : host,
    telemetryPath: '/metrics',
    version,
    log,
    clock: systemClock,
  };
  try {
    return await startServer(app, { ...options, port });
  } catch (error) {
    if (!(error instanceof ExporterError) || error.code !== 'port_in_use') throw error;
    out.write(`${error.message}; the demo takes a free one\n`);
    return startServer(app, { ...options, port: 0 });
  }
}
