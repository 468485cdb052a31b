import { writeFile } from 'node:fs/promises';
import { ClientTokens } from '../access/client-tokens.js';
import { PoliteDataAccess } from '../access/polite-access.js';
import { AiCrmMemory } from '../ai-crm/operation.js';
import { systemClock } from '../base/clock.js';
import { createLog } from '../base/create-log.js';
import { ExporterError, whyUnwritable } from '../base/errors.js';
import { exitCodeOf } from '../base/level.js';
import { readVersion } from '../base/version.js';
import { createCollectors } from '../collectors/all-collectors.js';
import { loadConfig } from '../config/load.js';
import { reportedHeartbeats } from '../heartbeats/heartbeats.js';
import { createHostSource } from '../host/host-collectors.js';
import { createCalendar } from '../maintenance/maintenance-calendar.js';
import { CurrentSilences } from '../maintenance/silences.js';
import type { HttpProber } from '../net/http-client.js';
import { createResolver } from '../net/resolve.js';
import { TlsContexts } from '../net/tls.js';
import { overviewOf } from '../status/overview.js';
import { type CheckedParts, needsOf, selected } from './check-selection.js';
import { componentsText } from './maintenance.js';
import { type CommandSurroundings, type CommonOptions, heartbeatFileOf } from './options.js';
import { renderReport } from './report.js';
import { runAll } from './run-all.js';

/** Flags of `check`. */
export interface CheckOptions extends CommonOptions, CheckedParts {
  readonly json?: true;
  readonly html?: string;
  readonly 'storage.path'?: string;
}

/**
 * Probes everything once, without what the flags leave out, and prints the report. Returns the exit code of the level
 * (Nagios convention). Throws `ExporterError` for an invalid configuration, an unknown component, and a page that
 * cannot be written.
 */
export async function check(
  options: CheckOptions,
  { environment, directory, out, errors }: CommandSurroundings,
): Promise<number> {
  const { version } = readVersion(environment);
  const config = selected(
    await loadConfig(options['config.file'], { environment, directory, needs: needsOf(options) }),
    options,
  );
  const log = createLog({
    level: options['log.level'] === 'info' ? 'warn' : options['log.level'],
    format: options['log.format'],
  });
  const silences = new CurrentSilences();
  const calendar = await createCalendar(config.maintenanceWindows, silences);
  const prober: HttpProber = {
    resolve: createResolver(),
    tlsContexts: new TlsContexts(),
    userAgent: `ai-crm-exporter/${version}`,
  };
  const tokens = new ClientTokens({ prober });
  const data = new PoliteDataAccess({ prober, clock: systemClock, log, tokens });
  data.configure(config);
  const collectors = await createCollectors({
    config,
    prober,
    data,
    healthGates: data,
    host: config.host.enabled ? createHostSource(config.host) : null,
    calendar,
    silences,
    clock: systemClock,
    log,
    memories: new Map(),
    aiCrmMemory: new AiCrmMemory(),
    logCounts: new Map(),
    tokens,
    isVerbose: options.verbose === true,
  });
  const latest = await runAll(collectors, config.concurrency, systemClock);
  const { figures } = latest;
  const now = systemClock.nowSeconds();
  const heartbeats = await reportedHeartbeats(config.heartbeats, heartbeatFileOf(options, environment), now);
  if (heartbeats.length < config.heartbeats.length)
    errors.write('jobs are left out: give the folder in which the exporter keeps their reports with --storage.path\n');
  const overview = overviewOf(config, latest, calendar, now, heartbeats);
  if (options.html !== undefined) {
    const { renderStatusPage } = await import('../http/page/status-page.js');
    await writePage(options.html, renderStatusPage({ overview, config, figures, version, links: false }));
  }
  if (options.json === true) {
    const { statusDocument } = await import('../http/status-document.js');
    out.write(`${JSON.stringify(statusDocument({ overview, config, figures, version }), null, 2)}\n`);
  } else {
    const verbose = options.verbose === true;
    const all = options.component === undefined;
    out.write(
      renderReport(
        overview,
        all
          ? { verbose }
          : { verbose, subject: componentsText([...config.components, ...config.heartbeats].map(({ name }) => name)) },
      ),
    );
  }
  return exitCodeOf(overview.level);
}

async function writePage(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    throw new ExporterError('usage', `--html: ${file}: ${whyUnwritable(error)}`, { cause: error });
  }
}
