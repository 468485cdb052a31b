import { byWorstFirst, type Level, worstLevel } from '../base/level.js';
import type { ComponentReading, HostReading, MeasureReading, SourceReading, TransactionReading } from '../collector.js';
import type { Config } from '../config/config.js';
import type { AboutComponent, ComponentSeverity } from '../config/sections/about-component.js';
import type { ComponentConfig } from '../config/sections/endpoints-section.js';
import type { Threshold } from '../config/sections/thresholds-section.js';
import type { HeartbeatReading } from '../heartbeats/heartbeats.js';
import type { MaintenanceCalendar } from '../maintenance/maintenance-calendar.js';
import type { partKinds } from '../metrics/component-metrics.js';
import type { CollectorState, Dated, Latest } from './latest.js';

/** A configured component with its current state. */
export interface ComponentOverview {
  readonly name: string;
  readonly target: string;
  readonly kind: string;
  /** UNKNOWN without a reading. */
  readonly level: Level;
  /** Its level within the overall level: CRITICAL counts as WARNING for a component with severity warning. */
  readonly countsAs: Level;
  readonly severity: ComponentSeverity;
  readonly about: AboutComponent;
  /** In a maintenance window: shown, but ignored in the overall level. */
  readonly inMaintenance: boolean;
  readonly dependsOn: readonly string[];
  /** Its dependencies that are not healthy: check these first. */
  readonly suspects: readonly string[];
  /** Its response time threshold, in seconds. */
  readonly responseThreshold: Threshold;
  /** Absent before the first probe has ended, and while the collector cannot measure. */
  readonly reading?: Dated<ComponentReading>;
}

/** A configured transaction with its current state. */
export interface TransactionOverview {
  readonly name: string;
  /** UNKNOWN without a reading. */
  readonly level: Level;
  /** Name of its collector. */
  readonly collector: string;
  /** Absent before the first run has ended, and while it cannot run. */
  readonly reading?: Dated<TransactionReading>;
}

/** A job with its current state. */
export interface HeartbeatOverview extends HeartbeatReading {
  /** Shown, but ignored in the overall level. */
  readonly inMaintenance: boolean;
}

/** A data source with its current state. It has no level and never changes the overall level. */
export interface SourceOverview {
  readonly name: string;
  /** Name of its collector. */
  readonly collector: string;
  /** Absent before the first query, and while it cannot be queried. */
  readonly reading?: Dated<SourceReading>;
}

/** Everything that is known about AI-CRM at one moment. The status page, `/api/status` and `check` show it. */
export interface Overview {
  /** The configured name of the whole. */
  readonly name: string;
  readonly level: Level;
  /** The overall level without the exporter's host. */
  readonly levelWithoutHost: Level;
  /** In maintenance of everything: transactions and measures are shown, but ignored in the overall level. */
  readonly wholeInMaintenance: boolean;
  readonly atSeconds: number;
  /** Sorted by urgency: the worst first, causes before their effects, among these the one with most effects first; maintenance last. */
  readonly components: readonly ComponentOverview[];
  readonly host: readonly Dated<HostReading>[];
  /** The worst first. */
  readonly measures: readonly Dated<MeasureReading>[];
  /** The worst first. */
  readonly transactions: readonly TransactionOverview[];
  /** The worst first, maintenance last. */
  readonly heartbeats: readonly HeartbeatOverview[];
  /** Order: down for their own reason, down for a shared reason, without a reading, with notices, up, off. */
  readonly sources: readonly SourceOverview[];
  readonly collectors: readonly CollectorState[];
}

/**
 * Builds the overview.
 *
 * Levels are instantaneous: they compare the last probe with the thresholds. Alerts use the same thresholds, but wait
 * until a condition lasts. So a page can show CRITICAL for a short failure that never becomes an alert.
 */
export function overviewOf(
  config: Config,
  latest: Latest,
  calendar: MaintenanceCalendar,
  nowSeconds: number,
  heartbeats: readonly HeartbeatReading[] = [],
): Overview {
  const readings = latest.components();
  const levelOf = (name: string) => readings.get(name)?.level ?? 'unknown';
  const components = config.components.map((component): ComponentOverview => {
    const { name, target, kind, dependsOn, severity, about } = component;
    const reading = readings.get(name);
    return {
      name,
      target,
      kind,
      level: levelOf(name),
      countsAs: countedLevel(component, levelOf(name)),
      severity,
      about,
      inMaintenance: calendar.isActive(name, nowSeconds),
      dependsOn,
      suspects: levelOf(name) === 'healthy' ? [] : dependsOn.filter((other) => levelOf(other) !== 'healthy'),
      responseThreshold: component.thresholds.responseTimeSeconds ?? config.thresholds.responseTimeSeconds,
      ...(reading === undefined ? {} : { reading }),
    };
  });
  const explained = new Map<string, number>();
  for (const { suspects } of components)
    for (const name of suspects) explained.set(name, (explained.get(name) ?? 0) + 1);
  components.sort(
    (a, b) => inOrderOfAttention(a, b) || (explained.get(b.name) ?? 0) - (explained.get(a.name) ?? 0) || byName(a, b),
  );
  const counting = countingLevels(config, latest, calendar, nowSeconds, heartbeats);
  return {
    name: config.name,
    level: worstLevel([...counting, ...hostLevels(latest)]),
    levelWithoutHost: worstLevel(counting),
    wholeInMaintenance: calendar.isActive(null, nowSeconds),
    atSeconds: nowSeconds,
    components,
    host: latest.host(),
    measures: [...latest.measures()].sort((a, b) => byWorstFirst(a.level, b.level) || byName(a, b)),
    transactions: transactionsOf(config, latest),
    heartbeats: heartbeats
      .map((reading) => ({ ...reading, inMaintenance: calendar.isActive(reading.name, nowSeconds) }))
      .sort(
        (a, b) => Number(a.inMaintenance) - Number(b.inMaintenance) || byWorstFirst(a.level, b.level) || byName(a, b),
      ),
    sources: sourcesOf(config, latest),
    collectors: latest.collectors(),
  };
}

/**
 * The overall level only: the worst of components, transactions, heartbeats, measures and host. Left out are: what is
 * in maintenance; measures with an unknown value, because a failed query does not mean that AI-CRM fails; and jobs
 * before their first report, because a monthly job would make the overall level UNKNOWN for a month.
 */
export function wholeLevel(
  config: Config,
  latest: Latest,
  calendar: MaintenanceCalendar,
  nowSeconds: number,
  heartbeats: readonly HeartbeatReading[] = [],
): Level {
  return worstLevel([...countingLevels(config, latest, calendar, nowSeconds, heartbeats), ...hostLevels(latest)]);
}

/** A part of the overall level that is not a component. */
export interface CountingPart {
  readonly kind: (typeof partKinds)[number];
  readonly name: string;
  readonly level: Level;
}

/** The parts of `wholeLevel` that are not components. */
export function countingParts(
  config: Config,
  latest: Latest,
  calendar: MaintenanceCalendar,
  nowSeconds: number,
  heartbeats: readonly HeartbeatReading[] = [],
): readonly CountingPart[] {
  return [
    ...latest.host().map(({ name, level }): CountingPart => ({ kind: 'host', name, level })),
    ...otherParts(config, latest, calendar, nowSeconds, heartbeats),
  ];
}

function countingLevels(
  config: Config,
  latest: Latest,
  calendar: MaintenanceCalendar,
  nowSeconds: number,
  heartbeats: readonly HeartbeatReading[],
): readonly Level[] {
  const readings = latest.components();
  const counting = config.components.filter(({ name }) => !calendar.isActive(name, nowSeconds));
  return [
    ...counting.map((component) => countedLevel(component, readings.get(component.name)?.level ?? 'unknown')),
    ...otherParts(config, latest, calendar, nowSeconds, heartbeats).map(({ level }) => level),
  ];
}

/** The parts that are neither components nor host. */
function otherParts(
  config: Config,
  latest: Latest,
  calendar: MaintenanceCalendar,
  nowSeconds: number,
  heartbeats: readonly HeartbeatReading[],
): readonly CountingPart[] {
  return [
    ...(calendar.isActive(null, nowSeconds) ? [] : partsOfTheWhole(config, latest)),
    ...heartbeats
      .filter(({ name, level }) => level !== 'unknown' && !calendar.isActive(name, nowSeconds))
      .map(({ name, level }): CountingPart => ({ kind: 'heartbeat', name, level })),
  ];
}

function countedLevel({ severity }: Pick<ComponentConfig, 'severity'>, level: Level): Level {
  return level === 'critical' && severity === 'warning' ? 'warning' : level;
}

function hostLevels(latest: Latest): readonly Level[] {
  return latest.host().map(({ level }) => level);
}

/** Transactions and measures, which concern AI-CRM as a whole. */
function partsOfTheWhole(config: Config, latest: Latest): readonly CountingPart[] {
  const transactions = latest.transactions();
  return [
    ...config.transactions.map(
      ({ name }): CountingPart => ({ kind: 'transaction', name, level: transactions.get(name)?.level ?? 'unknown' }),
    ),
    ...latest
      .measures()
      .filter(({ level }) => level !== 'unknown')
      .map(({ name, level }): CountingPart => ({ kind: 'measure', name, level })),
  ];
}

function transactionsOf(config: Config, latest: Latest): readonly TransactionOverview[] {
  const readings = latest.transactions();
  return config.transactions
    .map(({ name }): TransactionOverview => {
      const reading = readings.get(name);
      const known = { name, level: reading?.level ?? 'unknown', collector: `transaction:${name}` } as const;
      return reading === undefined ? known : { ...known, reading };
    })
    .sort((a, b) => byWorstFirst(a.level, b.level) || byName(a, b));
}

/** Configured sources, and those found in AI-CRM. */
function sourcesOf({ jsonSources, sqlSources, requestSources }: Config, latest: Latest): readonly SourceOverview[] {
  const configured = [
    ...jsonSources.map(({ name }) => ({ name, collector: `json:${name}` })),
    ...sqlSources.map(({ name }) => ({ name, collector: `sql:${name}` })),
    ...requestSources.map(({ name }) => ({ name, collector: `requests:${name}` })),
  ];
  const readings = latest.sources();
  const asked = [...readings.values()].map(
    (reading): SourceOverview => ({ name: reading.name, collector: reading.collector, reading }),
  );
  return [...asked, ...configured.filter(({ name }) => !readings.has(name))].sort(
    (a, b) => urgencyOf(a) - urgencyOf(b) || byName(a, b),
  );
}

function urgencyOf({ reading }: SourceOverview): number {
  if (reading === undefined) return 2;
  if (!reading.up) return reading.isShared === true ? 1 : 0;
  if (reading.notices.length > 0) return 3;
  return reading.isOff === true ? 5 : 4;
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}

function inOrderOfAttention(a: ComponentOverview, b: ComponentOverview): number {
  return (
    Number(a.inMaintenance) - Number(b.inMaintenance) ||
    byWorstFirst(a.countsAs, b.countsAs) ||
    byWorstFirst(a.level, b.level) ||
    Math.min(1, a.suspects.length) - Math.min(1, b.suspects.length)
  );
}
