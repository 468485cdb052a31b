import { readFile } from 'node:fs/promises';
import type { Context, Middleware } from 'koa';
import { ExporterError } from '../base/errors.js';
import { bundled } from '../base/version.js';
import { maskedConfig } from '../config/masked-config.js';
import { wholeBadge } from '../config/suspicions.js';
import { contentTypes, negotiate } from '../metrics/exposition.js';
import { formatValue } from '../metrics/family.js';
import type { ProbeRequest, Service } from './service.js';
import { statusDocument } from './status-document.js';

/** `GET /-/healthy`: always 200. It says nothing about AI-CRM. */
export function healthyRoute(): Middleware {
  return async (ctx) => {
    ctx.body = 'ai-crm-exporter is healthy\n';
  };
}

/** `GET /-/ready`: 200 when every collector has run, so that `/metrics` is complete; 503 before that. */
export function readyRoute(service: Service): Middleware {
  return async (ctx) => {
    const ready = service.isReady();
    ctx.status = ready ? 200 : 503;
    ctx.body = ready
      ? 'ai-crm-exporter is ready\n'
      : 'ai-crm-exporter is not ready: some collectors have not run yet\n';
  };
}

/** `POST /-/reload`: 200 when the new configuration is active; 500 with all its problems when the old one stays. */
export function reloadRoute(service: Service): Middleware {
  return async (ctx) => {
    await service.reload();
    ctx.body = 'configuration reloaded\n';
  };
}

/** `GET /metrics`: the exposition in the format that the scraper prefers. Never waits for a probe. */
export function metricsRoute(service: Service): Middleware {
  return async (ctx) => {
    const { body, contentType, release } = await service.metrics(negotiate(ctx.get('accept')));
    // Released when everything is sent, or when the client has left.
    if (release !== undefined) ctx.res.once('close', release);
    ctx.vary('Accept');
    ctx.set('Content-Type', contentType);
    ctx.body = body;
  };
}

/**
 * `GET /api/metrics`: all metrics with their series as `{"families": […]}`. JSON cannot express some numbers. They are
 * the strings `NaN`, `+Inf` and `-Inf`, as in the exposition.
 */
export function apiMetricsRoute(service: Service): Middleware {
  return async (ctx) => {
    ctx.body = `${JSON.stringify({ families: service.snapshot() }, finiteOrText)}\n`;
    ctx.type = 'json';
  };
}

function finiteOrText(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? formatValue(value) : value;
}

/** `GET /api/status`: the content of the status page, for programs. */
export function apiStatusRoute(service: Service, about: { readonly version: string }): Middleware {
  return async (ctx) => {
    const parts = {
      overview: service.overview(),
      config: service.config(),
      figures: service.figures(),
      history: service.history(),
      ...about,
    };
    ctx.body = `${JSON.stringify(statusDocument(parts))}\n`;
    ctx.type = 'json';
  };
}

/** `GET /config`: the current configuration with masked secrets, as YAML, or as JSON for clients that prefer it. */
export function configRoute(service: Service): Middleware {
  return async (ctx) => {
    const shown = maskedConfig(service.config());
    ctx.vary('Accept');
    if (ctx.accepts('text/plain', 'application/yaml', 'application/json') === 'application/json') {
      ctx.body = `${JSON.stringify(shown)}\n`;
      ctx.type = 'json';
      return;
    }
    // The default import, because the named ones of a CommonJS package are missing when a bundle loads it late.
    const { default: yaml } = await import('yaml');
    ctx.body = yaml.stringify(shown, { aliasDuplicateObjects: false });
    // Plain text, because browsers download YAML.
    ctx.type = 'text';
  };
}

/** Part of the scraper's timeout that is reserved for the network. */
const offsetSeconds = 0.5;

/**
 * `GET /probe?target=&module=&debug=true`: probes one target now. The answer has only its metrics, or with `debug`
 * everything about this probe. The probe ends when the client leaves.
 */
export function probeRoute(service: Service): Middleware {
  return async (ctx) => {
    const request = requestOf(ctx);
    const hungUp = new AbortController();
    const onClose = () => hungUp.abort(new Error('the client hung up'));
    ctx.res.once('close', onClose);
    try {
      const report = await service.probe(request, hungUp.signal);
      if (parameter(ctx, 'debug') === 'true') {
        const { probeText } = await import('./probe-text.js');
        ctx.type = 'text';
        ctx.body = probeText(request, report);
        return;
      }
      const format = negotiate(ctx.get('accept'));
      ctx.vary('Accept');
      ctx.set('Content-Type', contentTypes[format]);
      ctx.body = report.render(format);
    } finally {
      ctx.res.off('close', onClose);
    }
  };
}

function requestOf(ctx: Context): ProbeRequest {
  const target = parameter(ctx, 'target');
  if (target === undefined)
    throw new ExporterError('bad_request', 'target is missing: /probe?target=<component or URL>', { expose: true });
  const module = parameter(ctx, 'module');
  const timeoutSeconds = scrapeTimeoutSeconds(ctx.get('x-prometheus-scrape-timeout-seconds'));
  return {
    target,
    ...(module === undefined ? {} : { module }),
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
  };
}

/** A parameter that may occur once. An empty one counts as absent. Throws `bad_request` for a repeated one. */
function parameter(ctx: Context, name: string): string | undefined {
  const value = ctx.query[name];
  if (Array.isArray(value))
    throw new ExporterError('bad_request', `${name} is given ${value.length} times; give it once`, { expose: true });
  return value === '' ? undefined : value;
}

/** Seconds for the probe; half of the timeout when it is too short for the offset; undefined for anything but a positive number. */
function scrapeTimeoutSeconds(header: string): number | undefined {
  if (!/^\d{1,9}(\.\d+)?$/.test(header)) return undefined;
  const timeoutSeconds = Number(header);
  return timeoutSeconds > 0 ? Math.max(timeoutSeconds - offsetSeconds, timeoutSeconds / 2) : undefined;
}

/** `GET /sd`: the components for Prometheus' `http_sd_configs`, one group each, to scrape `/probe`. */
export function serviceDiscoveryRoute(service: Service): Middleware {
  return async (ctx) => {
    ctx.body = service.config().components.map(({ name, kind, target }) => ({
      targets: [name],
      labels: { __meta_aicrm_component: name, __meta_aicrm_kind: kind, __meta_aicrm_target: target },
    }));
  };
}

/** `GET /runbooks` and `GET /runbooks/<alert>`: what to do about each alert, from the shipped file. */
export function runbooksRoute(service: Service): Middleware {
  return async (ctx) => {
    const { readRunbooks, renderRunbook, renderRunbookList, runbookPolicy } = await import('./page/runbooks.js');
    const runbooks = readRunbooks(await readFile(bundled('docs/runbooks.md'), 'utf8'));
    const { alert } = ctx['params'] as { readonly alert?: string };
    const { name } = service.config();
    const page =
      alert === undefined ? renderRunbookList(runbooks, name, ctx.path) : renderRunbook(runbooks, name, alert);
    if (page === undefined) return;
    ctx.set('Content-Security-Policy', runbookPolicy());
    ctx.type = 'html';
    ctx.body = page;
  };
}

/** `GET /badge/<component>.svg`, and `/badge/overall.svg` for the overall level: a picture for other pages. */
export function badgeRoute(service: Service): Middleware {
  return async (ctx) => {
    const { badge } = await import('./page/badge.js');
    const { name = '' } = ctx['params'] as { readonly name?: string };
    const overview = service.overview();
    // Also if a component has this name: its badge would hide other problems.
    const isWhole = name === wholeBadge;
    const component = isWhole ? undefined : overview.components.find((each) => each.name === name);
    if (component === undefined && !isWhole) return;
    ctx.set('Cache-Control', 'no-cache, max-age=0');
    ctx.type = 'image/svg+xml';
    ctx.body =
      component === undefined
        ? badge(overview.name, overview.level, false)
        : badge(name, component.level, component.inMaintenance);
  };
}

/** Redirects from old addresses of the status page: `/dashboard` is that of AI-CRM's Python monitor. */
export function movedPageRoute(): Middleware {
  return async (ctx) => {
    ctx.status = 301;
    // Relative, because the exporter may be below a path of a reverse proxy.
    ctx.set('Location', './');
    ctx.body = 'the status page is at /\n';
  };
}

/** Seconds between reloads of the page. */
const refreshSeconds = 30;

/** `GET /`: the status page for people. */
export function statusPageRoute(
  service: Service,
  about: { readonly version: string; readonly telemetryPath: string },
): Middleware {
  return async (ctx) => {
    const { pagePolicy, renderStatusPage } = await import('./page/status-page.js');
    ctx.set('Content-Security-Policy', pagePolicy());
    ctx.type = 'html';
    ctx.body = renderStatusPage({
      overview: service.overview(),
      config: service.config(),
      figures: service.figures(),
      history: service.history(),
      ...about,
      refreshSeconds,
      links: true,
    });
  };
}
