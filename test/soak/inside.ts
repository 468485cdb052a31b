import { EventEmitter, getEventListeners } from 'node:events';
import { Session } from 'node:inspector';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Counts that only the process itself can read. */
export interface Inside {
  /** JavaScript objects after a garbage collection. */
  readonly heapBytes: number;
  /** Buffers and other memory of objects outside of the heap. */
  readonly externalBytes: number;
  /** Pending timers, also those that do not keep the process alive. */
  readonly timers: number;
  /** Entries of all maps and sets. */
  readonly entries: number;
  /** Listeners of all event emitters and abort signals. */
  readonly listeners: number;
}

/** The name under which the inspector finds the counting function. */
const key = 'ai-crm-exporter soak';

/**
 * Collects garbage and counts what is left. The inspector of Node.js finds every object, so the exporter needs no code for it. It takes
 * half a second of CPU time and blocks everything else.
 */
export function readInside(): Inside {
  const session = new Session();
  session.connect();
  Object.assign(globalThis, { [key]: countIn });
  try {
    const counts = countAll(session);
    collectGarbage();
    const { heapUsed, external } = process.memoryUsage();
    return { heapBytes: heapUsed, externalBytes: external, ...counts };
  } finally {
    delete (globalThis as Record<string, unknown>)[key];
    session.disconnect();
  }
}

type Counts = Pick<Inside, 'timers' | 'entries' | 'listeners'>;

/** One call for all counts, because each call collects garbage several times. */
function countAll(session: Session): Counts {
  const objectGroup = key;
  const prototype = ask(session, 'Runtime.evaluate', { expression: 'Object.prototype', objectGroup }) as {
    result: { objectId: string };
  };
  const found = ask(session, 'Runtime.queryObjects', { prototypeObjectId: prototype.result.objectId, objectGroup }) as {
    objects: { objectId: string };
  };
  const functionDeclaration = `function () { return globalThis[${JSON.stringify(key)}](this); }`;
  const counted = ask(session, 'Runtime.callFunctionOn', {
    objectId: found.objects.objectId,
    functionDeclaration,
    returnByValue: true,
  }) as { result: { value: Counts }; exceptionDetails?: unknown };
  ask(session, 'Runtime.releaseObjectGroup', { objectGroup });
  if (counted.exceptionDetails !== undefined)
    throw new Error(`cannot count: ${JSON.stringify(counted.exceptionDetails)}`);
  return counted.result.value;
}

function countIn(objects: readonly object[]): Counts {
  const timer = setTimeout(() => {}, 0);
  clearTimeout(timer);
  const Timer = timer.constructor;
  let [timers, entries, listeners] = [0, 0, 0];
  for (const each of objects) {
    // Prototypes of maps and emitters look like instances, but their methods throw.
    try {
      if (each instanceof Map || each instanceof Set) entries += each.size;
      else if (each instanceof Timer)
        timers += (each as { readonly _destroyed?: boolean })._destroyed === false ? 1 : 0;
      else if (each instanceof EventEmitter)
        listeners += each.eventNames().reduce((sum, name) => sum + each.listenerCount(name), 0);
      else if (each instanceof AbortSignal) listeners += getEventListeners(each, 'abort').length;
    } catch {}
  }
  return { timers, entries, listeners };
}

/** The function `gc` exists only in contexts that are made after the flag was set. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

/** Within one process the inspector answers before `post` returns. */
function ask(session: Session, method: string, params: object): unknown {
  let answer: unknown;
  session.post(method, params, (error, result) => {
    if (error !== null) throw new Error(`${method}: ${JSON.stringify(error)}`);
    answer = result;
  });
  return answer;
}
