import { type Html, html } from './html.js';

/** Where else to look. Relative, so that they hold behind a proxy that serves the exporter under a path of its own. */
export function links(telemetryPath: string): Html {
  const all: readonly (readonly [path: string, text: string])[] = [
    [telemetryPath, 'metrics'],
    ['/api/status', 'status as JSON'],
    ['/api/metrics', 'metrics as JSON'],
    ['/runbooks', 'runbooks'],
    ['/config', 'configuration'],
    ['/sd', 'service discovery'],
    ['/-/ready', 'readiness'],
  ];
  return html`<nav aria-label="Endpoints"><ul>${all.map(([path, text]) => html`<li><a href=".${path}">${text}</a></li>`)}</ul></nav>`;
}
