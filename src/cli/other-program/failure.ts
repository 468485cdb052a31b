import { ExporterError } from '../../errors.js';

/**
 * Why a program did not tell what it was asked: nobody answers (`unreachable`), it wants other credentials (`refused`), it is
 * not ready (`starting`), it is another program or has no such path (`stranger`), or it says that something went wrong (`failed`).
 */
export type FailureKind = 'unreachable' | 'refused' | 'starting' | 'stranger' | 'failed';

/** A program did not tell what it was asked. The message is `what` and `mend` in one line; neither has a secret in it. */
export class ProgramFailure extends ExporterError {
  constructor(
    readonly kind: FailureKind,
    /** What happened, with the address. */
    readonly what: string,
    /** What to do about it. */
    readonly mend: string,
    options: { readonly cause?: unknown } = {},
  ) {
    super('program_failed', mend === '' ? what : `${what}; ${mend}`, options);
  }
}
