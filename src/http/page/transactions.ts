import type { TransactionReading } from '../../collectors/reading.js';
import { reasonWords } from '../../reason.js';
import type { Overview, TransactionOverview } from '../../status/overview.js';
import { age } from './age.js';
import { formatDuration } from './format.js';
import { type Html, html } from './html.js';
import { levelMark } from './level-mark.js';
import { message } from './message.js';
import { whyNothing } from './why-nothing.js';

const headings = ['Level', 'Transaction', 'Last run', 'Duration', 'Ran'] as const;

/** The synthetic workflows, the worst first, each with its steps; nothing when none is configured. */
export function transactions(overview: Overview): Html | false {
  if (overview.transactions.length === 0) return false;
  return html`<section class="transactions"><h2 id="transactions">Transactions</h2>
<table role="table" aria-labelledby="transactions"><thead role="rowgroup"><tr role="row">${headings.map(
    (heading) => html`<th role="columnheader" scope="col">${heading}</th>`,
  )}</tr></thead>
<tbody role="rowgroup">${overview.transactions.map((transaction) => row(transaction, overview))}</tbody></table></section>`;
}

function row({ name, level, collector, reading }: TransactionOverview, overview: Overview): Html {
  return html`<tr role="row" class="${level}">
<td role="cell" class="is">${levelMark(level)}</td>
<th role="rowheader" scope="row" class="who"><span class="name"><bdi>${name}</bdi></span></th>
<td role="cell" class="said"><div class="message">${message(reading?.message ?? whyNothing('not run yet', collector, overview))}</div>${
    reading !== undefined && [
      reading.reason !== null && html`<div class="facts">reason: ${reasonWords[reading.reason]}</div>`,
      steps(reading),
    ]
  }</td>
<td role="cell" data-label="Duration" class="number${reading === undefined && ' absent'}">${reading === undefined ? '–' : formatDuration(reading.durationSeconds)}</td>
<td role="cell" data-label="Ran" class="probed">${age(reading?.takenAtSeconds, collector, overview)}</td></tr>
`;
}

/** What each step took, the one that failed marked as such. */
function steps({ steps: all, failedStep }: TransactionReading): Html | false {
  if (all.length === 0) return false;
  return html`<ol class="steps" aria-label="Steps">${all.map(({ name, durationSeconds, reason }) => {
    const failed = reason !== null || name === failedStep;
    return html`<li class="${failed && 'failed'}">${failed && html`<span class="level critical" role="img" aria-label="failed">✖</span> `}<bdi>${name}</bdi> ${formatDuration(durationSeconds)}</li>`;
  })}</ol>`;
}
