import type { CollectorState } from '../../status/latest.js';
import type { Overview } from '../../status/overview.js';
import { isStale } from '../staleness.js';
import { counted, formatDuration, timeAgo } from './format.js';
import { type Html, html } from './html.js';
import { message } from './message.js';

/** Whether the exporter itself can see: the collectors that fail or have not run, or that there are none such. */
export function collectors({ collectors: all, atSeconds }: Overview): Html {
  const troubled = all.filter((collector) => !collector.success || isStale(collector, atSeconds));
  return html`<section class="collectors"><h2>Collectors</h2>${
    troubled.length === 0
      ? html`<p class="empty">${all.length === 0 ? 'None has run yet.' : `${counted(all.length, 'collector')}, none failing, none overdue.`}</p>`
      : html`<ul>${troubled.map((collector) => item(collector, atSeconds))}</ul><p class="empty">${counted(all.length, 'collector')} in all.</p>`
  }</section>`;
}

function item(collector: CollectorState, nowSeconds: number): Html {
  const { name, success, error, endedAtSeconds, intervalSeconds } = collector;
  const state = success
    ? html`<span class="level warning">▲ overdue</span>`
    : html`<span class="level critical">✖ failing</span>`;
  return html`<li><div class="top"><span class="name"><bdi>${name}</bdi></span>${state}</div>
${error !== undefined && html`<div class="message">${message(error)}</div>`}<div class="detail">ran ${timeAgo(endedAtSeconds, nowSeconds)}, due every ${formatDuration(intervalSeconds)}</div></li>`;
}
