import { createHash, timingSafeEqual } from 'node:crypto';
import type { Context, Middleware } from 'koa';
import { withoutSecretsOfUrls } from '../base/sensitive.js';
import { decodeText, oneLine } from '../base/text.js';
import type { Secret } from '../config/secret.js';
import { messageCharacters } from '../heartbeats/heartbeat-file.js';
import type { HeartbeatReport } from '../heartbeats/heartbeat-state.js';
import { maxUnreadBytes, readRequestBody } from './answer-headers.js';
import type { Service } from './service.js';

/**
 * Whether a path is that of a job with a token. Then the token replaces the users of the web configuration, because
 * both use the same header.
 */
export function hasOwnToken(path: string, { heartbeats }: Pick<Service, 'heartbeats'>): boolean {
  const name = /^\/heartbeat\/([^/]+)(?:\/[^/]*)?$/.exec(path)?.[1];
  return name !== undefined && heartbeats.configOf(name)?.token !== undefined;
}

/**
 * `POST /heartbeat/NAME`, `…/start`, `…/fail` and `…/0` to `…/255` (the exit status): the report of a job. The body
 * becomes its message. 404 for an unknown job, 401 without its token, 413 for more than 16 KiB, 429 for too many at
 * once. GET is not allowed, because browsers, link previews and scanners send it too.
 */
export function heartbeatRoute({ heartbeats }: Pick<Service, 'heartbeats'>): Middleware {
  return async (ctx) => {
    const { name = '', report = '' } = ctx['params'] as { readonly name?: string; readonly report?: string };
    const config = heartbeats.configOf(name);
    if (config === undefined) {
      ctx.status = 404;
      ctx.body = `no job is called ${JSON.stringify(oneLine(name, 64))}: see heartbeats in the configuration\n`;
      return;
    }
    if (config.token !== undefined && !isBearer(ctx, config.token)) {
      ctx.status = 401;
      ctx.set('WWW-Authenticate', 'Bearer realm="ai-crm-exporter"');
      ctx.body = 'the token of this job is missing or wrong: send Authorization: Bearer TOKEN\n';
      return;
    }
    const said = reportOf(report);
    if (said === undefined) {
      ctx.status = 404;
      ctx.body = `${JSON.stringify(oneLine(report, 64))} is not a report: use start, fail, an exit status from 0 to 255, or nothing\n`;
      return;
    }
    const body = await readRequestBody(ctx.req, maxUnreadBytes);
    if (body === undefined) {
      ctx.status = 413;
      ctx.set('Connection', 'close');
      ctx.body = `request body too large: at most ${maxUnreadBytes} bytes\n`;
      return;
    }
    const message = oneLine(withoutSecretsOfUrls(decodeText(body).text), messageCharacters);
    await heartbeats.report(name, { ...said, ...(message === '' ? {} : { message }) });
    ctx.body = 'ok\n';
  };
}

/** Undefined for an unknown word. */
function reportOf(word: string): HeartbeatReport | undefined {
  if (word === '') return { kind: 'success' };
  if (word === 'start') return { kind: 'start' };
  if (word === 'fail') return { kind: 'failure' };
  const exitStatus = /^\d{1,3}$/.test(word) ? Number(word) : undefined;
  if (exitStatus === undefined || exitStatus > 255) return undefined;
  return { kind: exitStatus === 0 ? 'success' : 'failure', exitStatus };
}

/** Compared in constant time. */
function isBearer(ctx: Context, token: Secret): boolean {
  const given = /^bearer +(\S+) *$/i.exec(ctx.get('authorization'))?.[1] ?? '';
  return timingSafeEqual(digest(given), digest(token.reveal()));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
