import type { Threshold } from '../../config/config.js';
import { levelAgainst } from '../../level.js';
import { type Html, html } from './html.js';

/**
 * A value against its thresholds as a small bar: full at `fullAt`, a tick at each threshold. It repeats the number that
 * stands beside it, so screen readers are spared it. Drawn with attributes alone, as the page's policy forbids styles.
 */
export function bar(value: number, threshold: Threshold, fullAt: number): Html {
  const level = levelAgainst(value, threshold);
  return html`<svg class="bar ${level}" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="100" height="6"/><rect class="value" width="${percent(value, fullAt)}" height="6"/>${[
    threshold.warning,
    threshold.critical,
  ].map(
    (limit) => limit < fullAt && html`<rect class="tick" x="${percent(limit, fullAt) - 0.5}" width="1" height="6"/>`,
  )}</svg>`;
}

function percent(value: number, fullAt: number): number {
  if (!(value > 0) || !(fullAt > 0)) return 0;
  return Number(Math.min(100, (value / fullAt) * 100).toFixed(1));
}
