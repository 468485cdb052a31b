import t from 'tap';
import type { ComponentConfig } from '../../src/config/sections/endpoints-section.js';
import { type ComponentMemory, componentCollector, probeRounds } from '../../src/probes/component-collector.js';
import { Scheduler } from '../../src/schedule/scheduler.js';
import { httpComponent } from '../support/config.js';
import { ManualClock } from '../support/manual-clock.js';
import { reading, refused } from '../support/service-fixture.js';

/** Watches components every 30 s with the real scheduler. `isDown` gives the result of a probe. Returns the times and results of probes. */
function watch(
  names: readonly string[],
  {
    isDown,
    maintained = [],
  }: { readonly isDown: (name: string, atSeconds: number) => boolean; readonly maintained?: readonly string[] },
) {
  const clock = new ManualClock();
  const probes: { readonly name: string; readonly atSeconds: number; readonly up: boolean }[] = [];
  const components = names.map((name) => httpComponent(name, 'http://x/'));
  const rounds = probeRounds(components, { clock, calendar: { isActive: (name) => maintained.includes(name ?? '') } });
  const probe = async ({ name }: ComponentConfig) => {
    const atSeconds = clock.monotonicSeconds();
    const up = !isDown(name, atSeconds);
    probes.push({ name, atSeconds, up });
    return up ? reading(name) : refused(name);
  };
  const collectors = components.map((component) => {
    const memory: ComponentMemory = { failuresInARow: 0, uptimeSeconds: undefined };
    return componentCollector(component, { probe, memory, retryIntervalSeconds: 5, retries: 2, clock, rounds });
  });
  const scheduler = new Scheduler({ clock, concurrency: 100, onResult: () => {}, random: () => 0 });
  scheduler.start(collectors);
  const firstFailure = (name: string) => probes.find((one) => one.name === name && !one.up)?.atSeconds ?? Infinity;
  return { clock, scheduler, probes, firstFailure };
}

const eight = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

t.test('six seconds after the first failure all components that are down are known', async (t) => {
  for (const downAtSeconds of [61, 64.5, 69, 75, 82, 89.5]) {
    const { clock, scheduler, firstFailure } = watch(eight, {
      isDown: (_name, atSeconds) => atSeconds >= downAtSeconds,
    });
    await clock.pass(120);
    await scheduler.stop();
    const found = eight.map(firstFailure);
    const [first, last] = [Math.min(...found), Math.max(...found)];
    t.ok(first < downAtSeconds + 4.5, `${first}: by its own interval`);
    t.ok(last - first <= 6, `all within ${last - first} s`);
  }
});

t.test('components in maintenance are not probed early, and cause no early probes', async (t) => {
  const found = async (isDown: (name: string, atSeconds: number) => boolean) => {
    const { clock, scheduler, probes, firstFailure } = watch(eight, { isDown, maintained: ['a'] });
    await clock.pass(115);
    await scheduler.stop();
    return {
      others: probes.filter(({ name }) => name !== 'a').map(({ name, atSeconds }) => `${name} ${atSeconds}`),
      firstFailure,
    };
  };
  const well = await found(() => false);
  t.same(
    (await found((name, atSeconds) => name === 'a' && atSeconds > 40)).others,
    well.others,
    'the others are probed as usual',
  );
  const { firstFailure } = await found((_name, atSeconds) => atSeconds > 61);
  t.same(['a', 'b', 'h'].map(firstFailure), [90, 63.75, 63.75], 'at its usual time');
});

t.test('flapping components do not cause a storm: no other is probed more often than every ten seconds', async (t) => {
  const flapping = new Set(['a', 'b', 'c', 'd', 'e', 'f']);
  let turn = 0;
  const { clock, scheduler, probes } = watch(eight, {
    isDown: (name, atSeconds) => atSeconds > 60 && flapping.has(name) && turn++ % 2 === 0,
  });
  await clock.pass(660);
  await scheduler.stop();
  for (const name of ['g', 'h']) {
    const own = probes.filter((one) => one.name === name && one.atSeconds > 60).map(({ atSeconds }) => atSeconds);
    t.ok(own.length > 20, 'it is probed early');
    t.ok(own.length <= 60 + 20, `${own.length} times within ten minutes, 20 of which are regular`);
  }
});
