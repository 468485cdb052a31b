import type { FailureReason } from '../../reason.js';
import { DataFailure } from './data-client.js';

/** Nothing was sent: we did not want to, so it says nothing new about the other side. */
export class NotAsked extends DataFailure {
  /** It repeats what the last answer to the same source was, or that there was none: that stands until it is asked again. */
  readonly stands: boolean;

  constructor(
    reason: FailureReason,
    message: string,
    options: { readonly notBeforeSeconds?: number; readonly statusCode?: number; readonly stands?: boolean } = {},
  ) {
    super(reason, message, options);
    this.stands = options.stands === true;
  }
}

/** Nothing was sent, because the queries before it took long. They were answered, so that what they told is as good as it was. */
export class Paced extends NotAsked {
  constructor(
    message: string,
    override readonly notBeforeSeconds: number,
  ) {
    super('timeout', message, { notBeforeSeconds });
  }
}

/** A time of day for a message, `11:42 UTC`: unlike "in 5 min" it stays the same until it has come. */
export function timeOfDay(unixSeconds: number): string {
  // Rounded up, or it would already be over when it is read.
  return `${new Date(Math.ceil(unixSeconds / 60) * 60_000).toISOString().slice(11, 16)} UTC`;
}
