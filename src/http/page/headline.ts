import { type Level, levelWord } from '../../base/level.js';
import type { ComponentOverview, Overview } from '../../status/overview.js';
import { collectorOf, isStale } from '../service.js';
import { counted, formatMoment } from './format.js';
import { whyNothing } from './page-parts.js';

/** The overall state in a sentence, with remarks. */
interface Headline {
  /** `database: connection refused`, or a whole sentence without a single cause. */
  readonly sentence: string;
  /** Short remarks: failed probes, other problems, what is left out. */
  readonly remarks: readonly string[];
}

/** Maximum number of other problems that are named. */
const maxNamed = 3;

/** The most important line: the problem nearest to the cause, or that there is none. */
export function headlineOf(overview: Overview): Headline {
  const counting = overview.components.filter(({ inMaintenance }) => !inMaintenance);
  const reservations = [
    ...missingNumbers(overview),
    ...blindness(overview),
    ...leftOut(overview.components.length - counting.length),
  ];
  const whole = wholeSentence(overview, counting);
  if (whole !== undefined) return { sentence: whole, remarks: reservations };

  const { level } = overview;
  const worst = counting.filter((component) => component.countsAs === level);
  // A component without unhealthy dependencies is probably the cause.
  const first = worst.find(({ suspects }) => suspects.length === 0) ?? worst[0];
  const others = [
    ...worst
      .filter((component) => component !== first)
      .map((component) => finding(component.name, whatIsKnown(component, overview))),
    ...findings(overview),
  ];
  const found = first === undefined ? others.shift() : finding(first.name, whatIsKnown(first, overview));
  return {
    sentence: found === undefined ? levelWord(level) : `${found.name}: ${found.fact}`,
    remarks: [
      ...(first === undefined ? [] : failures(first)),
      ...alsoConcerned(
        others.map(({ name }) => name),
        level,
      ),
      ...reservations,
    ],
  };
}

interface Finding {
  readonly name: string;
  readonly fact: string;
}

function finding(name: string, fact: string): Finding {
  return { name, fact };
}

/** Other parts with the overall level, those nearest to users first. */
function findings(overview: Overview): readonly Finding[] {
  const { level, transactions, heartbeats, measures, host } = overview;
  const isWorst = (other: { readonly level: Level }) => other.level === level;
  return [
    ...transactions
      .filter(isWorst)
      .map(({ name, collector, reading }) =>
        finding(`transaction ${name}`, reading?.message ?? whyNothing('not run yet', collector, overview)),
      ),
    ...heartbeats
      .filter((heartbeat) => isWorst(heartbeat) && !heartbeat.inMaintenance)
      .map(({ name, message }) => finding(`job ${name}`, message)),
    ...[...measures, ...host].filter(isWorst).map(({ name, message }) => finding(name, message)),
  ];
}

/** A sentence without a single cause; undefined when there is one. */
function wholeSentence(overview: Overview, counting: readonly ComponentOverview[]): string | undefined {
  const { level, components, transactions, heartbeats, measures, host, collectors } = overview;
  if (counting.length + transactions.length + heartbeats.length + measures.length + host.length === 0) {
    return components.length === 0
      ? 'Nothing is watched: no component is configured.'
      : 'Everything that is watched is in maintenance.';
  }
  if (level === 'healthy') return healthySentence(overview, counting.length);
  const untouched = counting.every(
    ({ name, reading }) =>
      reading === undefined && !collectors.some((collector) => collector.name === collectorOf(name)),
  );
  return level === 'unknown' && counting.length > 0 && untouched ? 'No component has been probed yet.' : undefined;
}

function healthySentence({ name, transactions, heartbeats, measures, host }: Overview, componentCount: number): string {
  const clauses = [
    ...(componentCount === 0
      ? []
      : [
          componentCount === 1
            ? 'the one component answers as expected'
            : `all ${componentCount} components answer as expected`,
        ]),
    ...(transactions.length === 0
      ? []
      : [
          transactions.length === 1
            ? 'the one transaction goes through'
            : `all ${transactions.length} transactions go through`,
        ]),
    ...jobsClause(heartbeats.filter(({ level, inMaintenance }) => level === 'healthy' && !inMaintenance).length),
    ...withinThresholds(
      name,
      measures.some(({ level }) => level !== 'unknown'),
      host.length > 0,
    ),
  ];
  const last = clauses.length > 1 ? `and ${clauses.pop()}` : clauses.pop();
  const sentence = [...clauses, last].join(', ');
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`;
}

function jobsClause(count: number): readonly string[] {
  if (count === 0) return [];
  return [count === 1 ? 'the one job that is due has reported' : `all ${count} jobs that are due have reported`];
}

function withinThresholds(name: string, withMeasures: boolean, withHost: boolean): readonly string[] {
  if (withMeasures && withHost) return [`${name} and the host are within their thresholds`];
  if (withMeasures) return [`${name} is within its thresholds`];
  return withHost ? ['the host is within its thresholds'] : [];
}

function alsoConcerned(names: readonly string[], level: Level): readonly string[] {
  if (names.length === 0) return [];
  const unnamed = names.length - maxNamed;
  return [
    `also ${levelWord(level)}: ${names.slice(0, maxNamed).join(', ')}${unnamed > 0 ? ` and ${unnamed} more` : ''}`,
  ];
}

/** Does not change the level, but must be visible. */
function missingNumbers({ sources }: Overview): readonly string[] {
  const down = sources.filter(({ reading }) => reading?.up === false).map(({ name }) => name);
  if (down.length === 0) return [];
  const unnamed = down.length - maxNamed;
  return [
    `numbers missing, ${counted(down.length, 'data source')} down: ${down.slice(0, maxNamed).join(', ')}${unnamed > 0 ? ` and ${unnamed} more` : ''}`,
  ];
}

/** Makes the level less reliable: some of its readings may be old or missing. */
function blindness({ collectors, atSeconds }: Overview): readonly string[] {
  const blind = collectors.filter((collector) => !collector.success || isStale(collector, atSeconds)).length;
  return blind === 0 ? [] : [`${counted(blind, 'collector')} failing or overdue`];
}

function leftOut(count: number): readonly string[] {
  return count === 0 ? [] : [`${counted(count, 'component')} in maintenance, left out`];
}

/** The message of a component's last probe, or why there is none. */
export function whatIsKnown(component: ComponentOverview, overview: Overview): string {
  if (component.reading !== undefined) return component.reading.message;
  return whyNothing('not probed yet', collectorOf(component.name), overview);
}

/** Duration of the problem: its start, if known, and the number of failed probes. */
export function failures({ level, reading }: ComponentOverview): readonly string[] {
  const count = reading?.failuresInARow ?? 0;
  const since = reading?.times?.stateSinceSeconds;
  return [
    ...(since === undefined || level === 'healthy' ? [] : [`since ${formatMoment(since)}`]),
    ...(count > 1 ? [`${count} failed probes in a row`] : []),
  ];
}
