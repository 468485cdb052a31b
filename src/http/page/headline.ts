import { levelWord, type Level } from '../../level.js';
import type { ComponentOverview, Overview } from '../../status/overview.js';
import { collectorOf, isStale } from '../staleness.js';
import { counted } from './format.js';

/** The state of everything in a sentence, and what to know beside it. */
export interface Headline {
  /** `database: connection refused`, or a whole sentence when there is nothing to point at. */
  readonly sentence: string;
  /** Short remarks: how long in probes, what else, what is left out. */
  readonly remarks: readonly string[];
}

/** How many others in the same trouble are named. */
const maxNamed = 3;

/** What to tell somebody who reads one line only: the fault nearest to the cause, or that there is none. */
export function headlineOf(overview: Overview): Headline {
  const counting = overview.components.filter(({ inMaintenance }) => !inMaintenance);
  const reservations = [...blindness(overview), ...leftOut(overview.components.length - counting.length)];
  const whole = wholeSentence(overview, counting);
  if (whole !== undefined) return { sentence: whole, remarks: reservations };

  const { level, host } = overview;
  const worst = counting.filter((component) => component.level === level);
  const worstOfHost = host.filter((reading) => reading.level === level);
  // A component without suspects is not explained by another one: look there first.
  const first = worst.find(({ suspects }) => suspects.length === 0) ?? worst[0];
  const name = first?.name ?? worstOfHost[0]?.name ?? 'host';
  const fact = first === undefined ? (worstOfHost[0]?.message ?? '') : whatIsKnown(first, overview);
  const others = [...worst, ...worstOfHost].map((other) => other.name).filter((other) => other !== name);
  return {
    sentence: `${name}: ${fact}`,
    remarks: [...(first === undefined ? [] : failures(first)), ...alsoConcerned(others, level), ...reservations],
  };
}

/** What can be said without pointing at something, or undefined when there is something to point at. */
function wholeSentence({ level, components, host, collectors }: Overview, counting: readonly ComponentOverview[]): string | undefined {
  if (counting.length + host.length === 0) {
    return components.length === 0 ? 'Nothing is watched: no component is configured.' : 'Everything that is watched is in maintenance.';
  }
  if (level === 'healthy') return healthySentence(counting.length, host.length > 0);
  const untouched = counting.every(({ name, reading }) => reading === undefined && !collectors.some((collector) => collector.name === collectorOf(name)));
  return level === 'unknown' && counting.length > 0 && untouched ? 'No component has been probed yet.' : undefined;
}

function healthySentence(componentCount: number, withHost: boolean): string {
  if (componentCount === 0) return 'The host is within its thresholds.';
  const components = componentCount === 1 ? 'The one component answers' : `All ${componentCount} components answer`;
  return `${components} as expected${withHost ? ', and the host is within its thresholds' : ''}.`;
}

function alsoConcerned(names: readonly string[], level: Level): readonly string[] {
  if (names.length === 0) return [];
  const unnamed = names.length - maxNamed;
  return [`also ${levelWord(level)}: ${names.slice(0, maxNamed).join(', ')}${unnamed > 0 ? ` and ${unnamed} more` : ''}`];
}

/** What shakes the level itself: it is made of readings that may be old or missing. */
function blindness({ collectors, atSeconds }: Overview): readonly string[] {
  const blind = collectors.filter((collector) => !collector.success || isStale(collector, atSeconds)).length;
  return blind === 0 ? [] : [`${counted(blind, 'collector')} failing or overdue`];
}

function leftOut(count: number): readonly string[] {
  return count === 0 ? [] : [`${counted(count, 'component')} in maintenance, left out`];
}

/** What the last probe of a component said, or why there is nothing to say. */
export function whatIsKnown(component: ComponentOverview, overview: Overview): string {
  if (component.reading !== undefined) return component.reading.message;
  const collector = overview.collectors.find(({ name }) => name === collectorOf(component.name));
  return collector?.error === undefined ? 'not probed yet' : `could not be measured: ${collector.error}`;
}

/** How often it has failed in a row: all that is known of how long the trouble lasts. */
export function failures({ reading }: ComponentOverview): readonly string[] {
  const count = reading?.failuresInARow ?? 0;
  return count > 1 ? [`${count} failed probes in a row`] : [];
}
