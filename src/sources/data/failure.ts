import type { FailureReason } from '../../reason.js';
import { DataFailure } from './data-client.js';

/** Nothing was sent: we did not want to, so it says nothing new about the other side. */
export class NotAsked extends DataFailure {
  constructor(reason: FailureReason, message: string, options: { readonly notBeforeSeconds?: number; readonly statusCode?: number } = {}) {
    super(reason, message, options);
  }
}

/** A time of day for a message, `11:42 UTC`: unlike "in 5 min" it stays the same until it has come. */
export function timeOfDay(unixSeconds: number): string {
  // Rounded up, or it would already be over when it is read.
  return `${new Date(Math.ceil(unixSeconds / 60) * 60_000).toISOString().slice(11, 16)} UTC`;
}
