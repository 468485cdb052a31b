import type { Definition } from '../../src/metrics/definition.js';
import { greatest } from './aggregate.js';
import { type Matchers, select } from './selector.js';

/**
 * A level as one number: 0 HEALTHY, 1 UNKNOWN, 2 WARNING, 3 CRITICAL, so that the greatest is the worst. What is not there any more
 * stays absent. The order is that of `levelMappings`.
 */
export function level<L extends string>(
  definition: Definition<L | 'status'>,
  matchers: Matchers<L>,
  ...by: readonly L[]
): string {
  const is = (status: string) => select(definition, { ...matchers, status: `="${status}"` } as Matchers<L | 'status'>);
  return greatest(`${is('unknown')} or 2 * ${is('warning')} or 3 * ${is('critical')}`, ...by);
}

/** Adds what a stat shows when nothing at all is known, since it would show an empty field. Only -1: no level is ever assumed. */
export const orNoData = (expression: string): string => `${expression} or vector(-1)`;
