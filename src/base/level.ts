/** State of a component, a host resource or the whole of AI-CRM. */
export type Level = 'healthy' | 'warning' | 'critical' | 'unknown';

/** The levels in the order of metrics and lists. */
export const levels: readonly Level[] = ['healthy', 'warning', 'critical', 'unknown'];

/** Rank of each level. UNKNOWN is below WARNING, because a known problem needs attention before a failed measurement does. */
const badness: Readonly<Record<Level, number>> = { healthy: 0, unknown: 1, warning: 2, critical: 3 };

/** The worst of some levels; `unknown` for an empty list, because nothing was measured. */
export function worstLevel(given: Iterable<Level>): Level {
  let worst: Level | undefined;
  for (const level of given) if (worst === undefined || badness[level] > badness[worst]) worst = level;
  return worst ?? 'unknown';
}

/** Comparison for `sort`, the worst first. */
export function byWorstFirst(a: Level, b: Level): number {
  return badness[b] - badness[a];
}

/** The level in capitals: `HEALTHY`, `WARNING`, `CRITICAL`, `UNKNOWN`. */
export function levelWord(level: Level): string {
  return level.toUpperCase();
}

/** Exit code of `check`, by the Nagios plugin convention. */
export function exitCodeOf(level: Level): 0 | 1 | 2 | 3 {
  return ({ healthy: 0, warning: 1, critical: 2, unknown: 3 } as const)[level];
}

/** CRITICAL above the critical threshold, WARNING above the other one, UNKNOWN for NaN; all in the same unit. */
export function levelAgainst(value: number, threshold: { readonly warning: number; readonly critical: number }): Level {
  if (Number.isNaN(value)) return 'unknown';
  if (value > threshold.critical) return 'critical';
  return value > threshold.warning ? 'warning' : 'healthy';
}

/** A sign for each level, for readers who do not see its colour. */
export const levelSigns: Readonly<Record<Level, string>> = { healthy: '✔', warning: '▲', critical: '✖', unknown: '?' };
