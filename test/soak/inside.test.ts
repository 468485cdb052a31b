import { EventEmitter } from 'node:events';
import t from 'tap';
import { readInside } from './inside.js';

t.test('objects that a process holds are counted, and no longer counted when they are released', async (t) => {
  const before = readInside();
  const emitter = new EventEmitter();
  const controller = new AbortController();
  const held = {
    map: new Map(Array.from({ length: 1000 }, (_, i) => [i, i])),
    set: new Set(['a', 'b', 'c']),
    timers: [setTimeout(() => {}, 1_000_000).unref(), setInterval(() => {}, 1_000_000).unref()],
    bytes: Buffer.alloc(5 << 20),
    numbers: Array.from({ length: 400_000 }, (_, i) => i + 0.5),
  };
  for (let i = 0; i < 5; i++) emitter.on('a', () => held.map.clear());
  controller.signal.addEventListener('abort', () => {});
  const during = readInside();
  t.ok(during.entries - before.entries >= 1003, `${during.entries - before.entries} entries`);
  t.equal(during.timers - before.timers, 2);
  t.ok(during.listeners - before.listeners >= 6, `${during.listeners - before.listeners} listeners`);
  t.ok(during.externalBytes - before.externalBytes >= 5 << 20);
  t.ok(during.heapBytes - before.heapBytes >= 2 << 20);
  held.map.clear();
  for (const timer of held.timers) clearTimeout(timer);
  emitter.removeAllListeners();
  const after = readInside();
  t.ok(
    after.entries < during.entries - 900 && after.timers === before.timers && after.listeners < during.listeners,
    JSON.stringify({ during, after }),
  );
});
