import type { Overview } from '../../status/overview.js';
import { isStale } from '../staleness.js';
import { timeAgo } from './format.js';
import { type Content, html } from './html.js';

/** When something was found out, and whether that is too long ago; `never` when nobody looked yet. */
export function age(
  takenAtSeconds: number | undefined,
  collectorName: string,
  { collectors, atSeconds }: Overview,
): Content {
  const collector = collectors.find(({ name }) => name === collectorName);
  // A run that failed brought no reading, and is still the last time that somebody looked.
  const lookedAtSeconds = takenAtSeconds ?? collector?.endedAtSeconds;
  if (lookedAtSeconds === undefined) return 'never';
  return [
    timeAgo(lookedAtSeconds, atSeconds),
    collector !== undefined && isStale(collector, atSeconds) && html` <span class="level warning">▲ overdue</span>`,
  ];
}
