import { readUrl } from '../base/host-name.js';
import { type Level, levels, levelWord } from '../base/level.js';
import { withoutPaths } from '../base/sensitive.js';
import { parseDurationSeconds } from '../config/duration.js';
import { durationText } from '../http/page/format.js';
import { addressName, portOf } from '../net/origin-name.js';
import { labelsAt, numberAt, queryVector, recordsAt, secondsOf, textAt, valueAt } from './answers.js';
import { answerTo, type Finding, isAnswered, namesText } from './finding.js';
import { type ProgramClient, ProgramFailure } from './other-program.js';

/** State of an exporter and of what it watches. */
export interface ExporterReading {
  readonly version: string;
  /** What its configuration calls it; undefined where its `/api/status` does not say. */
  readonly name?: string;
  /** Whether every collector has run. */
  readonly isReady: boolean;
  /** Unix time of its start; undefined if its `/metrics` does not have it. */
  readonly startedAtSeconds?: number;
  /** Level of AI-CRM as a whole. */
  readonly level: Level;
  /** Name and level of everything that is not HEALTHY, without maintenance. */
  readonly notWell: readonly string[];
  readonly components: number;
  /** Collectors whose last run failed. */
  readonly failing: readonly string[];
}

/** Asks an exporter for its state and for that of AI-CRM. Throws `ProgramFailure`. */
export async function askExporter(client: ProgramClient): Promise<ExporterReading> {
  const status = await client.ask('GET', '/api/status');
  const version = textAt(status, 'version');
  const level = levels.find((each) => each === textAt(status, 'level'));
  if (version === undefined || level === undefined)
    throw new ProgramFailure(
      'stranger',
      `${client.url}/api/status: the answer is not of an ai-crm-exporter`,
      'check --exporter.url',
    );
  const [ready, metrics] = await Promise.all([
    answerTo(client.askText('/-/ready')),
    answerTo(client.askText('/metrics')),
  ]);
  const name = textAt(status, 'name');
  const started = isAnswered(metrics) ? /^process_start_time_seconds (\S+)/m.exec(metrics)?.[1] : undefined;
  const parts = ['components', 'transactions', 'heartbeats', 'measures', 'host']
    .flatMap((key) => recordsAt(status, key) ?? [])
    .filter((part) => valueAt(part, 'in_maintenance') !== true);
  return {
    version,
    ...(name === undefined ? {} : { name }),
    isReady: isAnswered(ready),
    ...(started === undefined ? {} : { startedAtSeconds: Number(started) }),
    level,
    notWell: parts
      .filter((part) => textAt(part, 'level') !== 'healthy')
      .map((part) => `${textAt(part, 'name')} ${textAt(part, 'level')?.toUpperCase()}`),
    components: recordsAt(status, 'components')?.length ?? 0,
    failing: (recordsAt(status, 'collectors') ?? [])
      .filter((collector) => valueAt(collector, 'success') === false)
      .map((collector) => textAt(collector, 'name') ?? ''),
  };
}

/** Findings about an exporter that answered, and about AI-CRM. */
export function exporterFindings(
  { isReady, failing, level, notWell, components }: ExporterReading,
  url: string,
): readonly Finding[] {
  const own: readonly Finding[] = [
    ...(isReady
      ? []
      : [
          {
            subject: 'exporter',
            level: 'unknown',
            text: 'some collectors have not run yet',
            remedy: 'wait for the longest of check_intervals',
          } as const,
        ]),
    ...(failing.length === 0
      ? []
      : [
          {
            subject: 'exporter',
            level: 'warning',
            text: `cannot measure ${namesText(failing)}`,
            remedy: `see why at ${url}/`,
          } as const,
        ]),
  ];
  const whole =
    level === 'healthy'
      ? `${components} ${components === 1 ? 'component' : 'components'}`
      : notWell.length === 0
        ? levelWord(level)
        : namesText(notWell);
  return [
    ...own,
    { subject: 'AI-CRM', level, text: whole, ...(level === 'healthy' ? {} : { remedy: `see why at ${url}/` }) },
  ];
}

/** A target of Prometheus that is an exporter, or should be one. */
export interface Scrape {
  readonly job: string;
  readonly instance: string;
  /** Address of the scrape. */
  readonly url: string;
  readonly health: 'up' | 'down' | 'unknown';
  /** Unix time; undefined before the first scrape. */
  readonly lastScrapeSeconds?: number;
  readonly durationSeconds: number;
  readonly intervalSeconds: number;
  /** Empty if there is none. */
  readonly error: string;
  /** Unix time of the start of the exporter, from Prometheus. */
  readonly startedAtSeconds?: number;
}

/** Seconds after the start of an exporter in which Prometheus may not have scraped it. */
const patienceSeconds = 120;
/** Number of intervals without a scrape that is still normal. */
const lateAfterIntervals = 3;

/**
 * The targets of Prometheus that are exporters, were exporters within a day, or have the port and path of this
 * exporter. Throws `ProgramFailure`.
 */
export async function askScrapes(client: ProgramClient, exporterUrl: string): Promise<readonly Scrape[]> {
  const [targets, known, started] = await Promise.all([
    client.ask('GET', '/api/v1/targets?state=active'),
    queryVector(client, 'group by (job, instance) (last_over_time(aicrm_exporter_build_info[1d]))'),
    queryVector(client, 'process_start_time_seconds and on (job, instance) aicrm_exporter_build_info'),
  ]);
  const key = ({ job = '', instance = '' }: Readonly<Record<string, string>>) => JSON.stringify([job, instance]);
  const exporters = new Set(known.map(({ labels }) => key(labels)));
  const startedAt = new Map(started.map(({ labels, value }) => [key(labels), value]));
  return (recordsAt(targets, 'data', 'activeTargets') ?? []).flatMap((target): Scrape[] => {
    const labels = labelsAt(target, 'labels');
    const url = textAt(target, 'scrapeUrl') ?? '';
    if (!exporters.has(key(labels)) && !isExpectedAt(url, exporterUrl)) return [];
    const health = textAt(target, 'health');
    const lastScrapeSeconds = secondsOf(textAt(target, 'lastScrape'));
    const startedAtSeconds = startedAt.get(key(labels));
    return [
      {
        job: labels['job'] ?? '',
        instance: labels['instance'] ?? '',
        url,
        health: health === 'up' || health === 'down' ? health : 'unknown',
        ...(lastScrapeSeconds === undefined ? {} : { lastScrapeSeconds }),
        durationSeconds: numberAt(target, 'lastScrapeDuration') ?? 0,
        intervalSeconds: parseDurationSeconds(textAt(target, 'scrapeInterval') ?? '') ?? 60,
        error: withoutPaths(textAt(target, 'lastError') ?? ''),
        ...(startedAtSeconds === undefined ? {} : { startedAtSeconds }),
      },
    ];
  });
}

/** Findings about each scrape, and about a missing scrape of the exporter that answered. */
export function scrapeFindings(
  scrapes: readonly Scrape[],
  exporter: ExporterReading | undefined,
  exporterUrl: string,
  nowSeconds: number,
): readonly Finding[] {
  const add = `add to scrape_configs of prometheus.yml, and reload Prometheus: {job_name: ai-crm, static_configs: [{targets: ["${new URL(exporterUrl).host}"]}]}`;
  if (scrapes.length === 0)
    return [{ subject: 'scrape', level: 'critical', text: 'Prometheus scrapes no ai-crm-exporter', remedy: add }];
  const findings = scrapes.map((scrape) =>
    findingOf(
      scrape,
      scrapes.some(({ health }) => health === 'up'),
      nowSeconds,
    ),
  );
  const startedAtSeconds = exporter?.startedAtSeconds;
  if (startedAtSeconds === undefined) return findings;
  const place = addressName(exporterUrl);
  const isThere = scrapes.some(
    (scrape) => addressName(scrape.url) === place || Math.abs((scrape.startedAtSeconds ?? 0) - startedAtSeconds) < 1,
  );
  // A target that is down has its own finding, and may be this exporter under another name.
  if (isThere || scrapes.some(({ health }) => health !== 'up')) return findings;
  const isNew = nowSeconds - startedAtSeconds < patienceSeconds;
  return [
    ...findings,
    {
      subject: 'scrape',
      level: isNew ? 'unknown' : 'critical',
      text: `Prometheus does not scrape the exporter at ${exporterUrl}${isNew ? ' yet' : ''}, but others`,
      remedy: add,
    },
  ];
}

function findingOf(
  { job, instance, health, error, lastScrapeSeconds, durationSeconds, intervalSeconds }: Scrape,
  isOneUp: boolean,
  nowSeconds: number,
): Finding {
  const what = `${instance} of job ${job}`;
  const ageSeconds = Math.max(0, nowSeconds - (lastScrapeSeconds ?? nowSeconds));
  const age = ageSeconds < 1 ? 'just now' : `${durationText(Math.floor(ageSeconds))} ago`;
  if (health === 'down') {
    return {
      subject: 'scrape',
      level: isOneUp ? 'warning' : 'critical',
      text: `${what}: ${error || 'fails'}, ${age}`,
      remedy: 'start that exporter, or fix its target in scrape_configs of prometheus.yml',
    };
  }
  if (health === 'unknown' || lastScrapeSeconds === undefined)
    return {
      subject: 'scrape',
      level: 'unknown',
      text: `${what}: not scraped yet`,
      remedy: `wait ${durationText(intervalSeconds)}`,
    };
  const isLate = ageSeconds > lateAfterIntervals * intervalSeconds + 1;
  const text = `${what}: ${age}, in ${durationText(durationSeconds)}`;
  return isLate
    ? {
        subject: 'scrape',
        level: 'warning',
        text: `${text}, though it should be every ${durationText(intervalSeconds)}`,
        remedy: 'see the log of Prometheus, and compare its clock with that of this machine',
      }
    : { subject: 'scrape', level: 'healthy', text };
}

/** In a container stack the exporter has another host name, but the same port and path. */
function isExpectedAt(url: string, exporterUrl: string): boolean {
  const place = readUrl(url);
  return place?.pathname === '/metrics' && portOf(place) === portOf(new URL(exporterUrl));
}
