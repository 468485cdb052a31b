import t from 'tap';
import type { ComponentReading } from '../../src/collector.js';
import { type ComponentMemory, componentCollector } from '../../src/probes/component-collector.js';
import { httpComponent } from '../support/config.js';
import { ManualClock } from '../support/manual-clock.js';
import { reading, refused } from '../support/service-fixture.js';

const good = reading('payments');
const lost: ComponentReading = { ...refused('payments'), reason: 'status', level: 'unknown', responseSeconds: 0 };
const hanging: ComponentReading = { ...refused('payments'), reason: 'timeout', responseSeconds: 10 };
const degraded: ComponentReading = { ...good, level: 'warning' };

/** Processes probes that end at these seconds, and returns the series with times after each. */
async function follow(...probes: readonly (readonly [atSeconds: number, judged: ComponentReading])[]) {
  const memory: ComponentMemory = { failuresInARow: 0, uptimeSeconds: undefined };
  const told: (readonly (number | undefined)[])[] = [];
  for (const [atSeconds, judged] of probes) {
    // A new collector each time, as after a reload of the configuration.
    const clock = new ManualClock(atSeconds);
    const collector = componentCollector(httpComponent('payments', 'http://x/'), {
      probe: async () => judged,
      memory,
      retryIntervalSeconds: 5,
      retries: 2,
      clock,
    });
    const { samples } = await collector.collect(AbortSignal.timeout(5000));
    const valueOf = (name: string) =>
      samples.find(({ series }) => series.definition.name === `aicrm_component_${name}_timestamp_seconds`)?.value;
    told.push([valueOf('state_since'), valueOf('outage_start'), valueOf('outage_end')]);
  }
  return told;
}

t.test('an outage lasts from its first failed probe, whatever fails later, to the first good answer', async (t) => {
  const told = await follow(
    [1000, good],
    [1030, { ...refused('payments'), responseSeconds: 0 }],
    [1035, lost],
    [1040, refused('payments')],
    [1100, good],
    [1130, good],
  );
  const on = [1030, 1030, undefined];
  const over = [1100, 1030, 1100];
  t.same(told, [[undefined, undefined, undefined], on, on, on, over, over]);
});

t.test('a hang begins when the probe is sent, not when it times out', async (t) => {
  t.same((await follow([1000, good], [1040, hanging]))[1], [1030, 1030, undefined]);
});

t.test('each level has its own begin, and the last outage is kept while levels change', async (t) => {
  const told = await follow(
    [1000, good],
    [1030, lost],
    [1060, degraded],
    [1090, good],
    [1120, degraded],
    [1150, degraded],
  );
  t.same(told.slice(2), [
    [1060, 1030, 1060],
    [1090, 1030, 1060],
    [1120, 1030, 1060],
    [1120, 1030, 1060],
  ]);
  t.same(
    await follow([1000, good], [1030, degraded]),
    [
      [undefined, undefined, undefined],
      [1030, undefined, undefined],
    ],
    'a degraded component has no outage',
  );
});

t.test('the next outage replaces the last one', async (t) => {
  t.same((await follow([1000, good], [1030, lost], [1060, good], [1090, lost])).at(-1), [1090, 1090, undefined]);
});

t.test('an outage that exists at the first probe has no known begin, but a known end', async (t) => {
  t.same(await follow([1000, lost], [1030, lost], [1060, good]), [
    [undefined, undefined, undefined],
    [undefined, undefined, undefined],
    [1060, undefined, 1060],
  ]);
});
