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

/** A configured component with what is known of it now. */
export interface ComponentOverview {
  readonly name: string;
  readonly target: string;
  readonly kind: string;
  /** UNKNOWN as long as there is no reading. */
  readonly level: Level;
  /** What it counts as for the level of the whole: CRITICAL of a component that only warns is WARNING. */
  readonly countsAs: Level;
  readonly severity: ComponentSeverity;
  readonly about: AboutComponent;
  /** Inside a maintenance window: shown, but left out of the level of the whole. */
  readonly inMaintenance: boolean;
  readonly dependsOn: readonly string[];
  /** Of these, the ones that are not healthy themselves: look there first. */
  readonly suspects: readonly string[];
  /** The response time threshold that applies to it, in seconds. */
  readonly responseThreshold: Threshold;
  /** Absent until the first probe has ended, and while the collector cannot measure. */
  readonly reading?: Dated<ComponentReading>;
}

/** A configured transaction with what is known of it now. */
export interface TransactionOverview {
  readonly name: string;
  /** UNKNOWN as long as there is no reading. */
  readonly level: Level;
  /** The name of the collector that runs it. */
  readonly collector: string;
  /** Absent until the first run has ended, and while it cannot be run. */
  readonly reading?: Dated<TransactionReading>;
}

/** A job that reports in, as it is now. */
export interface HeartbeatOverview extends HeartbeatReading {
  /** Shown, but left out of the level of the whole. */
  readonly inMaintenance: boolean;
}

/** A data source with what is known of it now. It has no level and never changes that of the whole. */
export interface SourceOverview {
  readonly name: string;
  /** The name of the collector that asks it. */
  readonly collector: string;
  /** Absent until it was asked, and while it cannot be. */
  readonly reading?: Dated<SourceReading>;
}

/** Everything there is to show about AI-CRM at one moment; the status page, `/api/status` and `check` all draw this. */
export interface Overview {
  /** What the whole is called. */
  readonly name: string;
  readonly level: Level;
  /** The same without the host that the exporter runs on. */
  readonly levelWithoutHost: Level;
  readonly atSeconds: number;
  /** What to look at first comes first: the worst, causes before what depends on them, and of these the one that explains most; maintenance last. */
  readonly components: readonly ComponentOverview[];
  readonly host: readonly Dated<HostReading>[];
  /** The worst first. */
  readonly measures: readonly Dated<MeasureReading>[];
  /** The worst first. */
  readonly transactions: readonly TransactionOverview[];
  /** The worst first, maintenance last. */
  readonly heartbeats: readonly HeartbeatOverview[];
  /** Those that are down first, for a reason of their own before the others; then those with something to know about their numbers; those that are off last. */
  readonly sources: readonly SourceOverview[];
  readonly collectors: readonly CollectorState[];
}

/**
 * Puts together what is known now.
 *
 * Levels are instantaneous: they say what the last probe saw against the thresholds. Alerts use the same thresholds but
 * wait until a condition lasts, so a page can show CRITICAL for a blip that never becomes an alert.
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
 * The level of the whole alone: the worst of components, transactions, heartbeats, measures and host. What is in maintenance is left
 * out, and so are measures that could not be taken: that we may not look is no illness of AI-CRM. Jobs whose first report is still
 * to come are left out as well: a job once a month would make everything UNKNOWN for as long.
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

/** What counts in the level of the whole and is no component. */
export interface CountingPart {
  readonly kind: (typeof partKinds)[number];
  readonly name: string;
  readonly level: Level;
}

/** The parts of `wholeLevel` that are no components. */
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

/** The parts that are neither components nor of the host. */
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

/** What asks AI-CRM as a whole. */
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

/** Those of the configuration, and those that AI-CRM turned out to have. */
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
