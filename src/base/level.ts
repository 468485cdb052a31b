/** How a component, a host resource or the whole of AI-CRM is doing right now. */
export type Level = 'healthy' | 'warning' | 'critical' | 'unknown';

/** The four levels in the order in which they are exported and listed. */
export const levels: readonly Level[] = ['healthy', 'warning', 'critical', 'unknown'];

/**
 * Badness, worst last. UNKNOWN stands below WARNING: something that is known to be wrong is worth more attention than
 * something that could not be looked at, and a blind spot must not hide a fire.
 */
const badness: Readonly<Record<Level, number>> = { healthy: 0, unknown: 1, warning: 2, critical: 3 };

/** The worst of the given levels; `unknown` for none at all, because nothing looked at is not health. */
export function worstLevel(given: Iterable<Level>): Level {
  let worst: Level | undefined;
  for (const level of given) if (worst === undefined || badness[level] > badness[worst]) worst = level;
  return worst ?? 'unknown';
}

/** Compares for sorting with the worst first. */
export function byWorstFirst(a: Level, b: Level): number {
  return badness[b] - badness[a];
}

/** The level as people read it: `HEALTHY`, `WARNING`, `CRITICAL`, `UNKNOWN`. */
export function levelWord(level: Level): string {
  return level.toUpperCase();
}

/** The exit code of `check` for a level, by the Nagios plugin convention. */
export function exitCodeOf(level: Level): 0 | 1 | 2 | 3 {
  return ({ healthy: 0, warning: 1, critical: 2, unknown: 3 } as const)[level];
}

/** HEALTHY up to the warning threshold, WARNING above it, CRITICAL above the critical one; same unit for all three. */
export function levelAgainst(value: number, threshold: { readonly warning: number; readonly critical: number }): Level {
  if (Number.isNaN(value)) return 'unknown';
  if (value > threshold.critical) return 'critical';
  return value > threshold.warning ? 'warning' : 'healthy';
}

/** A sign for each level, so that no level is told by its colour alone. */
export const levelSigns: Readonly<Record<Level, string>> = { healthy: '✔', warning: '▲', critical: '✖', unknown: '?' };
