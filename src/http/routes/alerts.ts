import type { IncomingMessage } from 'node:http';
import type { Middleware } from 'koa';
import { parseNotification } from '../alert-notification.js';
import type { Service } from '../service.js';

/** A group of a thousand alerts fits; more than a hundred are not sent by the configuration that we make. */
export const maxNotificationBytes = 1024 * 1024;

/**
 * `POST /alerts`: the console channel, where Alertmanager's webhook prints alerts to the log. 415 for anything but JSON, which
 * also keeps the forms of other web sites out; 413 for more than 1 MiB; 400 with what is wrong for any other JSON.
 */
export function alertsRoute(service: Service): Middleware {
  return async (ctx) => {
    if (ctx.request.is('application/json') !== 'application/json' || !['', 'identity'].includes(ctx.get('content-encoding'))) {
      ctx.status = 415;
      ctx.body = 'application/json without a content encoding is needed, as Alertmanager sends it\n';
      return;
    }
    const body = await readBody(ctx.req);
    if (body === undefined) {
      ctx.status = 413;
      ctx.set('Connection', 'close');
      ctx.body = `request body refused: no more than ${maxNotificationBytes} bytes\n`;
      return;
    }
    const notification = parseNotification(body);
    service.receiveAlerts(notification);
    ctx.body = `${notification.alerts.length} alerts received\n`;
  };
}

/** Undefined for a body that is too long; one whose length was announced has been refused before. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxNotificationBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
