import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from '../app.js';
import { systemClock } from '../clock.js';
import { loadConfig } from '../config/load.js';
import { createLog } from '../create-log.js';
import { startAiCrm, type RunningAiCrm } from '../demo/ai-crm.js';
import { demoConfig, demoRequestsPerHour } from '../demo/demo-config.js';
import { lineOfChange, renderLiveView } from '../demo/live-view.js';
import { switchOn } from '../demo/parse-fault.js';
import { ExporterError } from '../errors.js';
import type { Log } from '../log.js';
import { startServer, type RunningServer } from '../http/server.js';
import { ownNumbersOf } from '../status/numbers.js';
import type { Overview } from '../status/overview.js';
import { readVersion } from '../version.js';
import { parseListenAddress } from './listen-address.js';
import type { DemoOptions, Surroundings } from './options.js';

/** Probes of the demo are this far apart: a show must move. */
const intervalSeconds = 3;
const redrawSeconds = 1;
const clearScreen = '\x1b[H\x1b[2J';

/**
 * Runs the simulated AI-CRM and an exporter that probes it, and shows how it is, until SIGINT or SIGTERM; leaves nothing
 * behind. On a terminal the view is drawn anew every second, elsewhere every change is a line. Returns the exit code.
 */
export async function demo(options: DemoOptions, surroundings: Surroundings): Promise<number> {
  const { environment, out, onSignal } = surroundings;
  const ended = new Promise<void>((resolve) => {
    onSignal('SIGINT', resolve);
    onSignal('SIGTERM', resolve);
    // Nobody is looking any more.
    out.once('error', () => resolve());
  });
  const version = readVersion(environment);
  const log = createLog({ level: 'error', format: 'logfmt' });
  const aiCrm = await startAiCrm({ hasLatency: true, requestsPerHour: demoRequestsPerHour });
  const directory = await mkdtemp(join(tmpdir(), 'ai-crm-exporter-demo-'));
  const file = join(directory, 'monitoring.yml');
  const app = new App({ clock: systemClock, log, version, loadConfig: () => loadConfig(file, { environment, directory }) });
  let server: RunningServer | undefined;
  try {
    for (const fault of options.fault ?? []) await switchOn(aiCrm.faults, fault);
    await writeFile(file, demoConfig(aiCrm, { intervalSeconds }));
    await app.start();
    server = await listen(app, options['web.listenAddress'], version.version, log, surroundings);
    await show(app, aiCrm, server.url, file, out, ended);
  } finally {
    await server?.stop();
    await app.stop();
    await aiCrm.stop();
    await rm(directory, { recursive: true, force: true });
  }
  return 0;
}

/** The demo is to be seen: when its port is taken, any other will do. */
async function listen(app: App, address: string, version: string, log: Log, { out }: Surroundings): Promise<RunningServer> {
  const { host, port } = parseListenAddress(address);
  // A simulation is nobody else's business, unless a host is named.
  const options = { host: host === '::' ? '127.0.0.1' : host, telemetryPath: '/metrics', version, log, clock: systemClock };
  try {
    return await startServer(app, { ...options, port });
  } catch (error) {
    if (!(error instanceof ExporterError) || error.code !== 'port_in_use') throw error;
    out.write(`${error.message}; the demo takes a free one\n`);
    return startServer(app, { ...options, port: 0 });
  }
}

async function show(app: App, { urls, faults }: RunningAiCrm, url: string, file: string, out: NodeJS.WriteStream, ended: Promise<void>): Promise<void> {
  const links = { metrics: `${url}/metrics`, status: `${url}/`, control: `${urls.control}/` };
  const draw = () => out.write(`${clearScreen}${renderLiveView(app.overview(), { width: out.columns, colour: out.hasColors(), urls: links, faults: faults.active(), numbers: ownNumbersOf(app.figures()) })}`);
  let last: Overview | undefined;
  const tell = () => {
    const current = app.overview();
    out.write(lineOfChange(last, current));
    last = current;
  };
  if (!out.isTTY) out.write(`metrics   ${links.metrics}\nstatus    ${links.status}\nfaults    ${links.control}\nconfig    ${file}\nCtrl-C ends it all.\n\n`);
  const step = out.isTTY ? draw : tell;
  step();
  const timer = setInterval(step, redrawSeconds * 1000);
  await ended;
  clearInterval(timer);
  out.write('\n');
}
