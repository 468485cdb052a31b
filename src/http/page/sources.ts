import { reasonWords } from '../../reason.js';
import type { Overview, SourceOverview } from '../../status/overview.js';
import { age } from './age.js';
import { type Html, html } from './html.js';
import { message } from './message.js';
import { whyNothing } from './why-nothing.js';

const headings = ['State', 'Data source', 'Last answer', 'Asked'] as const;

/** Where numbers come from, those that are down first: their numbers are missing. Nothing when there are none. */
export function sources(overview: Overview): Html | false {
  if (overview.sources.length === 0) return false;
  return html`<section class="sources"><h2 id="sources">Data sources</h2>
<table role="table" aria-labelledby="sources"><thead role="rowgroup"><tr role="row">${headings.map(
    (heading) => html`<th role="columnheader" scope="col">${heading}</th>`,
  )}</tr></thead>
<tbody role="rowgroup">${overview.sources.map((source) => row(source, overview))}</tbody></table></section>`;
}

function row({ name, collector, reading }: SourceOverview, overview: Overview): Html {
  const isDown = reading?.up === false;
  return html`<tr role="row" class="${isDown && 'critical'}">
<td role="cell" class="is">${state(reading)}</td>
<th role="rowheader" scope="row" class="who"><span class="name"><bdi>${name}</bdi></span></th>
<td role="cell" class="said"><div class="message">${message(reading?.message ?? whyNothing('not asked yet', collector, overview))}</div>${
    reading !== undefined && [
      isDown &&
        html`<div class="facts">numbers are missing${reading.reason !== null && ` · reason: ${reasonWords[reading.reason]}`}</div>`,
      reading.notices.length > 0 &&
        html`<ul class="notices">${reading.notices.map((notice) => html`<li>${message(notice)}</li>`)}</ul>`,
    ]
  }</td>
<td role="cell" data-label="Asked" class="probed">${age(reading?.takenAtSeconds, collector, overview)}</td></tr>
`;
}

/** Not a level: that it cannot be asked says nothing about AI-CRM. */
function state(reading: SourceOverview['reading']): Html {
  if (reading === undefined) return mark('unknown', '?', 'waiting');
  if (reading.isOff === true) return mark('off', '–', 'off');
  return reading.up ? mark('healthy', '✔', 'up') : mark('critical', '✖', 'down');
}

function mark(look: string, symbol: string, word: string): Html {
  return html`<span class="level ${look}"><span class="symbol" aria-hidden="true">${symbol}</span> ${word}</span>`;
}
