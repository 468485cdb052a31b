import t from 'tap';
import type { ComponentReading } from '../../src/collector.js';
import type { RunResult } from '../../src/schedule/run.js';
import { AvailabilityHistory } from '../../src/status/history.js';

const day = 86_400;
/** A midnight in UTC. */
const midnight = 20_000 * day;
const nobodyIsInMaintenance = { isActive: () => false };

function probed(atSeconds: number, reading: Partial<Pick<ComponentReading, 'up' | 'level'>>): RunResult {
  const full: ComponentReading = {
    subject: 'component',
    name: 'backend',
    target: 'http://backend/health',
    kind: 'http',
    level: 'healthy',
    up: true,
    reason: null,
    message: '200',
    responseSeconds: 0.1,
    phases: {},
    checks: [],
    failuresInARow: 0,
    headers: [],
    log: [],
    ...reading,
  };
  return {
    collector: 'component:backend',
    endedAtSeconds: atSeconds,
    durationSeconds: 0.1,
    intervalSeconds: 30,
    success: true,
    collected: { samples: [], readings: [full] },
  };
}

/** Probes every 30 seconds from `start` to `end`. */
function watch(
  history: AvailabilityHistory,
  start: number,
  end: number,
  at: (seconds: number) => Parameters<typeof probed>[1],
) {
  for (let seconds = start; seconds <= end; seconds += 30)
    history.accept(probed(seconds, at(seconds)), nobodyIsInMaintenance);
}

t.test('before the second probe availability is unknown, not 0', async (t) => {
  const history = new AvailabilityHistory();
  t.equal(history.origin, undefined);
  history.accept(probed(midnight, {}), nobodyIsInMaintenance);
  t.strictSame(history.origin, { sinceSeconds: midnight });
  const { slots, upRatio } = history.of('backend', 'day', midnight + 10);
  t.equal(upRatio, undefined);
  t.equal(slots.length, 48);
  t.ok(slots.every((slot) => !('upRatio' in slot)));
  t.equal(history.of('nobody', 'month', midnight).upRatio, undefined);
});

t.test('an outage is a share of its slot and of the known time', async (t) => {
  const history = new AvailabilityHistory();
  watch(history, midnight, midnight + 4 * 3600, (at) =>
    at >= midnight + 3600 && at < midnight + 3600 + 900 ? { up: false, level: 'critical' } : {},
  );
  const now = midnight + 4 * 3600;
  const { slots, upRatio } = history.of('backend', 'day', now);
  t.equal(upRatio, 1 - 900 / (4 * 3600));
  t.equal(
    slots.find(({ startSeconds }) => startSeconds === midnight + 3600)?.upRatio,
    0.5,
    'a quarter of an hour of half an hour',
  );
  t.equal(slots.find(({ startSeconds }) => startSeconds === midnight)?.upRatio, 1);
  t.equal(
    slots.find(({ startSeconds }) => startSeconds === midnight - 1800)?.upRatio,
    undefined,
    'before the exporter began',
  );
  t.equal(history.of('backend', 'month', now).slots.at(-1)?.upRatio, upRatio);
});

t.test('data older than a day is only in the month', async (t) => {
  const history = new AvailabilityHistory();
  watch(history, midnight, midnight + 3600, () => ({ up: false, level: 'critical' }));
  watch(history, midnight + 3630, midnight + 2 * day, () => ({}));
  const now = midnight + 2 * day;
  t.equal(history.of('backend', 'day', now).upRatio, 1);
  t.match(history.of('backend', 'month', now).upRatio?.toFixed(3), (1 - 1 / 48).toFixed(3));
});

t.test('maintenance, UNKNOWN and a pause of the exporter are not counted', async (t) => {
  const history = new AvailabilityHistory();
  watch(history, midnight, midnight + 600, () => ({}));
  watch(history, midnight + 630, midnight + 1200, () => ({ up: false, level: 'unknown' }));
  for (let at = midnight + 1230; at <= midnight + 1500; at += 30)
    history.accept(probed(at, { up: false, level: 'critical' }), { isActive: (name) => name === 'backend' });
  history.accept(probed(midnight + 9000, { up: false, level: 'critical' }), nobodyIsInMaintenance);
  t.equal(history.of('backend', 'day', midnight + 9000).upRatio, 1);
});

t.test('data from Prometheus replaces it, as long as Prometheus answers', async (t) => {
  const history = new AvailabilityHistory();
  watch(history, midnight, midnight + 600, () => ({}));
  const now = midnight + 600;
  history.replace({
    day: new Map([['backend', new Map([[midnight, 0.25]])]]),
    month: new Map([
      [
        'backend',
        new Map([
          [midnight - day, 0.5],
          [midnight, 1],
        ]),
      ],
    ]),
  });
  t.equal(history.origin, 'prometheus');
  const later = now + 1140;
  t.equal(
    history.of('backend', 'day', later).upRatio,
    (600 + 1140 * 0.25) / 1740,
    'except for its own probes of the last half hour',
  );
  t.equal(history.of('backend', 'month', later).upRatio, (0.5 * day + 1740) / (day + 1740));
  t.equal(history.of('other', 'day', now).upRatio, undefined, 'a component that it does not know is not 100 %');
  history.replace(undefined);
  t.equal(history.of('backend', 'day', now).upRatio, 1);
  t.equal(typeof history.origin, 'object');
});

t.test('an outage counts from its begin, although Prometheus records it minutes later', async (t) => {
  const history = new AvailabilityHistory();
  const start = midnight + day - 1800;
  const told = new Map(Array.from({ length: 48 }, (_, slot) => [midnight + slot * 1800, 1] as const));
  history.replace({ day: new Map([['backend', told]]), month: new Map([['backend', new Map([[midnight, 1]])]]) });
  watch(history, start, start + 900, (at) => (at >= start + 780 ? { up: false, level: 'critical' } : {}));
  const now = start + 900;
  const { slots, upRatio } = history.of('backend', 'day', now);
  t.equal(slots.at(-1)?.upRatio, 780 / 900);
  t.equal(upRatio, 1 - 120 / (47 * 1800 + 900));
  t.equal(history.of('backend', 'month', now).upRatio, 1 - 120 / (day - 900));
  watch(history, now, now + 960, () => ({}));
  const { slots: next } = history.of('backend', 'day', now + 960);
  t.equal(next.at(-2)?.upRatio, 1 - 120 / 1800, 'also in the half hour after that of the outage');
});

t.test('removed components are forgotten', async (t) => {
  const history = new AvailabilityHistory();
  watch(history, midnight, midnight + 600, () => ({}));
  history.retain(new Set(['backend']));
  t.equal(history.of('backend', 'day', midnight + 600).upRatio, 1, 'and nothing else');
  history.retain(new Set(['frontend']));
  t.equal(history.of('backend', 'day', midnight + 600).upRatio, undefined);
});
