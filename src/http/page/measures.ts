import type { MeasureReading } from '../../collectors/reading.js';
import type { Dated } from '../../status/latest.js';
import type { Overview } from '../../status/overview.js';
import { age } from './age.js';
import { type Html, html } from './html.js';
import { levelMark } from './level-mark.js';
import { message } from './message.js';

/** How fast AI-CRM thinks and whether it reaches its database, the worst first; nothing when that is not measured. */
export function measures(overview: Overview): Html | false {
  if (overview.measures.length === 0) return false;
  return html`<section class="measures"><h2>Inside AI-CRM</h2><ul>${overview.measures.map((reading) => item(reading, overview))}</ul></section>`;
}

function item(reading: Dated<MeasureReading>, overview: Overview): Html {
  const { name, level, collector, takenAtSeconds } = reading;
  return html`<li class="${level}"><div class="top"><span class="name"><bdi>${name}</bdi></span>${levelMark(level)}</div>
<div class="message">${message(reading.message)}</div><div class="detail">${age(takenAtSeconds, collector, overview)}</div></li>`;
}
