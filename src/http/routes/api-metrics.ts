import type { Middleware } from 'koa';
import { formatValue } from '../../metrics/number-format.js';
import type { Service } from '../service.js';

/**
 * `GET /api/metrics`: every family with its series as `{"families": […]}`. JSON has no word for some numbers: they are
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
