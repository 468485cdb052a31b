import type { HeartbeatOverview, Overview } from '../../status/overview.js';
import { durationText, timeAgo } from './format.js';
import { type Content, type Html, html } from './html.js';
import { levelMark, message } from './page-parts.js';

const headings = ['Level', 'Job', 'Last report', 'Run time', 'Expected', 'Reported'] as const;

/** The jobs with heartbeats, the worst first; nothing without a configured job. */
export function heartbeats({ heartbeats: all, atSeconds }: Overview): Html | false {
  if (all.length === 0) return false;
  return html`<section class="heartbeats"><h2 id="heartbeats">Heartbeats</h2>
<table role="table" aria-labelledby="heartbeats"><thead role="rowgroup"><tr role="row">${headings.map(
    (heading) => html`<th role="columnheader" scope="col">${heading}</th>`,
  )}</tr></thead>
<tbody role="rowgroup">${all.map((heartbeat) => row(heartbeat, atSeconds))}</tbody></table></section>`;
}

function row(heartbeat: HeartbeatOverview, atSeconds: number): Html {
  const { name, level, about, inMaintenance, everySeconds, state } = heartbeat;
  const { description } = about;
  const { runtimeSeconds, lastReportSeconds } = state;
  return html`<tr role="row" class="${level}${inMaintenance && ' in-maintenance'}">
<td role="cell" class="is">${levelMark(level)}</td>
<th role="rowheader" scope="row" class="who"><span class="name"><bdi>${name}</bdi></span>${inMaintenance && html` <span class="tag">maintenance</span>`}${description !== undefined && html`<span class="target"><bdi>${description}</bdi></span>`}</th>
<td role="cell" class="said"><div class="message">${message(heartbeat.message)}</div></td>
<td role="cell" data-label="Run time" class="number${runtimeSeconds === undefined && ' absent'}">${runtimeSeconds === undefined ? '–' : durationText(runtimeSeconds)}</td>
<td role="cell" data-label="Expected" class="number">every ${durationText(everySeconds)}</td>
<td role="cell" data-label="Reported" class="probed">${reported(lastReportSeconds, atSeconds)}</td></tr>
`;
}

function reported(lastReportSeconds: number | undefined, atSeconds: number): Content {
  return lastReportSeconds === undefined ? 'never' : timeAgo(lastReportSeconds, atSeconds);
}
