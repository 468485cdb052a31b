import type { AnsweredSeries } from '../support/board-answers.js';

/** The expected answer of a query while the database of the AI-CRM is down. */
export interface Expected {
  /** Board, panel and query. */
  readonly where: string;
  readonly shows: string;
  /** Whether the answer is right now and was not before. */
  is(series: readonly AnsweredSeries[], before: readonly AnsweredSeries[]): boolean;
}

const lastOf = (series: AnsweredSeries | undefined) => series?.values.at(-1)?.[1];
type Shown = (series: readonly AnsweredSeries[]) => boolean;
const since =
  (isShown: Shown): Expected['is'] =>
  (series, before) =>
    isShown(series) && !isShown(before);
const anyIs = (value: number) => since((series) => series.some((one) => lastOf(one) === value));
/** It must not grow from nothing: on a busy machine something else may be late. */
const grows: Expected['is'] = ([series], [before]) => (lastOf(series) ?? NaN) > (lastOf(before) ?? NaN);
const shrinks: Expected['is'] = ([series], [before]) => (lastOf(series) ?? NaN) < (lastOf(before) ?? NaN);
const postgresIs = (isRight: (value: number) => boolean) =>
  since((series) => series.some((one) => one.metric['component'] === 'postgres' && isRight(lastOf(one) ?? NaN)));

/** The panels that people use when a database is down. */
export const expectations: readonly Expected[] = [
  { where: 'aicrm-overview: AI-CRM is now: A', shows: 'CRITICAL', is: anyIs(3) },
  { where: 'aicrm-overview: Alerting: A', shows: 'one more critical alert', is: grows },
  {
    where: 'aicrm-overview: Components: A',
    shows: 'a card that is CRITICAL',
    is: postgresIs((value) => value === 3),
  },
  { where: 'aicrm-overview: What is wrong now: A', shows: 'the database', is: postgresIs((value) => value > 0) },
  {
    where: 'aicrm-overview: Level over time: A',
    shows: 'the database as CRITICAL',
    is: postgresIs((value) => value === 3),
  },
  { where: 'aicrm-overview: Budget: A', shows: 'less of it', is: shrinks },
  {
    where: 'aicrm-overview: annotation Alerts',
    shows: 'an alert about the database',
    is: postgresIs((value) => value === 1),
  },
  {
    where: 'aicrm-services: Level of every component: A',
    shows: 'the database as CRITICAL',
    is: postgresIs((value) => value === 3),
  },
  { where: 'aicrm-services: Components: A', shows: 'the database as CRITICAL', is: postgresIs((value) => value === 3) },
  { where: 'aicrm-services: Components: E', shows: 'that its probes fail', is: postgresIs((value) => value > 0) },
  {
    where: 'aicrm-services: Failures by reason: A',
    shows: 'that nobody can connect',
    is: since((series) => series.some(({ metric }) => metric['reason'] === 'connect')),
  },
  {
    where: 'aicrm-slo: Fast burn, 1 h: A',
    shows: 'a burn that wakes people',
    is: postgresIs((value) => value > 14.4),
  },
  {
    where: 'aicrm-services: Depends on: A',
    shows: 'who depends on it',
    is: since((series) => series.some((one) => one.metric['depends_on'] === 'postgres' && lastOf(one) === 3)),
  },
  { where: 'aicrm-alerting: Alerting: A', shows: 'one more critical alert', is: grows },
  { where: 'aicrm-alerting: Alert history: A', shows: 'the alert as CRITICAL', is: postgresIs((value) => value === 3) },
];
