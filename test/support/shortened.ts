import { parse, stringify } from 'yaml';

/** The divisor of times, or the new value of each time. `kind` is `interval` for the time between repeated events, otherwise `length`. */
export type Shortening = number | ((milliseconds: number, kind: 'interval' | 'length') => number);

/**
 * The shipped rules and routes with every time divided by `by`, so that minutes become seconds and the order of events stays: `for`,
 * `keep_firing_for`, intervals, waits, and the ranges and offsets in expressions. Numbers of seconds in expressions (`> 86400`) and texts
 * of annotations do not change.
 */
export function shortened(text: string, by: Shortening): string {
  return stringify(shorten(parse(text), by), { aliasDuplicateObjects: false, lineWidth: 0 });
}

/** A duration in Prometheus' notation, divided; at least a millisecond. */
export function shortenedDuration(duration: string, by: Shortening, kind: 'interval' | 'length' = 'length'): string {
  const milliseconds = millisecondsOf(duration);
  if (milliseconds === 0) return duration;
  return `${Math.max(1, Math.round(typeof by === 'number' ? milliseconds / by : by(milliseconds, kind)))}ms`;
}

/** The length of a duration in Prometheus' notation, `1h30m`. */
export function millisecondsOf(duration: string): number {
  return [...duration.matchAll(/(\d+)(ms|s|m|h|d|w|y)/g)].reduce(
    (sum, [, count, unit = '']) => sum + Number(count) * (unitMilliseconds[unit] ?? 0),
    0,
  );
}

/** An expression with shortened ranges and offsets. A number of evaluations, as in `[1h]) / 120`, is adapted to the shortened range. */
export function shortenedExpression(expression: string, by: Shortening): string {
  const duration = /(?:\d+(?:ms|s|m|h|d|w|y))+/g;
  return expression
    .replace(
      /\[(\w+)\](\)+) \/ (\d+)/g,
      (_, range: string, closing: string, count: string) =>
        `[${range}]${closing} / ${evaluationsIn(range, Number(count), by)}`,
    )
    .replace(/\[[^\]"']*\]|\boffset\s+-?(?:\d+(?:ms|s|m|h|d|w|y))+/g, (part) =>
      part.replace(duration, (found) => shortenedDuration(found, by)),
    );
}

function evaluationsIn(range: string, count: number, by: Shortening): number {
  if (typeof by === 'number') return count;
  const milliseconds = millisecondsOf(range);
  return Math.max(1, Math.round(by(milliseconds, 'length') / by(milliseconds / count, 'interval')));
}

const unitMilliseconds: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
  y: 365 * 86_400_000,
};

const intervalKeys: ReadonlySet<string> = new Set([
  'interval',
  'scrape_interval',
  'scrape_timeout',
  'evaluation_interval',
  'refresh_interval',
]);
const lengthKeys: ReadonlySet<string> = new Set([
  'for',
  'keep_firing_for',
  'group_wait',
  'group_interval',
  'repeat_interval',
  'resolve_timeout',
]);

function shorten(value: unknown, by: Shortening): unknown {
  if (Array.isArray(value)) return value.map((item) => shorten(item, by));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]): [string, unknown] => {
      if (typeof inner !== 'string') return [key, shorten(inner, by)];
      if (intervalKeys.has(key)) return [key, shortenedDuration(inner, by, 'interval')];
      if (lengthKeys.has(key)) return [key, shortenedDuration(inner, by)];
      return [key, key === 'expr' ? shortenedExpression(inner, by) : inner];
    }),
  );
}
