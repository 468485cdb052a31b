import { byWorstFirst, levels, levelWord } from '../../base/level.js';
import { reasonWords } from '../../base/reason.js';
import { shortened } from '../../base/text.js';
import type { HostReading, MeasureReading, TransactionReading } from '../../collector.js';
import type { Config } from '../../config/config.js';
import type { Threshold, Thresholds } from '../../config/sections/thresholds-section.js';
import type { Figures } from '../../metrics/recorder.js';
import type { AvailabilityHistory } from '../../status/history.js';
import type { CollectorState, Dated } from '../../status/latest.js';
import type { Overview, SourceOverview, TransactionOverview } from '../../status/overview.js';
import { isStale } from '../service.js';
import { components } from './components.js';
import { counted, durationText, formatMoment, formatRatio, timeAgo } from './format.js';
import { headlineOf } from './headline.js';
import { Html, html } from './html.js';
import { heartbeats } from './job-table.js';
import { numbers } from './page-numbers.js';
import { age, bar, levelIcon, levelMark, levelText, links, message, whyNothing } from './page-parts.js';
import { stylePolicy, styleSheet } from './style-sheet.js';

/** Maximum length of a message in the headline. The table shows all of it. */
const maxCharacters = 180;

type Entry = readonly [word: string, look: string, count: number];

/** The top of the page: the overall level, the reason, and the number of components by level. */
function banner(overview: Overview): Html {
  const { sentence, remarks } = headlineOf(overview);
  return html`<section class="banner ${overview.level}" aria-label="Overall level">
<p class="overall">${levelMark(overview.level)}</p>
<div class="why"><p class="sentence"><bdi>${shortened(sentence, maxCharacters)}</bdi></p>
${remarks.length > 0 && html`<p class="remarks">${shortened(remarks.join(' · '), 2 * maxCharacters)}</p>`}</div>
${counts(overview)}
</section>`;
}

function counts({ components }: Overview): Html | false {
  if (components.length < 2) return false;
  const counting = components.filter(({ inMaintenance }) => !inMaintenance);
  const entries = [...levels]
    .sort(byWorstFirst)
    .map(
      (level): Entry => [
        levelWord(level),
        `level ${level}`,
        counting.filter((component) => component.level === level).length,
      ],
    );
  entries.push(['MAINTENANCE', 'aside', components.length - counting.length]);
  return html`<dl class="counts" aria-label="Components by level">${entries
    .filter(([, , count]) => count > 0)
    .map(([word, look, count]) => html`<div><dt class="${look}">${word}</dt><dd>${count}</dd></div>`)}</dl>`;
}

/** The exporter's own state: collectors that fail or are overdue, or that there are none. */
function collectors({ collectors: all, atSeconds }: Overview): Html {
  const troubled = all.filter((collector) => !collector.success || isStale(collector, atSeconds));
  return html`<section class="collectors"><h2>Collectors</h2>${
    troubled.length === 0
      ? html`<p class="empty">${all.length === 0 ? 'None has run yet.' : `${counted(all.length, 'collector')}, none failing, none overdue.`}</p>`
      : html`<ul>${troubled.map((collector) => collectorItem(collector, atSeconds))}</ul><p class="empty">${counted(all.length, 'collector')} in all.</p>`
  }</section>`;
}

function collectorItem(collector: CollectorState, nowSeconds: number): Html {
  const { name, success, error, endedAtSeconds, intervalSeconds } = collector;
  const state = success
    ? html`<span class="level warning">▲ overdue</span>`
    : html`<span class="level critical">✖ failing</span>`;
  return html`<li><div class="top"><span class="name"><bdi>${name}</bdi></span>${state}</div>
${error !== undefined && html`<div class="message">${message(error)}</div>`}<div class="detail">ran ${timeAgo(endedAtSeconds, nowSeconds)}, due every ${durationText(intervalSeconds)}</div></li>`;
}

/** Maximum number of healthy disks that are not folded. */
const maxHealthy = 8;

/** Processor, memory and disks with their thresholds: problems first, otherwise in the given order. */
function host(readings: readonly Dated<HostReading>[], thresholds: Thresholds): Html | false {
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
<div class="figures"><span>${message(reading.message)}</span><span class="detail">warning above ${formatRatio(threshold.warning)}</span></div>${bar(usageRatio, threshold, 1)}</li>`;
}

/** AI-CRM's response times and its database, the worst first; nothing when they are not measured. */
function measures(overview: Overview): Html | false {
  if (overview.measures.length === 0) return false;
  return html`<section class="measures"><h2>Inside ${overview.name}</h2><ul>${overview.measures.map((reading) => measureItem(reading, overview))}</ul></section>`;
}

function measureItem(reading: Dated<MeasureReading>, overview: Overview): Html {
  const { name, level, collector, takenAtSeconds } = reading;
  return html`<li class="${level}"><div class="top"><span class="name"><bdi>${name}</bdi></span>${levelMark(level)}</div>
<div class="message">${message(reading.message)}</div><div class="detail">${age(takenAtSeconds, collector, overview)}</div></li>`;
}

const sourceHeadings = ['State', 'Data source', 'Last answer', 'Asked'] as const;

/** The data sources, those that are down first, because their numbers are missing; nothing without a source. */
function sources(overview: Overview): Html | false {
  if (overview.sources.length === 0) return false;
  return html`<section class="sources"><h2 id="sources">Data sources</h2>
<table role="table" aria-labelledby="sources"><thead role="rowgroup"><tr role="row">${sourceHeadings.map(
    (heading) => html`<th role="columnheader" scope="col">${heading}</th>`,
  )}</tr></thead>
<tbody role="rowgroup">${overview.sources.map((source) => sourceRow(source, overview))}</tbody></table></section>`;
}

function sourceRow({ name, collector, reading }: SourceOverview, overview: Overview): Html {
  const isDown = reading?.up === false;
  return html`<tr role="row" class="${isDown && 'critical'}">
<td role="cell" class="is">${state(reading)}</td>
<th role="rowheader" scope="row" class="who"><span class="name"><bdi>${name}</bdi></span></th>
<td role="cell" class="said"><div class="message">${message(reading?.message ?? whyNothing('not queried yet', collector, overview))}</div>${
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

/** The state is no level: a failed query says nothing about AI-CRM. */
function state(reading: SourceOverview['reading']): Html {
  if (reading === undefined) return mark('unknown', '?', 'waiting');
  if (reading.isOff === true) return mark('off', '–', 'off');
  return reading.up ? mark('healthy', '✔', 'up') : mark('critical', '✖', 'down');
}

function mark(look: string, symbol: string, word: string): Html {
  return html`<span class="level ${look}"><span class="symbol" aria-hidden="true">${symbol}</span> ${word}</span>`;
}

const transactionHeadings = ['Level', 'Transaction', 'Last run', 'Ran'] as const;

/** The synthetic workflows with their steps, the worst first; nothing without a configured one. */
function transactions(overview: Overview): Html | false {
  if (overview.transactions.length === 0) return false;
  return html`<section class="transactions"><h2 id="transactions">Transactions</h2>
<table role="table" aria-labelledby="transactions"><thead role="rowgroup"><tr role="row">${transactionHeadings.map(
    (heading) => html`<th role="columnheader" scope="col">${heading}</th>`,
  )}</tr></thead>
<tbody role="rowgroup">${overview.transactions.map((transaction) => transactionRow(transaction, overview))}</tbody></table></section>`;
}

function transactionRow({ name, level, collector, reading }: TransactionOverview, overview: Overview): Html {
  return html`<tr role="row" class="${level}">
<td role="cell" class="is">${levelMark(level)}</td>
<th role="rowheader" scope="row" class="who"><span class="name"><bdi>${name}</bdi></span></th>
<td role="cell" class="said"><div class="message">${message(reading?.message ?? whyNothing('not run yet', collector, overview))}</div>${
    reading !== undefined && [
      reading.reason !== null && html`<div class="facts">reason: ${reasonWords[reading.reason]}</div>`,
      steps(reading),
    ]
  }</td>
<td role="cell" data-label="Ran" class="probed">${age(reading?.takenAtSeconds, collector, overview)}</td></tr>
`;
}

/** The duration of each step; the failed step is marked. */
function steps({ steps: all, failedStep }: TransactionReading): Html | false {
  if (all.length === 0) return false;
  return html`<ol class="steps" aria-label="Steps">${all.map(({ name, durationSeconds, reason }) => {
    const failed = reason !== null || name === failedStep;
    return html`<li class="${failed && 'failed'}">${failed && html`<span class="level critical" role="img" aria-label="failed">✖</span> `}<bdi>${name}</bdi> ${durationText(durationSeconds)}</li>`;
  })}</ol>`;
}

/** The content and options of the page. */
export interface StatusPageView {
  readonly overview: Overview;
  readonly config: Config;
  /** Contains AI-CRM's own numbers. */
  readonly figures: Figures;
  /** Absent in a report of one moment. */
  readonly history?: AvailabilityHistory;
  readonly version: string;
  /** Seconds between reloads of the page; absent: never, for a file. */
  readonly refreshSeconds?: number;
  /** Whether to link the exporter's other endpoints. */
  readonly links: boolean;
  /** Path of the link to the metrics. Default: `/metrics`. */
  readonly telemetryPath?: string;
}

/**
 * The status page as one HTML document without scripts and other files. It shows the state at `overview.atSeconds`.
 * Levels are those of the last probes; an alert may still be waiting.
 */
export function renderStatusPage(view: StatusPageView): string {
  const { overview, config, figures, version, refreshSeconds } = view;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${refreshSeconds !== undefined && html`<meta http-equiv="refresh" content="${refreshSeconds}">`}
<meta name="color-scheme" content="light dark">
<title>${levelText(overview.level)} – ${overview.name}</title>
<link rel="icon" href="${levelIcon(overview.level)}">
<style>${new Html(styleSheet)}</style>
</head>
<body>
<header><h1>${overview.name}</h1><p>${formatMoment(overview.atSeconds)}${refreshSeconds !== undefined && ` · refreshes every ${refreshSeconds} s`}</p></header>
<main>
${banner(overview)}
<div class="columns"><div class="wide">${components(overview, view)}${transactions(overview)}${heartbeats(overview)}${numbers(overview, config, figures)}${sources(overview)}</div>
<div class="narrow">${measures(overview)}${host(overview.host, config.thresholds)}${collectors(overview)}</div></div>
</main>
<footer>${view.links && links(view.telemetryPath ?? '/metrics')}<p>ai-crm-exporter ${version} · levels show the last probe; alerts wait until a condition lasts</p></footer>
</body>
</html>
`.markup;
}

/** The `Content-Security-Policy` of the page: only its own style sheet and icon. */
export function pagePolicy(): string {
  return stylePolicy(styleSheet);
}
