import {
  componentDependsOn,
  componentMaintenance,
  componentStatus,
  partStatus,
} from '../../src/metrics/component-metrics.js';
import type { Definition } from '../../src/metrics/definition.js';
import { greatest, worst } from './aggregate.js';
import { type Matchers, select } from './selector.js';

/**
 * A level as one number: 0 HEALTHY, 1 UNKNOWN, 2 WARNING, 3 CRITICAL, so that the greatest is the worst. What is not there any more
 * stays absent. The order is that of `levelMappings`.
 */
export const level = <L extends string>(
  definition: Definition<L | 'status'>,
  matchers: Matchers<L>,
  ...by: readonly L[]
): string => asNumber(definition, matchers, by, (series) => series);

/** The same for graphs: the worst level within each step. */
export const worstLevel = <L extends string>(
  definition: Definition<L | 'status'>,
  matchers: Matchers<L>,
  ...by: readonly L[]
): string => asNumber(definition, matchers, by, worst);

function asNumber<L extends string>(
  definition: Definition<L | 'status'>,
  matchers: Matchers<L>,
  by: readonly L[],
  of: (series: string) => string,
): string {
  const is = (status: string) =>
    of(select(definition, { ...matchers, status: `="${status}"` } as Matchers<L | 'status'>));
  return greatest(`${is('unknown')} or 2 * ${is('warning')} or 3 * ${is('critical')}`, ...by);
}

const inMaintenance = `${greatest(select(componentMaintenance), 'component')} == 1`;

/** The level of each component, -2 for those in maintenance. */
export const componentLevels = `-2 * (${inMaintenance}) or ${level(componentStatus, {}, 'component')}`;

/** The level of whatever else counts, by kind. */
export const partLevels = (kind: string): string => level(partStatus, { kind }, 'part');

const asPart = (components: string) => `label_replace(${components}, "part", "$1", "component", "(.*)")`;

/**
 * The part to look at first, with its name as the label `part` and its level as the value: the worst, and of components one of which no
 * dependency is CRITICAL itself; of several, the one on which most depend. "all parts" with 0 where everything is well, -1 where nothing is known.
 */
export function firstCause(whole: Definition<'status'>): string {
  const components = `${level(componentStatus, {}, 'component')} unless ${inMaintenance}`;
  const unwell = `(${asPart(components)} or ${level(partStatus, {}, 'part')}) > 0`;
  const critical = `label_replace(${level(componentStatus, {}, 'component')} == 3, "depends_on", "$1", "component", "(.+)")`;
  const dependents = `${select(componentDependsOn)} and on (job, depends_on) ${critical}`;
  const cause = `${unwell} unless on (job, component) (${dependents})`;
  const explained = `count by (job, part) (label_replace(${dependents}, "part", "$1", "depends_on", "(.+)"))`;
  const named = (value: string, name: string) => `label_replace(${value}, "part", "${name}", "", "")`;
  return [
    // The greater the level, and then the more it explains.
    `floor(topk(1, (${cause}) + on (job, part) group_left () ${explained} / 1000 or ${cause}))`,
    `topk(1, ${unwell})`,
    named(`max(${level(whole, {})})`, 'all parts'),
    named('vector(-1)', 'nothing is known'),
  ].join(' or on () ');
}

/** Adds what a stat shows when nothing at all is known, since it would show an empty field. Only -1: no level is ever assumed. */
export const orNoData = (expression: string): string => `${expression} or vector(-1)`;
