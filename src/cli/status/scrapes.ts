import { parseDurationSeconds } from '../../config/duration.js';
import { formatDuration } from '../../http/page/format.js';
import { withoutPaths } from '../../sensitive.js';
import { addressName, portOf } from '../../sources/data/origin-name.js';
import type { ProgramClient } from '../other-program/client.js';
import type { ExporterReading } from './exporter.js';
import type { Finding } from './finding.js';
import { queryVector } from './query.js';
import { labelsAt, numberAt, recordsAt, secondsOf, textAt } from './read-json.js';

/** An exporter that Prometheus scrapes, or tries to. */
export interface Scrape {
  readonly job: string;
  readonly instance: string;
  /** What Prometheus asks. */
  readonly url: string;
  readonly health: 'up' | 'down' | 'unknown';
  /** Unix time; undefined before the first. */
  readonly lastScrapeSeconds?: number;
  readonly durationSeconds: number;
  readonly intervalSeconds: number;
  /** Empty for none. */
  readonly error: string;
  /** Unix time at which the process behind it began, as Prometheus knows it. */
  readonly startedAtSeconds?: number;
}

/** So long a Prometheus may not know yet of an exporter that was just started. */
const patienceSeconds = 120;
/** Scrapes that may be missing. */
const lateAfterIntervals = 3;

/** Those targets of Prometheus that are exporters, have been within a day, or stand where one is expected. Throws `ProgramFailure`. */
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

/** What to say of the scrapes: of each, and whether the exporter that answered us is among them. */
export function scrapeFindings(
  scrapes: readonly Scrape[],
  exporter: ExporterReading | undefined,
  exporterUrl: string,
  nowSeconds: number,
): readonly Finding[] {
  const add = `add to scrape_configs of prometheus.yml, and reload it: {job_name: ai-crm, static_configs: [{targets: ["${new URL(exporterUrl).host}"]}]}`;
  if (scrapes.length === 0)
    return [{ subject: 'scrape', level: 'critical', text: 'Prometheus scrapes no ai-crm-exporter', mend: add }];
  const findings = scrapes.map((scrape) =>
    findingOf(
      scrape,
      scrapes.some(({ health }) => health === 'up'),
      nowSeconds,
    ),
  );
  const startedAtSeconds = exporter?.startedAtSeconds;
  if (startedAtSeconds === undefined) return findings;
  const isThere = scrapes.some(
    (scrape) => isSamePlace(scrape.url, exporterUrl) || Math.abs((scrape.startedAtSeconds ?? 0) - startedAtSeconds) < 1,
  );
  // A target that is down says already that something is wrong, and may well be this one under another name.
  if (isThere || scrapes.some(({ health }) => health !== 'up')) return findings;
  const isNew = nowSeconds - startedAtSeconds < patienceSeconds;
  return [
    ...findings,
    {
      subject: 'scrape',
      level: isNew ? 'unknown' : 'critical',
      text: `Prometheus does not scrape the exporter at ${exporterUrl}${isNew ? ' yet' : ''}, but others`,
      mend: add,
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
  const age = ageSeconds < 1 ? 'just now' : `${formatDuration(Math.floor(ageSeconds))} ago`;
  if (health === 'down') {
    return {
      subject: 'scrape',
      level: isOneUp ? 'warning' : 'critical',
      text: `${what}: ${error || 'fails'}, ${age}`,
      mend: 'start that exporter, or mend its target in scrape_configs of prometheus.yml',
    };
  }
  if (health === 'unknown' || lastScrapeSeconds === undefined)
    return {
      subject: 'scrape',
      level: 'unknown',
      text: `${what}: not scraped yet`,
      mend: `wait ${formatDuration(intervalSeconds)}`,
    };
  const isLate = ageSeconds > lateAfterIntervals * intervalSeconds + 1;
  const text = `${what}: ${age}, in ${formatDuration(durationSeconds)}`;
  return isLate
    ? {
        subject: 'scrape',
        level: 'warning',
        text: `${text}, though it should be every ${formatDuration(intervalSeconds)}`,
        mend: 'see the log of Prometheus, and whether its clock is that of this machine',
      }
    : { subject: 'scrape', level: 'healthy', text };
}

function isSamePlace(one: string, other: string): boolean {
  return addressName(one) !== undefined && addressName(one) === addressName(other);
}

/** In a container stack the exporter has another host name, but the same port and path. */
function isExpectedAt(url: string, exporterUrl: string): boolean {
  return (
    URL.canParse(url) && new URL(url).pathname === '/metrics' && portOf(new URL(url)) === portOf(new URL(exporterUrl))
  );
}
