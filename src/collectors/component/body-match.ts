import { createBoundedCall } from '../../bounded-call.js';

/** Whether a body matches a pattern; undefined when that could not be found out. Never throws. */
export type BodyMatch = (pattern: RegExp, text: string) => boolean | undefined;

/** Any pattern that is fit for a health answer is done a thousand times sooner. */
const patienceMilliseconds = 250;

/**
 * Makes a `BodyMatch` that gives up after a quarter of a second, in which nothing else is done. Without that end a body
 * made for it keeps the process busy for minutes, even with a pattern as plain as `foo.*bar`.
 */
export function createBodyMatch(): BodyMatch {
  const call = createBoundedCall();
  return (pattern, text) => {
    try {
      return call(() => pattern.test(text), patienceMilliseconds);
    } catch {
      // Out of time, or out of the stack on which a pattern keeps its way back.
      return undefined;
    }
  };
}
