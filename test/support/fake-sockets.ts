import { syncBuiltinESMExports } from 'node:module';
import net, { Socket } from 'node:net';
import type { Test } from 'tap';
import { ManualClock } from './manual-clock.js';

/** A requested connection without network. The test decides how it ends. */
export interface FakeSocket {
  readonly options: Readonly<Record<string, unknown>>;
  readonly socket: Socket;
}

/**
 * Until the end of the test no real connection is made, and timers use a clock that the test advances. So the order of connections is exact
 * to the millisecond.
 */
export function fakeSockets(t: Test): { readonly made: readonly FakeSocket[]; readonly clock: ManualClock } {
  const { connect } = net;
  const { setTimeout, clearTimeout } = globalThis;
  const made: FakeSocket[] = [];
  const clock = new ManualClock();
  net.connect = ((options: FakeSocket['options']) => {
    const socket = new Socket();
    made.push({ options, socket });
    return socket;
  }) as unknown as typeof connect;
  globalThis.setTimeout = ((task: () => void, milliseconds: number) =>
    clock.setTimer(task, milliseconds / 1000)) as unknown as typeof setTimeout;
  globalThis.clearTimeout = ((cancel?: () => void) => cancel?.()) as unknown as typeof clearTimeout;
  syncBuiltinESMExports();
  t.teardown(() => {
    net.connect = connect;
    Object.assign(globalThis, { setTimeout, clearTimeout });
    syncBuiltinESMExports();
  });
  return { made, clock };
}
