import type { FailureReason } from '../reason.js';

/** Why a probe did not get what it wanted; becomes a reading, never an error that anybody sees as such. */
export class ProbeFailure extends Error {
  override readonly name = 'ProbeFailure';

  constructor(
    readonly reason: FailureReason,
    message: string,
    options: { readonly cause?: unknown } = {},
  ) {
    super(message, options);
  }
}
