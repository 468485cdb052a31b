import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import { type Context, createContext, Script } from 'node:vm';
import { systemCodeOf } from './errors.js';

/**
 * Calls a function and returns what it returns; throws `TookTooLong` when it is not done by then, the error of the system when there
 * are too few file descriptors for it, or whatever the function throws itself.
 */
export type BoundedCall = <T>(work: () => T, milliseconds: number) => T;

/** A call was ended because its time was up. What it was working on is in no state to be worked on any further. */
export class TookTooLong extends Error {}

/** Makes a `BoundedCall`, with a context of its own that is kept from one call to the next. */
export function createBoundedCall(): BoundedCall {
  let made: { readonly context: Context & { work?: (() => void) | undefined }; readonly script: Script } | undefined;
  return <T>(work: () => T, milliseconds: number): T => {
    // The only way to interrupt a regular expression, or any loop; late, because a context takes a millisecond and few need it.
    made ??= { context: createContext({}), script: new Script('work()') };
    const { context, script } = made;
    let result: { readonly value: T } | undefined;
    needDescriptors();
    context.work = () => void (result = { value: work() });
    try {
      script.runInContext(context, { timeout: milliseconds });
    } catch (error) {
      throw systemCodeOf(error) === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
        ? new TookTooLong(`not done within ${milliseconds} ms`)
        : error;
    } finally {
      context.work = undefined;
    }
    if (result === undefined) throw new TookTooLong('ended');
    return result.value;
  };
}

/** The watchdog of Node.js takes four; others may take some at the same moment, name look-ups in their threads for example. */
const neededDescriptors = 8;

/** Without descriptors for its watchdog Node.js ends the whole process. */
function needDescriptors(): void {
  const taken: number[] = [];
  try {
    while (taken.length < neededDescriptors) taken.push(openSync(devNull, 'r'));
  } finally {
    for (const descriptor of taken) closeSync(descriptor);
  }
}
