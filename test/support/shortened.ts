import { parse, stringify } from 'yaml';

/**
 * The shipped rules and routes with every time divided by `factor`, so that what takes minutes takes seconds and the order of
 * events stays as it is: `for`, `keep_firing_for`, intervals, waits, and the ranges and offsets within expressions. Numbers of
 * seconds in expressions stay (`> 86400`), as does the text of annotations.
 */
export function shortened(text: string, factor: number): string {
  return stringify(shorten(parse(text), factor), { aliasDuplicateObjects: false, lineWidth: 0 });
}

/** A duration in Prometheus' notation, divided; at least a millisecond. */
export function shortenedDuration(duration: string, factor: number): string {
  const milliseconds = [...duration.matchAll(/(\d+)(ms|s|m|h|d|w|y)/g)].reduce((sum, [, count, unit = '']) => sum + Number(count) * (unitMilliseconds[unit] ?? 0), 0);
  return milliseconds === 0 ? duration : `${Math.max(1, Math.round(milliseconds / factor))}ms`;
}

const unitMilliseconds: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000, y: 365 * 86_400_000 };

const timeKeys: ReadonlySet<string> = new Set(['for', 'keep_firing_for', 'interval', 'scrape_interval', 'scrape_timeout', 'evaluation_interval', 'refresh_interval', 'group_wait', 'group_interval', 'repeat_interval', 'resolve_timeout']);

function shorten(value: unknown, factor: number): unknown {
  if (Array.isArray(value)) return value.map((item) => shorten(item, factor));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]): [string, unknown] => {
      if (typeof inner !== 'string') return [key, shorten(inner, factor)];
      if (timeKeys.has(key)) return [key, shortenedDuration(inner, factor)];
      return [key, key === 'expr' ? shortenedExpression(inner, factor) : inner];
    }),
  );
}

function shortenedExpression(expression: string, factor: number): string {
  const duration = /(?:\d+(?:ms|s|m|h|d|w|y))+/g;
  return expression.replace(/\[[^\]"']*\]|\boffset\s+-?(?:\d+(?:ms|s|m|h|d|w|y))+/g, (part) => part.replace(duration, (found) => shortenedDuration(found, factor)));
}
