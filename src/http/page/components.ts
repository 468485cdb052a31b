import { byWorstFirst } from '../../base/level.js';
import { reasonWords } from '../../base/reason.js';
import type { ComponentOverview, Overview } from '../../status/overview.js';
import { collectorOf } from '../service.js';
import { durationText } from './format.js';
import { failures, whatIsKnown } from './headline.js';
import { type Content, type Html, html } from './html.js';
import { age, bar, levelMark, message, smallMark } from './page-parts.js';

const daySeconds = 86_400;

/** How many healthy checks of a component are named; the others are counted. */
const maxHealthyChecks = 6;

const headings = ['Level', 'Component', 'Last probe', 'Response', 'Status', 'Probed', 'Certificate'] as const;

/** The components, the worst first. Roles are written out, as the narrow layout takes the table's own away. */
export function components(overview: Overview): Html {
  if (overview.components.length === 0) {
    return html`<section><h2>Components</h2><p class="empty">No component is configured.</p></section>`;
  }
  const withTls = overview.components.some(({ reading }) => reading?.certificate !== undefined);
  const shown = headings.filter((heading) => heading !== 'Certificate' || withTls);
  return html`<section class="components"><h2 id="components">Components</h2>
<table role="table" aria-labelledby="components"><thead role="rowgroup"><tr role="row">${shown.map(
    (heading) => html`<th role="columnheader" scope="col">${heading}</th>`,
  )}</tr></thead>
<tbody role="rowgroup">${overview.components.map((component) => row(component, overview, withTls))}</tbody></table></section>`;
}

function row(component: ComponentOverview, overview: Overview, withTls: boolean): Html {
  const { name, target, level, inMaintenance, reading } = component;
  return html`<tr role="row" class="${level}${inMaintenance && ' in-maintenance'}">
<td role="cell" class="is">${levelMark(level)}</td>
<th role="rowheader" scope="row" class="who"><span class="name"><bdi>${name}</bdi></span>${inMaintenance && html` <span class="tag">maintenance</span>`}<span class="target"><bdi>${target}</bdi></span>${needs(component, overview)}</th>
<td role="cell" class="said">${said(component, overview)}</td>
<td role="cell" data-label="Response" class="response${reading === undefined && ' absent'}">${reading === undefined ? '–' : response(component, reading.responseSeconds)}</td>
<td role="cell" data-label="Status" class="number${reading?.statusCode === undefined && ' absent'}">${reading?.statusCode ?? '–'}</td>
<td role="cell" data-label="Probed" class="probed">${age(reading?.takenAtSeconds, collectorOf(name), overview)}</td>
${withTls && html`<td role="cell" data-label="Certificate" class="certificate${reading?.certificate === undefined && ' absent'}">${certificate(component, overview.atSeconds)}</td>`}</tr>
`;
}

function said(component: ComponentOverview, overview: Overview): Content {
  const { reading } = component;
  const facts = [reading?.reason ? `reason: ${reasonWords[reading.reason]}` : '', ...failures(component)].filter(
    (fact) => fact !== '',
  );
  return [
    html`<div class="message">${message(whatIsKnown(component, overview))}</div>`,
    facts.length > 0 && html`<div class="facts">${facts.join(' · ')}</div>`,
    checks(component),
  ];
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

/** The dependencies, those that explain the trouble with their own level. */
function needs({ dependsOn, suspects: all, reading }: ComponentOverview, { components: others }: Overview): Content {
  if (dependsOn.length === 0) return null;
  // Before the first probe nobody is a suspect: there is no trouble to explain.
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
