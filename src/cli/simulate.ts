import { copyFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type RunningAiCrm, startAiCrm } from '../../simulator/ai-crm.js';
import { demoConfig, demoRequestsPerHour } from '../../simulator/demo/demo-config.js';
import { switchOn } from '../../simulator/faults.js';
import { startJobs } from '../../simulator/jobs.js';
import { type PortName, portNames } from '../../simulator/servers.js';
import { systemClock } from '../base/clock.js';
import { ExporterError, whyUnwritable } from '../base/errors.js';
import { withoutSecretsOfUrls } from '../base/sensitive.js';
import type { CommandSurroundings } from './options.js';

/** Flags of `simulate`. */
export interface SimulateOptions {
  readonly host: string;
  readonly advertise?: string;
  readonly 'control.host': string;
  readonly 'port.base'?: string;
  readonly fault?: readonly string[];
  readonly 'exporter.url'?: string;
  readonly 'config.out'?: string;
}

/** Usual ports of the parts of AI-CRM, and one for the page that switches faults. */
const usualPorts: Readonly<Record<PortName, number>> = {
  backend: 8000,
  frontend: 3000,
  monitoring: 5000,
  gateway: 8443,
  postgres: 5432,
  redis: 6379,
  control: 8001,
};

/** The same as in the demo. */
const intervalSeconds = 3;

/** File with the certificate that signed the gateway's, next to the configuration. */
const authorityFile = 'ai-crm-ca.pem';

/**
 * `simulate`: runs only the simulated AI-CRM, for exporters elsewhere, until SIGINT, SIGTERM or SIGHUP. Returns the
 * exit code. Throws `usage`, `port_in_use`, `listen_failed`, and `output_unwritable` for a configuration that cannot be
 * written.
 */
export async function simulate(
  options: SimulateOptions,
  { directory, out, onSignal }: CommandSurroundings,
): Promise<number> {
  const ended = new Promise<void>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) onSignal(signal, done);
    out.once('error', () => done());
  });
  const { host, advertise } = options;
  const exporterUrl = exporterUrlOf(options);
  const ports = portsFrom(options['port.base']);
  const aiCrm = await startAiCrm({
    host,
    controlHost: options['control.host'],
    ...(advertise === undefined ? {} : { advertise }),
    ports,
    hasLatency: true,
    requestsPerHour: demoRequestsPerHour,
  });
  let endJobs = () => {};
  try {
    for (const fault of options.fault ?? []) await switchOn(aiCrm.faults, fault);
    const configFile = options['config.out'];
    if (configFile !== undefined) await writeConfig(aiCrm, resolve(directory, configFile), exporterUrl !== undefined);
    out.write(portNames.map((name) => `${name.padEnd(10)} ${aiCrm.urls[name]}\n`).join(''));
    if (configFile !== undefined) out.write(`${'config'.padEnd(10)} ${resolve(directory, configFile)}\n`);
    if (exporterUrl !== undefined) endJobs = startJobs({ faults: aiCrm.faults, clock: systemClock, exporterUrl });
    await ended;
  } finally {
    endJobs();
    await aiCrm.stop();
  }
  return 0;
}

function exporterUrlOf({ 'exporter.url': url }: SimulateOptions): string | undefined {
  if (url === undefined || /^http:\/\/[^/?#@]+\/?$/.test(url)) return url?.replace(/\/$/, '');
  throw new ExporterError(
    'usage',
    `--exporter.url must be http://host:port, not ${JSON.stringify(withoutSecretsOfUrls(url.slice(0, 60)))}`,
  );
}

/** The usual ports, or consecutive ports from a number on; 0 means any free ports. */
function portsFrom(base: string | undefined): Readonly<Record<PortName, number>> {
  if (base === undefined) return usualPorts;
  const first = Number(base);
  const highest = 65_536 - portNames.length;
  if (!/^\d+$/.test(base) || first > highest)
    throw new ExporterError(
      'usage',
      `--port.base must be a whole number from 0 to ${highest}, not ${JSON.stringify(base.slice(0, 60))}`,
    );
  return Object.fromEntries(portNames.map((name, index) => [name, first === 0 ? 0 : first + index])) as Record<
    PortName,
    number
  >;
}

/** Writes the certificate first, so that a program that waits for the configuration finds it. */
async function writeConfig(aiCrm: RunningAiCrm, file: string, hasJobs: boolean): Promise<void> {
  try {
    await copyFile(aiCrm.caFile, join(dirname(file), authorityFile));
    await writeFile(file, demoConfig(aiCrm, { intervalSeconds, hasJobs, caFile: authorityFile }));
  } catch (error) {
    throw new ExporterError('output_unwritable', `${file}: ${whyUnwritable(error)}`, { cause: error });
  }
}
