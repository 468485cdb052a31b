import type { Middleware } from 'koa';
import type { Clock } from '../base/clock.js';
import { type ErrorCode, ExporterError, messageOf } from '../base/errors.js';
import type { Log } from '../base/log.js';

/** Logs each answered request at debug, without its query: the `target` of `/probe` may contain credentials. */
export function accessLog(log: Log, clock: Clock): Middleware {
  return async (ctx, next) => {
    const startedAt = clock.monotonicSeconds();
    await next();
    log.debug('request answered', {
      method: ctx.method,
      path: ctx.path,
      status: ctx.status,
      duration_seconds: clock.monotonicSeconds() - startedAt,
      bytes: ctx.length ?? null,
      client: ctx.ip,
    });
  };
}

/** Errors that the client causes. All others are server errors. */
const statusOf: Readonly<Partial<Record<ErrorCode, number>>> = {
  bad_request: 400,
  refused_target: 403,
  refused_client: 403,
  overloaded: 429,
};

interface Answer {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/**
 * The only place that converts an error into an answer: the message of an exposed error, otherwise "internal error".
 * The answer is text or, for clients that prefer it, `{"error": {"code", "message"}}`.
 */
export function errorExit(log: Log): Middleware {
  return async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      const { status, code, message } = answerTo(error);
      if (status >= 500) {
        const fields = { method: ctx.method, path: ctx.path, status, error: messageOf(error), cause: causeOf(error) };
        // A request that ended because its client left has not failed.
        if (ctx.res.destroyed) log.debug('request abandoned', fields);
        else log.error('request failed', fields);
      }
      const json = ctx.accepts('text', 'json') === 'json';
      ctx.status = status;
      ctx.vary('Accept');
      ctx.body = json ? `${JSON.stringify({ error: { code, message } })}\n` : `${message}\n`;
      ctx.type = json ? 'json' : 'text';
    }
  };
}

function answerTo(error: unknown): Answer {
  if (error instanceof ExporterError && error.expose) {
    return { status: statusOf[error.code] ?? 500, code: error.code, message: error.message };
  }
  return { status: 500, code: 'internal', message: 'internal error' };
}

function causeOf(error: unknown): string | undefined {
  return error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : undefined;
}

/** Adds a sentence to the router's empty answers for methods that a path does not have. */
export function methodNotAllowed(): Middleware {
  return async (ctx, next) => {
    await next();
    if (ctx.status !== 405 && ctx.status !== 501) return;
    const allowed = ctx.response.get('Allow');
    ctx.body = `${ctx.method} is not allowed here${allowed === '' ? '' : `: use ${allowed}`}\n`;
  };
}

/** Answers requests without a route, and names the page with all links. */
export function notFound(): Middleware {
  return async (ctx, next) => {
    await next();
    if (ctx.status !== 404 || ctx.body != null) return;
    ctx.status = 404;
    ctx.body = 'not found: see / for all pages\n';
  };
}
