import type { Context, Middleware } from 'koa';
import { ExporterError } from '../../errors.js';
import { contentTypes, negotiate } from '../../metrics/exposition.js';
import type { ProbeRequest, Service } from '../service.js';

/** What is kept of the scraper's timeout for the way there and back. */
const offsetSeconds = 0.5;

/**
 * `GET /probe?target=&module=&debug=true`: probes one target now and answers with its metrics alone, or with
 * everything there is to know about that probe. The probe ends when the client hangs up.
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
        const { probeText } = await import('../probe-text.js');
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

/** A parameter that may be given once; an empty one counts as absent. Throws `bad_request` for a repeated one. */
function parameter(ctx: Context, name: string): string | undefined {
  const value = ctx.query[name];
  if (Array.isArray(value))
    throw new ExporterError('bad_request', `${name} is given ${value.length} times, once is enough`, { expose: true });
  return value === '' ? undefined : value;
}

/** The time that is left for the probe; half of a timeout too short for the offset; undefined for anything but a positive number. */
function scrapeTimeoutSeconds(header: string): number | undefined {
  if (!/^\d{1,9}(\.\d+)?$/.test(header)) return undefined;
  const timeoutSeconds = Number(header);
  return timeoutSeconds > 0 ? Math.max(timeoutSeconds - offsetSeconds, timeoutSeconds / 2) : undefined;
}
