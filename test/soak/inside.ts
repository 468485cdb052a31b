import { EventEmitter, getEventListeners } from 'node:events';
import { Session } from 'node:inspector';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** What a process holds, as only the process itself can tell. */
export interface Inside {
  /** JavaScript objects in use after a garbage collection. */
  readonly heapBytes: number;
  /** Buffers and what else belongs to objects and lies outside of the heap. */
  readonly externalBytes: number;
  /** Timers that are set, also those that let the process end. */
  readonly timers: number;
  /** Entries of all maps and sets, whosever they are. */
  readonly entries: number;
  /** Listeners of all event emitters and abort signals. */
  readonly listeners: number;
}

/** Where the inspector finds what to do with the objects. */
const key = 'ai-crm-exporter soak';

/**
 * Collects garbage and counts what is left. The inspector of Node.js finds every object, so nothing in the exporter has to be open
 * to look into. It takes half a second of CPU time, in which nothing else happens.
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

/** One question for all, as each collects garbage several times. */
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
    // Prototypes of maps, emitters and what is made of them look like one and are none.
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

/** The engine has the function in contexts that are made after the flag was set. */
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
