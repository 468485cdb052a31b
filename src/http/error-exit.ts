import { HttpError, type Middleware } from 'koa';
import type { Clock } from '../base/clock.js';
import { type ErrorCode, ExporterError, messageOf } from '../base/errors.js';
import type { Log } from '../base/log.js';

/** Logs each request at debug once it is answered. The query stays out: a `/probe` target in it may carry credentials. */
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

/** Codes that are the client's doing; all others are ours. */
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
 * The only place where an error becomes an answer: its message where it is marked to be seen, "internal error" where it
 * is not, as text or, for clients that prefer it, as `{"error": {"code", "message"}}`.
 */
export function errorExit(log: Log): Middleware {
  return async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      const { status, code, message } = answerTo(error);
      if (status >= 500) {
        const fields = { method: ctx.method, path: ctx.path, status, error: messageOf(error), cause: causeOf(error) };
        // What was given up because nobody waits for it any more has not failed.
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
  // Koa's own, such as a path that cannot be decoded.
  if (error instanceof HttpError && error.expose)
    return { status: error.status, code: 'bad_request', message: messageOf(error) };
  return { status: 500, code: 'internal', message: 'internal error' };
}

function causeOf(error: unknown): string | undefined {
  return error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : undefined;
}

/** Puts a sentence into the empty answers that the router gives to methods which a path does not have. */
export function methodNotAllowed(): Middleware {
  return async (ctx, next) => {
    await next();
    if (ctx.status !== 405 && ctx.status !== 501) return;
    const allowed = ctx.response.get('Allow');
    ctx.body = `${ctx.method} is not allowed here${allowed === '' ? '' : `: use ${allowed}`}\n`;
  };
}

/** Answers what no route took, with the way to the page that links everything. */
export function notFound(): Middleware {
  return async (ctx, next) => {
    await next();
    if (ctx.status !== 404 || ctx.body != null) return;
    ctx.status = 404;
    ctx.body = 'not found: see / for everything there is\n';
  };
}
