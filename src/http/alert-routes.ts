import type { Context, Middleware } from 'koa';
import type { Clock } from '../base/clock.js';
import { maxAlerts, parseNotification } from './alert-console.js';
import { readRequestBody } from './answer-headers.js';
import type { Service } from './service.js';

/**
 * Does pieces of work one after the other and rests after each, so that all of them together take no more than a share of the
 * time of this process, which has probes to time and scrapes to answer meanwhile.
 */
export class ShareOfTime {
  readonly #clock: Clock;
  readonly #share: number;
  #free: Promise<void> = Promise.resolve();

  /** `share` is above 0 and at most 1. */
  constructor(clock: Clock, share: number) {
    this.#clock = clock;
    this.#share = share;
  }

  /** Does this piece when its turn has come; the promise is settled as the piece ends. */
  do<T>(piece: () => T): Promise<T> {
    let tookSeconds = 0;
    const done = this.#free.then(() => {
      const startedAt = this.#clock.monotonicSeconds();
      try {
        return piece();
      } finally {
        tookSeconds = this.#clock.monotonicSeconds() - startedAt;
      }
    });
    this.#free = done.then(
      () => this.#rest(tookSeconds),
      () => this.#rest(tookSeconds),
    );
    return done;
  }

  #rest(tookSeconds: number): Promise<void> {
    const restSeconds = tookSeconds / this.#share - tookSeconds;
    return new Promise((resolve) =>
      restSeconds > 0 ? this.#clock.setTimer(resolve, restSeconds) : setImmediate(resolve),
    );
  }
}

/** A group of some hundred alerts fits; more than a hundred are not sent by the configuration that we make. */
export const maxNotificationBytes = 1024 * 1024;

/** Notifications that may be on their way in, or wait for their turn, at once; each takes up to `maxNotificationBytes` of memory. */
const maxAtOnce = 16;

/** What notifications may take of the time of this process, however many are sent. */
const shareOfTime = 0.2;

/**
 * `POST /alerts`: the console channel, where Alertmanager's webhook prints alerts to the log. 415 for anything but JSON, which
 * also keeps the forms of other web sites out; 413 for more than 1 MiB, and for more than 1,000 alerts, of which the first are taken;
 * 400 with what is wrong for any other JSON. Alertmanager sends none of these again. 503, which it does send again, for too many at once.
 */
export function alertsRoute(service: Service, clock: Clock): Middleware {
  const share = new ShareOfTime(clock, shareOfTime);
  let atOnce = 0;
  return async (ctx) => {
    if (
      ctx.request.is('application/json') !== 'application/json' ||
      !['', 'identity'].includes(ctx.get('content-encoding'))
    ) {
      ctx.status = 415;
      ctx.body = 'application/json without a content encoding is needed, as Alertmanager sends it\n';
      return;
    }
    if (atOnce >= maxAtOnce) {
      ctx.set('Retry-After', '1');
      return refuseBody(ctx, 503, 'too many notifications at once');
    }
    atOnce += 1;
    try {
      const body = await readRequestBody(ctx.req, maxNotificationBytes);
      if (body === undefined)
        return refuseBody(ctx, 413, `request body refused: no more than ${maxNotificationBytes} bytes`);
      const { alerts, refusedAlerts = 0 } = await share.do(() => {
        const notification = parseNotification(body.toString('utf8'));
        service.receiveAlerts(notification);
        return notification;
      });
      ctx.status = refusedAlerts === 0 ? 200 : 413;
      ctx.body =
        refusedAlerts === 0
          ? `${alerts.length} alerts received\n`
          : `${alerts.length} alerts received, ${refusedAlerts} refused: no more than ${maxAlerts} in one notification, see max_alerts of Alertmanager's webhook_configs\n`;
    } finally {
      atOnce -= 1;
    }
  };
}

/** What is left of the body is not read, so the connection cannot be used again. */
function refuseBody(ctx: Context, status: number, why: string): void {
  ctx.status = status;
  ctx.set('Connection', 'close');
  ctx.body = `${why}\n`;
}
