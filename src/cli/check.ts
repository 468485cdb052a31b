import { writeFile } from 'node:fs/promises';
import { systemClock, type Clock } from '../clock.js';
import type { Collector } from '../collectors/collector.js';
import { createCollectors } from '../collectors/index.js';
import { createCalendar } from '../collectors/maintenance-calendar.js';
import type { Config } from '../config/config.js';
import { loadConfig } from '../config/load.js';
import { createLog } from '../create-log.js';
import { ExporterError, systemCodeOf } from '../errors.js';
import { exitCodeOf } from '../level.js';
import { catalogue } from '../metrics/catalogue.js';
import { Recorder } from '../metrics/recorder.js';
import { Limiter } from '../schedule/limiter.js';
import { runOnce, type RunResult } from '../schedule/run.js';
import { createHostSource } from '../sources/host/create-host-source.js';
import { createResolver } from '../sources/net/resolve.js';
import { TlsContexts } from '../sources/net/tls.js';
import { Latest } from '../status/latest.js';
import { overviewOf } from '../status/overview.js';
import { readVersion } from '../version.js';
import type { CheckOptions, Surroundings } from './options.js';
import { renderReport } from './report.js';

/** A collector that wants to be run again this soon has only half a measurement, such as the CPU's; `check` waits for it. */
const worthWaitingSeconds = 2;

/** When a run is tried again that was postponed and did not say for how long. */
const postponedSeconds = 0.5;

/**
 * Probes everything once, prints the report and returns the exit code of the level (Nagios convention). Throws
 * `ExporterError` when the configuration is not sound or the page cannot be written.
 */
export async function check(options: CheckOptions, { environment, directory, out }: Surroundings): Promise<number> {
  const { version } = readVersion(environment);
  const config = await loadConfig(options['config.file'], { environment, directory });
  const log = createLog({ level: options['log.level'] === 'info' ? 'warn' : options['log.level'], format: options['log.format'] });
  const calendar = await createCalendar(config.maintenanceWindows);
  const collectors = createCollectors({
    config,
    prober: { resolve: createResolver(), tlsContexts: new TlsContexts(), userAgent: `ai-crm-exporter/${version}` },
    host: config.host.enabled ? createHostSource(config.host) : null,
    calendar,
    clock: systemClock,
    log,
    memories: new Map(),
    isVerbose: options.verbose === true,
  });
  const { latest, figures } = await runAll(collectors, config, systemClock);
  const overview = overviewOf(config, latest, calendar, systemClock.nowSeconds());
  if (options.html !== undefined) {
    const { renderStatusPage } = await import('../http/page/status-page.js');
    await writePage(options.html, renderStatusPage({ overview, config, figures, version, links: false }));
  }
  if (options.json === true) {
    const { statusDocument } = await import('../http/status-document.js');
    out.write(`${JSON.stringify(statusDocument({ overview, config, figures, version }), null, 2)}\n`);
  } else out.write(renderReport(overview, { verbose: options.verbose === true }));
  return exitCodeOf(overview.level);
}

interface Found {
  readonly latest: Latest;
  /** The families of the catalogue; a configuration's own are of no use to a report. */
  readonly figures: Recorder;
}

async function runAll(collectors: readonly Collector[], { concurrency }: Config, clock: Clock): Promise<Found> {
  const latest = new Latest();
  const figures = new Recorder(catalogue, { processMetrics: false });
  const known = new Set(catalogue.map(({ name }) => name));
  const accept = (result: RunResult): void => {
    latest.accept(result);
    if (result.success) figures.record(result.collector, result.collected.samples.filter(({ series }) => known.has(series.definition.name)));
  };
  const limiter = new Limiter(concurrency);
  const runToEnd = async (collector: Collector): Promise<void> => {
    const result = await runUntilMeasured(collector, clock);
    accept(result);
    const again = result.success ? result.collected.againInSeconds : undefined;
    if (again === undefined || again > worthWaitingSeconds) return;
    await wait(again);
    accept(await runOnce(collector, clock).result);
  };
  await Promise.all(collectors.map((collector) => new Promise<void>((resolve) => limiter.start((ended) => void runToEnd(collector).then(ended).then(resolve)))));
  return { latest, figures };
}

/** A run that has to wait for another one, of the same origin for instance, is tried again for as long as it may take itself. */
async function runUntilMeasured(collector: Collector, clock: Clock): Promise<RunResult> {
  const deadlineSeconds = clock.monotonicSeconds() + collector.timeoutSeconds;
  for (;;) {
    const result = await runOnce(collector, clock).result;
    const isPostponed = result.success && result.collected.isPostponed === true;
    const again = isPostponed ? (result.collected.againInSeconds ?? postponedSeconds) : 0;
    if (!isPostponed || clock.monotonicSeconds() + again > deadlineSeconds) return result;
    await wait(again);
  }
}

function wait(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

async function writePage(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    throw new ExporterError('usage', `${file}: cannot write the page: ${systemCodeOf(error) ?? 'unknown error'}`, { cause: error });
  }
}
