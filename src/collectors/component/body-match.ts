import { createContext, Script, type Context } from 'node:vm';

/** Whether a body matches a pattern; undefined when that could not be found out. Never throws. */
export type BodyMatch = (pattern: RegExp, text: string) => boolean | undefined;

/** Any pattern that is fit for a health answer is done a thousand times sooner. */
const patienceMilliseconds = 250;

/**
 * Makes a `BodyMatch` that gives up after a quarter of a second, in which nothing else is done. Without that end a body
 * made for it keeps the process busy for minutes, even with a pattern as plain as `foo.*bar`.
 */
export function createBodyMatch(): BodyMatch {
  let made: { readonly context: Context; readonly script: Script } | undefined;
  return (pattern, text) => {
    // The only way to interrupt a regular expression; late, because a context takes a millisecond and few components need it.
    made ??= { context: createContext({}), script: new Script('pattern.test(text)') };
    const { context, script } = made;
    Object.assign(context, { pattern, text });
    try {
      return script.runInContext(context, { timeout: patienceMilliseconds }) === true;
    } catch {
      // Out of time, or out of the stack on which a pattern keeps its way back.
      return undefined;
    } finally {
      Object.assign(context, { text: '' });
    }
  };
}
