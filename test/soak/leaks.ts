import { EventEmitter } from 'node:events';
import { openSync } from 'node:fs';
import type { LeakName } from './options.js';

/** Leaks something on purpose with every call, until the process ends. */
export function createLeaks(names: readonly LeakName[]): () => void {
  const heap: number[][] = [];
  const entries = new Map<number, number>();
  const emitter = new EventEmitter().setMaxListeners(0);
  const leak: Readonly<Record<LeakName, () => void>> = {
    heap: () => heap.push(Array.from({ length: 8192 }, (_, i) => i / 2)),
    descriptors: () => openSync('/dev/null', 'r'),
    timers: () => setInterval(() => {}, 3_600_000).unref(),
    entries: () => entries.set(entries.size, heap.length),
    listeners: () => emitter.on('never', () => entries.clear()),
  };
  return () => {
    for (const name of names) leak[name]();
  };
}
