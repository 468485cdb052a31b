import type { Socket } from 'node:net';
import type { Context, Middleware } from 'koa';
import type { WebConfig, WebConfigSource } from '../web-config.js';
import type { WebTls } from '../web-tls.js';

/** Under this key of a request's state. */
const key = 'webConfig';

/** The web configuration, and by which settings for TLS each client has connected. */
export interface CurrentWebConfig {
  readonly source: WebConfigSource;
  readonly tlsSettings: WeakMap<Socket, WebTls | undefined>;
}

/**
 * Looks at the web configuration once for each request, so that all of its middleware decides by the same. A client that
 * connected under other settings for TLS gets this answer as the last one on its connection.
 */
export function currentWebConfig({ source, tlsSettings }: CurrentWebConfig): Middleware {
  return async (ctx, next) => {
    const webConfig = await source.current();
    ctx.state[key] = webConfig;
    if (tlsSettings.get(ctx.socket) !== webConfig.tls) ctx.set('Connection', 'close');
    await next();
  };
}

/** The web configuration that counts for a request; undefined when there is none. */
export function webConfigOf(ctx: Context): WebConfig | undefined {
  return ctx.state[key] as WebConfig | undefined;
}
