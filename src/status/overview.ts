import type { MaintenanceCalendar } from '../collectors/maintenance-calendar.js';
import type { ComponentReading, HostReading } from '../collectors/reading.js';
import type { Config, Threshold } from '../config/config.js';
import { byWorstFirst, worstLevel, type Level } from '../level.js';
import type { CollectorState, Dated, Latest } from './latest.js';

/** A configured component with what is known of it now. */
export interface ComponentOverview {
  readonly name: string;
  readonly target: string;
  readonly kind: string;
  /** UNKNOWN as long as there is no reading. */
  readonly level: Level;
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

/** Everything there is to show about AI-CRM at one moment; the status page, `/api/status` and `check` all draw this. */
export interface Overview {
  readonly level: Level;
  readonly atSeconds: number;
  /** What to look at first comes first: the worst, causes before what depends on them; maintenance last. */
  readonly components: readonly ComponentOverview[];
  readonly host: readonly Dated<HostReading>[];
  readonly collectors: readonly CollectorState[];
}

/**
 * Puts together what is known now.
 *
 * Levels are instantaneous: they say what the last probe saw against the thresholds. Alerts use the same thresholds but
 * wait until a condition lasts, so a page can show CRITICAL for a blip that never becomes an alert.
 */
export function overviewOf(config: Config, latest: Latest, calendar: MaintenanceCalendar, nowSeconds: number): Overview {
  const readings = latest.components();
  const levelOf = (name: string) => readings.get(name)?.level ?? 'unknown';
  const components = config.components.map((component): ComponentOverview => {
    const { name, target, kind, dependsOn } = component;
    const reading = readings.get(name);
    return {
      name,
      target,
      kind,
      level: levelOf(name),
      inMaintenance: calendar.isActive(name, nowSeconds),
      dependsOn,
      suspects: levelOf(name) === 'healthy' ? [] : dependsOn.filter((other) => levelOf(other) !== 'healthy'),
      responseThreshold: component.thresholds.responseTimeSeconds ?? config.thresholds.responseTimeSeconds,
      ...(reading === undefined ? {} : { reading }),
    };
  });
  components.sort(inOrderOfAttention);
  const level = wholeLevel(config, latest, calendar, nowSeconds);
  return { level, atSeconds: nowSeconds, components, host: latest.host(), collectors: latest.collectors() };
}

/** The level of the whole alone: the worst of components and host, what is in maintenance left out. */
export function wholeLevel(config: Config, latest: Latest, calendar: MaintenanceCalendar, nowSeconds: number): Level {
  const readings = latest.components();
  const counting = config.components.filter(({ name }) => !calendar.isActive(name, nowSeconds));
  return worstLevel([...counting.map(({ name }) => readings.get(name)?.level ?? 'unknown'), ...latest.host().map(({ level }) => level)]);
}

function inOrderOfAttention(a: ComponentOverview, b: ComponentOverview): number {
  return (
    Number(a.inMaintenance) - Number(b.inMaintenance) ||
    byWorstFirst(a.level, b.level) ||
    Math.min(1, a.suspects.length) - Math.min(1, b.suspects.length) ||
    (a.name < b.name ? -1 : 1)
  );
}
