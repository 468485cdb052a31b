import type { HostReading } from '../../collectors/reading.js';
import type { Threshold, Thresholds } from '../../config/config.js';
import { byWorstFirst } from '../../level.js';
import type { Dated } from '../../status/latest.js';
import { bar } from './bar.js';
import { formatRatio } from './format.js';
import { type Html, html } from './html.js';
import { levelMark } from './level-mark.js';
import { message } from './message.js';

/** How many healthy disks are shown before the rest is folded away. */
const maxHealthy = 8;

/** Processor, memory and disks against their thresholds; trouble first, otherwise in their own order. */
export function host(readings: readonly Dated<HostReading>[], thresholds: Thresholds): Html | false {
  if (readings.length === 0) return false;
  const sorted = [...readings].sort((a, b) => byWorstFirst(a.level, b.level));
  const limits: Readonly<Record<HostReading['resource'], Threshold>> = {
    cpu: thresholds.cpuUsageRatio,
    memory: thresholds.memoryUsageRatio,
    disk: thresholds.diskUsageRatio,
  };
  const items = sorted.map((reading) => ({ reading, item: resource(reading, limits[reading.resource]) }));
  const troubled = items.filter(({ reading }) => reading.level !== 'healthy').length;
  const shown = items.slice(0, troubled + maxHealthy).map(({ item }) => item);
  const folded = items.slice(troubled + maxHealthy).map(({ item }) => item);
  return html`<section class="host"><h2>Host</h2><ul class="resources">${shown}</ul>${
    folded.length > 0 &&
    html`<details><summary>${folded.length} more, all HEALTHY</summary><ul class="resources">${folded}</ul></details>`
  }</section>`;
}

function resource(reading: Dated<HostReading>, threshold: Threshold): Html {
  const { name, level, usageRatio } = reading;
  return html`<li class="${level}"><div class="top"><span class="name"><bdi>${name}</bdi></span>${levelMark(level)}</div>
<div class="figures"><span class="of"><b>${formatRatio(usageRatio)}</b> of ${formatRatio(threshold.warning)}</span><span class="detail">${message(reading.message)}</span></div>${bar(usageRatio, threshold, 1)}</li>`;
}
