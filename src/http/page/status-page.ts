import type { Config } from '../../config/config.js';
import type { Figures } from '../../metrics/recorder.js';
import type { Overview } from '../../status/overview.js';
import { banner } from './banner.js';
import { collectors } from './collectors.js';
import { components } from './components.js';
import { formatMoment } from './format.js';
import { host } from './host.js';
import { Html, html } from './html.js';
import { levelIcon, levelText } from './level-mark.js';
import { links } from './links.js';
import { measures } from './measures.js';
import { numbers } from './numbers.js';
import { sources } from './sources.js';
import { stylePolicy, styleSheet } from './style-sheet.js';
import { transactions } from './transactions.js';

/** What the page shows, and how. */
export interface StatusPageView {
  readonly overview: Overview;
  readonly config: Config;
  /** AI-CRM's own numbers are read from these. */
  readonly figures: Figures;
  readonly version: string;
  /** How often the page loads itself anew; absent: never, as for a file. */
  readonly refreshSeconds?: number;
  /** Whether to link the exporter's other endpoints. */
  readonly links: boolean;
  /** Where the link to the metrics goes; `/metrics` when absent. */
  readonly telemetryPath?: string;
}

/**
 * The status page as one HTML document that needs nothing else: no script, no file. It says what is known at
 * `overview.atSeconds`; levels are those of the last probes, which an alert may still be waiting out.
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
<title>${levelText(overview.level)} – AI-CRM</title>
<link rel="icon" href="${levelIcon(overview.level)}">
<style>${new Html(styleSheet)}</style>
</head>
<body>
<header><h1>AI-CRM</h1><p>${formatMoment(overview.atSeconds)}${refreshSeconds !== undefined && ` · refreshes every ${refreshSeconds} s`}</p></header>
<main>
${banner(overview)}
<div class="columns"><div class="wide">${components(overview)}${transactions(overview)}${numbers(overview, config, figures)}${sources(overview)}</div>
<div class="narrow">${measures(overview)}${host(overview.host, config.thresholds)}${collectors(overview)}</div></div>
</main>
<footer>${view.links && links(view.telemetryPath ?? '/metrics')}<p>ai-crm-exporter ${version} · levels as of each last probe; alerts wait until a condition lasts</p></footer>
</body>
</html>
`.markup;
}

/** The `Content-Security-Policy` of the page: its own style sheet and icon, and nothing else whatsoever. */
export function pagePolicy(): string {
  return stylePolicy(styleSheet);
}
