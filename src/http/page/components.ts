import { byWorstFirst, type Level } from '../../base/level.js';
import { reasonWords } from '../../base/reason.js';
import type { Config } from '../../config/config.js';
import type { PeriodName } from '../../sources/history-collector.js';
import type { AvailabilityHistory } from '../../status/history.js';
import type { ComponentOverview, Overview } from '../../status/overview.js';
import { collectorOf } from '../service.js';
import { durationText, formatAvailability } from './format.js';
import { failures, whatIsKnown } from './headline.js';
import { type Content, type Html, html } from './html.js';
import { age, bar, levelMark, message, smallMark, strip } from './page-parts.js';

const daySeconds = 86_400;

/** Maximum number of healthy checks that are named. The rest is counted. */
const maxHealthyChecks = 6;

const headings = ['Level', 'Component', 'Last probe', 'Response', 'Available', 'Probed', 'Certificate'] as const;

/** Other data that rows show. */
export interface ComponentsContext {
  /** Absent in a report of one moment, which has no such column. */
  readonly history?: AvailabilityHistory;
  readonly config: Pick<Config, 'grafanaUrl' | 'alertmanager'>;
  /** Whether to link the exporter's own pages. */
  readonly links: boolean;
}

/** The components, the worst first. ARIA roles are explicit, because the narrow layout removes those of the table. */
export function components(overview: Overview, context: ComponentsContext): Html {
  if (overview.components.length === 0) {
    return html`<section><h2>Components</h2><p class="empty">No component is configured.</p></section>`;
  }
  const withTls = overview.components.some(({ reading }) => reading?.certificate !== undefined);
  const shown = headings.filter(
    (heading) => (heading !== 'Certificate' || withTls) && (heading !== 'Available' || context.history !== undefined),
  );
  return html`<section class="components"><h2 id="components">Components</h2>
<label class="unfold"><input type="checkbox"> details of what is HEALTHY</label>
<table role="table" aria-labelledby="components"><thead role="rowgroup"><tr role="row">${shown.map(
    (heading) => html`<th role="columnheader" scope="col">${heading}</th>`,
  )}</tr></thead>
<tbody role="rowgroup">${overview.components.map((component) => row(component, overview, withTls, context))}</tbody></table></section>`;
}

function row(component: ComponentOverview, overview: Overview, withTls: boolean, context: ComponentsContext): Html {
  const { name, target, level, severity, about, inMaintenance, reading } = component;
  return html`<tr role="row" class="${level}${inMaintenance && ' in-maintenance'}">
<td role="cell" class="is">${levelMark(level)}</td>
<th role="rowheader" scope="row" class="who"><span class="name"><bdi>${name}</bdi></span>${inMaintenance && html` <span class="tag">maintenance</span>`}${severity === 'warning' && html` <span class="tag">only warns</span>`}${about.group !== undefined && html` <span class="tag"><bdi>${about.group}</bdi></span>`}<span class="target"><bdi>${target}</bdi></span>${needs(component, overview)}</th>
<td role="cell" class="said">${said(component, overview)}${where(component, context)}</td>
<td role="cell" data-label="Response" class="response${reading === undefined && ' absent'}">${reading === undefined ? '–' : response(component, reading.responseSeconds)}</td>
${context.history !== undefined && html`<td role="cell" data-label="Available" class="available">${available(name, context.history, overview.atSeconds)}</td>`}
<td role="cell" data-label="Probed" class="probed">${age(reading?.takenAtSeconds, collectorOf(name), overview)}</td>
${withTls && html`<td role="cell" data-label="Certificate" class="certificate${reading?.certificate === undefined && ' absent'}">${certificate(component, overview.atSeconds)}</td>`}</tr>
`;
}

function said(component: ComponentOverview, overview: Overview): Content {
  const { reading } = component;
  const facts = [...(reading?.reason ? [`reason: ${reasonWords[reading.reason]}`] : []), ...failures(component)];
  return [
    html`<div class="message">${message(whatIsKnown(component, overview))}</div>`,
    facts.length > 0 && html`<div class="facts">${facts.join(' · ')}</div>`,
    checks(component),
  ];
}

/** Links for a component that is not healthy. */
function where({ name, level, about, reading }: ComponentOverview, { config, links }: ComponentsContext): Content {
  if (level === 'healthy' || reading === undefined) return null;
  const { grafanaUrl, alertmanager } = config;
  const job = alertmanager?.job;
  // Another AI-CRM may have a component of this name.
  const matchers = [...(job === undefined ? [] : [`job=${JSON.stringify(job)}`]), `component=${JSON.stringify(name)}`];
  const filter = encodeURIComponent(`{${matchers.join(',')}}`);
  const ofJob = job === undefined ? '' : `&var-job=${encodeURIComponent(job)}`;
  const alerts = alertmanager !== undefined && isReachable(alertmanager.url) ? `${alertmanager.url}/#` : undefined;
  const places: readonly (readonly [word: string, address: string | undefined])[] = [
    ['runbook', about.runbookUrl ?? (links ? `./runbooks/${runbookOf(level, reading.reason)}` : undefined)],
    ['board', grafanaUrl && `${grafanaUrl}/d/aicrm-services?var-component=${encodeURIComponent(name)}${ofJob}`],
    ['alerts', alerts && `${alerts}/alerts?filter=${filter}`],
    ['silence', alerts && `${alerts}/silences/new?filter=${filter}`],
  ];
  const known = places.filter(([, address]) => address !== undefined);
  return (
    known.length > 0 &&
    html`<div class="where">${known.map(([word, address]) => html`<a href="${address}">${word}</a>`)}</div>`
  );
}

/** The alert that will most likely fire. */
function runbookOf(level: Level, reason: string | null): string {
  if (level === 'critical') return 'AiCrmComponentDown';
  if (level === 'unknown') return 'AiCrmComponentUnknown';
  return reason === null ? 'AiCrmComponentSlow' : 'AiCrmComponentDegraded';
}

/** Other users cannot reach a name without a dot, such as that of a container. */
function isReachable(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || /[.:]/.test(hostname);
}

function available(name: string, history: AvailabilityHistory, nowSeconds: number): Content {
  const { origin } = history;
  const of = (period: PeriodName, words: string) => {
    const known = history.of(name, period, nowSeconds);
    if (known.upRatio === undefined) return html`<div>${words} –</div>`;
    return html`<div title="${words}: ${formatAvailability(known.upRatio)}">${words} <b>${formatAvailability(known.upRatio)}</b>${strip(known)}</div>`;
  };
  // The exporter's own history starts with the exporter.
  const isShort = typeof origin === 'object' && nowSeconds - origin.sinceSeconds < daySeconds;
  if (isShort) return of('day', durationText(nowSeconds - origin.sinceSeconds));
  return [of('day', '24 h'), of('month', '30 days')];
}

function checks({ reading }: ComponentOverview): Content {
  const all = [...(reading?.checks ?? [])].sort((a, b) => byWorstFirst(a.level, b.level));
  if (all.length === 0) return null;
  const failing = all.filter(({ level }) => level !== 'healthy');
  const healthy = all.slice(failing.length);
  const hidden = healthy.length - maxHealthyChecks;
  return html`<ul class="checks" aria-label="Checks inside">${[...failing, ...healthy.slice(0, maxHealthyChecks)].map(
    ({ name, level }) => html`<li>${smallMark(level, name)}</li>`,
  )}${hidden > 0 && html`<li>and ${hidden} healthy</li>`}</ul>`;
}

/** The dependencies. Those that may be the cause show their level. */
function needs({ dependsOn, suspects: all, reading }: ComponentOverview, { components: others }: Overview): Content {
  if (dependsOn.length === 0) return null;
  // Before the first probe there is no problem to explain.
  const suspects = reading === undefined ? [] : all;
  const levelOf = (name: string) => others.find((other) => other.name === name)?.level ?? 'unknown';
  const names = dependsOn.map((name, i) => [
    i > 0 && ', ',
    suspects.includes(name) ? smallMark(levelOf(name), name) : html`<bdi>${name}</bdi>`,
  ]);
  return html`<span class="needs">needs ${names}${suspects.length > 0 && html` – <span class="look">look there first</span>`}</span>`;
}

function response({ responseThreshold }: ComponentOverview, responseSeconds: number): Content {
  const { warning, critical } = responseThreshold;
  return html`<span class="of"><b>${durationText(responseSeconds)}</b> of ${durationText(warning)}</span>${bar(responseSeconds, responseThreshold, critical)}`;
}

function certificate({ reading }: ComponentOverview, nowSeconds: number): Content {
  if (reading?.certificate === undefined) return '–';
  const { expiryTimestampSeconds, verified, whose } = reading.certificate;
  const days = Math.floor((expiryTimestampSeconds - nowSeconds) / daySeconds);
  if (expiryTimestampSeconds < nowSeconds) return html`<span class="level critical" title="${whose}">✖ expired</span>`;
  return [
    html`<span title="${whose}">${days} ${days === 1 ? 'day' : 'days'}</span>`,
    !verified && html` <span class="level critical">✖ not trusted</span>`,
  ];
}
