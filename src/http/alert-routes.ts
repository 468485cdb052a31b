import type { Context, Middleware } from 'koa';
import type { Clock } from '../base/clock.js';
import { maxAlerts, parseNotification } from './alert-console.js';
import { readRequestBody } from './answer-headers.js';
import type { Service } from './service.js';

/**
 * Runs tasks one after the other and pauses after each, so that together they take only a share of the time of this
 * process. The rest is for probes and scrapes.
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

  /** Runs this task when its turn comes. The promise settles when the task ends. */
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

/** Enough for a group of some hundred alerts. The generated configuration sends at most a hundred. */
export const maxNotificationBytes = 1024 * 1024;

/** Maximum number of notifications that are being received or are waiting. Each takes up to `maxNotificationBytes` of memory. */
const maxAtOnce = 16;

/** Maximum share of this process's time for notifications. */
const shareOfTime = 0.2;

/**
 * `POST /alerts`: the console channel. It logs the alerts of Alertmanager's webhook. 415 for anything but JSON, which
 * also blocks forms of other web sites. 413 for more than 1 MiB, and for more than 1,000 alerts, of which the first are
 * accepted. 400 with the problem for any other JSON. After these Alertmanager does not send it again. 503 for too many
 * at once, after which Alertmanager sends it again.
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
      ctx.body = 'Content-Type must be application/json, without Content-Encoding, as Alertmanager sends it\n';
      return;
    }
    if (atOnce >= maxAtOnce) {
      ctx.set('Retry-After', '1');
      return refuseBody(ctx, 503, 'too many notifications at once, send it again later');
    }
    atOnce += 1;
    try {
      const body = await readRequestBody(ctx.req, maxNotificationBytes);
      if (body === undefined)
        return refuseBody(ctx, 413, `request body too large: at most ${maxNotificationBytes} bytes`);
      const { alerts, refusedAlerts = 0 } = await share.do(() => {
        const notification = parseNotification(body.toString('utf8'));
        service.receiveAlerts(notification);
        return notification;
      });
      ctx.status = refusedAlerts === 0 ? 200 : 413;
      ctx.body =
        refusedAlerts === 0
          ? `${alerts.length} alerts received\n`
          : `${alerts.length} alerts received, ${refusedAlerts} refused: at most ${maxAlerts} in one notification; set max_alerts in webhook_configs of Alertmanager\n`;
    } finally {
      atOnce -= 1;
    }
  };
}

/** The rest of the body is not read, so the connection cannot be reused. */
function refuseBody(ctx: Context, status: number, why: string): void {
  ctx.status = status;
  ctx.set('Connection', 'close');
  ctx.body = `${why}\n`;
}
