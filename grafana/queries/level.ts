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
 * A level as a number: 0 HEALTHY, 1 UNKNOWN, 2 WARNING, 3 CRITICAL. The greatest is the worst. An absent series stays absent. The order is
 * that of `levelMappings`.
 */
export const level = <L extends string>(
  definition: Definition<L | 'status'>,
  matchers: Matchers<L>,
  ...by: readonly L[]
): string => asNumber(definition, matchers, by, (series) => series);

/** The worst level in each step of a graph. */
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

/** The level of each component; -2 during maintenance. */
export const componentLevels = `-2 * (${inMaintenance}) or ${level(componentStatus, {}, 'component')}`;

/** The level of each other part of this kind. */
export const partLevels = (kind: string): string => level(partStatus, { kind }, 'part');

const asPart = (components: string) => `label_replace(${components}, "part", "$1", "component", "(.*)")`;

/**
 * The part to look at first. Its name is the label `part`, its level is the value. It is the worst part. A component with a CRITICAL
 * dependency does not count. Of several, it is the component on which most others depend. The result is "all parts" with 0 if everything is
 * healthy, and -1 if nothing is known.
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
    // Sorts by level first, then by the number of dependents.
    `floor(topk(1, (${cause}) + on (job, part) group_left () ${explained} / 1000 or ${cause}))`,
    `topk(1, ${unwell})`,
    named(`max(${level(whole, {})})`, 'all parts'),
    named('vector(-1)', 'nothing is known'),
  ].join(' or on () ');
}

/** Adds -1 if nothing is known: without data a stat is an empty field. Any other level would be a guess. */
export const orNoData = (expression: string): string => `${expression} or vector(-1)`;
