import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import { type Context, createContext, Script } from 'node:vm';
import { systemCodeOf } from './errors.js';

/**
 * Calls a function and returns its result. Throws `TookTooLong` after `milliseconds`, the error of the system without
 * enough file descriptors, and what the function throws.
 */
export type BoundedCall = <T>(work: () => T, milliseconds: number) => T;

/** A call took too long and was stopped. The objects that it changed may be inconsistent, so nobody may use them again. */
export class TookTooLong extends Error {}

/** Makes a `BoundedCall`. It has its own context, which it uses for every call. */
export function createBoundedCall(): BoundedCall {
  let made: { readonly context: Context & { work?: (() => void) | undefined }; readonly script: Script } | undefined;
  return <T>(work: () => T, milliseconds: number): T => {
    // Nothing else can interrupt a loop or a regular expression. Made late, because a context takes a millisecond and
    // few configurations need it.
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

/** The watchdog of Node.js needs four. Other code may open some at the same time, such as the threads that look up names. */
const neededDescriptors = 8;

/** Without descriptors for its watchdog Node.js ends the whole process. This throws the error of the system instead. */
function needDescriptors(): void {
  const taken: number[] = [];
  try {
    while (taken.length < neededDescriptors) taken.push(openSync(devNull, 'r'));
  } finally {
    for (const descriptor of taken) closeSync(descriptor);
  }
}
