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
export function headlineOf(all: Overview): Headline {
  const overview = outsideMaintenance(all);
  const { components, level } = overview;
  const reservations = [
    ...missingNumbers(overview),
    ...blindness(overview),
    ...leftOut(all, all.components.length - components.length),
  ];
  const whole = wholeSentence(overview, all);
  if (whole !== undefined) return { sentence: whole, remarks: reservations };

  const worst = components.filter((component) => component.countsAs === level);
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

/** Only what counts for the overall level. */
function outsideMaintenance(overview: Overview): Overview {
  const { wholeInMaintenance, components, heartbeats, transactions, measures } = overview;
  return {
    ...overview,
    components: components.filter(({ inMaintenance }) => !inMaintenance),
    heartbeats: heartbeats.filter(({ inMaintenance }) => !inMaintenance),
    transactions: wholeInMaintenance ? [] : transactions,
    measures: wholeInMaintenance ? [] : measures,
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
    ...heartbeats.filter(isWorst).map(({ name, message }) => finding(`job ${name}`, message)),
    ...[...measures, ...host].filter(isWorst).map(({ name, message }) => finding(name, message)),
  ];
}

/** A sentence without a single cause; undefined when there is one. */
function wholeSentence(overview: Overview, all: Overview): string | undefined {
  const { level, components, collectors } = overview;
  if (!watchesSomething(overview)) {
    return watchesSomething(all)
      ? 'Everything that is watched is in maintenance.'
      : 'Nothing is watched: no component is configured.';
  }
  if (level === 'healthy') return healthySentence(overview);
  const untouched = components.every(
    ({ name }) => !collectors.some((collector) => collector.name === collectorOf(name)),
  );
  return level === 'unknown' && components.length > 0 && untouched ? 'No component has been probed yet.' : undefined;
}

function watchesSomething({ components, transactions, heartbeats, measures, host }: Overview): boolean {
  return [components, transactions, heartbeats, measures, host].some(({ length }) => length > 0);
}

function healthySentence({ name, components, transactions, heartbeats, measures, host }: Overview): string {
  const clauses = [
    ...clause(components.length, 'the one component answers as expected', 'components answer as expected'),
    ...clause(transactions.length, 'the one transaction goes through', 'transactions go through'),
    ...clause(
      heartbeats.filter(({ level }) => level === 'healthy').length,
      'the one job that is due has reported',
      'jobs that are due have reported',
    ),
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

function clause(count: number, ofOne: string, ofMany: string): readonly string[] {
  if (count === 0) return [];
  return [count === 1 ? ofOne : `all ${count} ${ofMany}`];
}

function withinThresholds(name: string, withMeasures: boolean, withHost: boolean): readonly string[] {
  if (withMeasures && withHost) return [`${name} and the host are within their thresholds`];
  if (withMeasures) return [`${name} is within its thresholds`];
  return withHost ? ['the host is within its thresholds'] : [];
}

function alsoConcerned(names: readonly string[], level: Level): readonly string[] {
  return names.length === 0 ? [] : [`also ${levelWord(level)}: ${firstOf(names)}`];
}

/** Does not change the level, but must be visible. */
function missingNumbers({ sources }: Overview): readonly string[] {
  const down = sources.filter(({ reading }) => reading?.up === false).map(({ name }) => name);
  return down.length === 0 ? [] : [`numbers missing, ${counted(down.length, 'data source')} down: ${firstOf(down)}`];
}

function firstOf(names: readonly string[]): string {
  const unnamed = names.length - maxNamed;
  return `${names.slice(0, maxNamed).join(', ')}${unnamed > 0 ? ` and ${unnamed} more` : ''}`;
}

/** Makes the level less reliable: some of its readings may be old or missing. */
function blindness({ collectors, atSeconds }: Overview): readonly string[] {
  const blind = collectors.filter((collector) => !collector.success || isStale(collector, atSeconds)).length;
  return blind === 0 ? [] : [`${counted(blind, 'collector')} failing or overdue`];
}

function leftOut({ wholeInMaintenance, host }: Overview, count: number): readonly string[] {
  if (wholeInMaintenance && host.length > 0) return ['everything but the host is in maintenance, left out'];
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
