import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningAiCrm, startAiCrm } from '../../simulator/ai-crm.js';
import { demoConfig, demoRequestsPerHour } from '../../simulator/demo/demo-config.js';
import { App } from '../../src/app.js';
import { type Clock, systemClock } from '../../src/base/clock.js';
import { loadConfig } from '../../src/config/load.js';
import { startServer } from '../../src/http/server.js';
import { RecordedLog } from './recorded-log.js';
import { until } from './until.js';

/** The simulated AI-CRM with an exporter, as in `npm run demo`. */
export interface DemoExporter {
  readonly aiCrm: RunningAiCrm;
  readonly app: App;
  readonly url: string;
  readonly port: number;
  /** The path of its `monitoring.yml`. */
  readonly configFile: string;
  stop(): Promise<void>;
}

/** For a `monitoring.yml`: parts of the host that every machine has, even a sandbox without network. */
export const hostOfAnyMachine = 'host: {mountpoints: [/], devices: [lo]}\n';

/** Starts both on free ports and waits until every collector has run. */
export async function startDemoExporter(intervalSeconds = 3): Promise<DemoExporter> {
  const aiCrm = await startAiCrm({ requestsPerHour: demoRequestsPerHour });
  return startExporterOf(aiCrm, demoConfig(aiCrm, { intervalSeconds }) + hostOfAnyMachine);
}

/**
 * Starts an exporter with this `monitoring.yml` for a simulated AI-CRM, and waits until every collector has run. Its stop also stops the
 * AI-CRM.
 */
export async function startExporterOf(
  aiCrm: RunningAiCrm,
  configText: string,
  clock: Clock = systemClock,
): Promise<DemoExporter> {
  const directory = await mkdtemp(join(tmpdir(), 'ai-crm-exporter-test-'));
  const configFile = join(directory, 'monitoring.yml');
  await writeFile(configFile, configText);
  const log = new RecordedLog();
  const app = new App({
    clock,
    log,
    version: { version: '0.0.0', nodeVersion: process.version },
    loadConfig: () => loadConfig(configFile, { environment: {}, directory }),
  });
  await app.start();
  const server = await startServer(app, {
    host: '127.0.0.1',
    port: 0,
    telemetryPath: '/metrics',
    version: '0.0.0',
    log,
    clock,
  });
  await until('every collector has run', () => app.isReady());
  return {
    aiCrm,
    app,
    configFile,
    url: server.url,
    port: server.port,
    stop: async () => {
      await server.stop();
      await app.stop();
      await aiCrm.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
