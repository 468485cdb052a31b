import t from 'tap';
import type { Threshold } from '../../src/config/sections/thresholds-section.js';
import { isOther, normalOf, proposeFor, type SubjectNormal } from '../../src/stack/threshold-advice.js';
import type { HistoryPoint } from '../../src/stack/threshold-history.js';
import { thresholdUses } from '../../src/stack/threshold-uses.js';

const endSeconds = new Date(2026, 10, 4).getTime() / 1000;
const span = { startSeconds: endSeconds - 86_400, endSeconds, stepSeconds: 60 };
const present = { warning: 0.5, critical: 0.9 };
const ofAll: ReadonlyMap<string, Threshold> = new Map([['', present]]);

/** Values within one hour of the day, by the clock of this machine. */
function pointsOf(labels: Readonly<Record<string, string>>, hour: number, values: readonly number[]): HistoryPoint[] {
  const startSeconds = new Date(2026, 10, 3, hour).getTime() / 1000;
  return values.map((value, index) => ({ labels, atSeconds: startSeconds + index, value }));
}

/** The normal values for the subjects of an alert with these points, which arrive in two pieces. */
function normals(
  alert: string,
  points: readonly HistoryPoint[],
  limits: ReadonlyMap<string, Threshold> = ofAll,
  timeouts?: ReadonlyMap<string, number>,
  asked = span,
) {
  const use = thresholdUses.find((each) => each.alert === alert);
  if (use === undefined) throw new Error(alert);
  const half = Math.ceil(points.length / 2);
  const history = {
    async *points() {
      yield points.slice(0, half);
      yield points.slice(half);
    },
    pieces: () => [],
    now: async () => [],
  };
  return normalOf(use, asked, limits, history, timeouts);
}

const upTo100 = Array.from({ length: 100 }, (_, index) => (100 - index) / 100);
const backend = { job: 'crm', component: 'backend' };

t.test(
  'the critical time is 2.5 times the warning, which is half above the usual peak of the busiest hour',
  async (t) => {
    const [found, ...others] = await normals('AiCrmComponentSlow', [
      ...pointsOf(backend, 9, Array<number>(100).fill(0.1)),
      ...pointsOf(backend, 10, upTo100),
      ...pointsOf(backend, 11, [0.2]),
    ]);
    t.same(others, []);
    const rounded = (value = Number.NaN) => Number(value.toFixed(6));
    t.match(found, { subject: 'backend', component: 'backend', busiestHour: 10, present });
    t.same(
      Object.values(found?.byHour[10] ?? {}).map((value: number) => rounded(value)),
      [0.505, 0.9505, 0.9901],
      'interpolated between two values',
    );
    t.equal(rounded(found?.usualPeak), 0.9901);
    t.same(
      found?.byHour.map((each) => each !== undefined),
      Array.from({ length: 24 }, (_, hour) => hour >= 9 && hour <= 11),
      'other hours are unknown',
    );
    t.equal(found?.byHour[11]?.p50, 0.2);
    t.same([rounded(found?.aboveRatio.warning), rounded(found?.aboveRatio.critical)], [0.248756, 0.049751]);
    t.same(found?.proposed, { warning: 1.5, critical: 3.8 }, 'two digits');
  },
);

/** The proposed limits for a constant value, or undefined. */
async function limitsOf(
  alert: string,
  labels: Readonly<Record<string, string>>,
  peak: number,
  timeoutSeconds?: number,
) {
  const timeouts = timeoutSeconds === undefined ? undefined : new Map([['backend', timeoutSeconds]]);
  const [found] = await normals(alert, pointsOf(labels, 0, [peak]), ofAll, timeouts);
  if (found?.noLimit !== undefined) {
    t.same(found.proposed, present, 'then the current limits stay');
    t.ok([0.9, 0.98, 9.5].includes(found.noLimit.mostUseful));
  }
  return found?.noLimit === undefined ? Object.values(found?.proposed ?? {}) : undefined;
}

t.test('the warning for failures is between 1 % and half of all requests', async (t) => {
  const proposed = (peak: number) => limitsOf('AiCrmComponentErrorRateHigh', backend, peak);
  t.same(await proposed(0.001), [0.01, 0.02]);
  t.same(await proposed(0.2), [0.3, 0.6]);
  t.same(await proposed(0.45), [0.5, 0.9], 'at most 100 %');
  t.equal(await proposed(0.9), undefined);
  t.same(await proposed(0), [0.5, 0.9], 'from no failures nothing can be derived');
});

t.test('the limits of a resource are at half and four fifths of the range above the usual peak', async (t) => {
  const host = { job: 'crm', instance: 'a' };
  const proposed = (peak: number) => limitsOf('AiCrmHostCpuHigh', host, peak);
  t.same(await proposed(0.4), [0.7, 0.88]);
  t.same(await proposed(0.9), [0.95, 0.98]);
  t.same(await proposed(0.94), [0.96, 0.98], 'different, and below 100 %');
  t.equal(await proposed(0.97), undefined);
  const [found] = await normals('AiCrmHostCpuHigh', pointsOf(host, 0, [0.4]));
  t.notOk('component' in (found ?? {}), 'a host is not a component');
});

t.test('the critical time is below the timeout, or there is no limit', async (t) => {
  const proposed = (peak: number, timeout?: number) => limitsOf('AiCrmComponentSlow', backend, peak, timeout);
  t.same(await proposed(4), [6, 9.5], 'the timeout is 10 s unless another one is known');
  t.same(await proposed(4, 30), [6, 15]);
  t.same(await proposed(2.8, 5), [3.9, 4.7]);
  t.equal(await proposed(9), undefined);
  const timeoutOf = async (alert: string) => (await normals(alert, pointsOf(backend, 0, [0.2])))[0]?.timeoutSeconds;
  t.same([await timeoutOf('AiCrmComponentSlow'), await timeoutOf('AiCrmComponentErrorRateHigh')], [10, undefined]);
  t.same(await proposed(0.001), [0.05, 0.13], 'limits of milliseconds would be exceeded by any load');
});

t.test('the last, incomplete hour of a span counts for one day, not for two', async (t) => {
  const ends = new Date(2026, 10, 20, 3, 15).getTime() / 1000;
  const twoWeeks = { startSeconds: ends - 14 * 86_400, endSeconds: ends, stepSeconds: 300 };
  const points: HistoryPoint[] = [];
  for (let atSeconds = twoWeeks.startSeconds; atSeconds < ends; atSeconds += 300) {
    const date = new Date(atSeconds * 1000);
    const isIncident = [15, 16, 18].includes(date.getDate()) && date.getHours() === 3 && date.getMinutes() < 30;
    points.push({ labels: backend, atSeconds, value: isIncident ? 4.5 : 0.3 });
  }
  const [found] = await normals('AiCrmComponentSlow', points, ofAll, undefined, twoWeeks);
  t.match(found, { usualPeak: 0.3, unusual: { count: 18, ofCount: 4032, days: 3, highest: 4.5 } });
});

t.test('a single day does not decide the limit for an hour that is rarely measured', async (t) => {
  const points: HistoryPoint[] = [];
  for (let day = 1; day <= 14; day++)
    for (let minute = 0; minute < 60; minute += 5) {
      const at = (hour: number) => new Date(2026, 10, day, hour, minute).getTime() / 1000;
      points.push({ labels: backend, atSeconds: at(9), value: 0.3 });
      if (day === 13) points.push({ labels: backend, atSeconds: at(15), value: 4.5 });
    }
  const ends = new Date(2026, 10, 15).getTime() / 1000;
  const twoWeeks = { startSeconds: ends - 14 * 86_400, endSeconds: ends, stepSeconds: 300 };
  const [found] = await normals('AiCrmComponentSlow', points, ofAll, undefined, twoWeeks);
  t.match(found, { usualPeak: 0.3, busiestHour: 9, unusual: { count: 12, days: 1 } });
});

t.test('a load is usual if more than half of all days have it, or of the last seven at the same hour', async (t) => {
  const peakOf = async (isBusy: (day: number, hour: number) => boolean) => {
    const points: HistoryPoint[] = [];
    // An order in which no value is at its sorted place.
    for (const day of [9, 2, 14, 5, 11, 1, 8, 13, 3, 12, 6, 10, 4, 7])
      for (let hour = 0; hour < 24; hour++)
        points.push({
          labels: backend,
          atSeconds: new Date(2026, 10, day, hour).getTime() / 1000,
          value: (isBusy(day, hour) ? 2 : 0.3) + day / 1e6,
        });
    const ends = new Date(2026, 10, 15).getTime() / 1000;
    const twoWeeks = { startSeconds: ends - 14 * 86_400, endSeconds: ends, stepSeconds: 3600 };
    const [found] = await normals('AiCrmComponentSlow', points, ofAll, undefined, twoWeeks);
    return Number(found?.usualPeak.toFixed(3));
  };
  t.equal(await peakOf((day) => day > 10), 2, 'the last four days');
  t.equal(await peakOf((day) => day > 11), 0.3, 'not the last three');
  t.equal(await peakOf((day) => day <= 8), 2, 'eight of fourteen');
  t.equal(await peakOf((day) => day <= 7), 0.3, 'not seven of fourteen that are over');
  t.equal(await peakOf((day, hour) => day <= 8 && hour === day), 2, 'eight at another hour each');
  t.equal(await peakOf((day, hour) => day > 7 && hour === day), 0.3, 'not seven at another hour each');
});

t.test('a component is compared with its own limit, and one without a limit is left out', async (t) => {
  const own = { warning: 7, critical: 8 };
  const points = [...pointsOf(backend, 0, [1]), ...pointsOf({ job: 'crm', component: 'search' }, 0, [1])];
  const both = await normals('AiCrmComponentSlow', points, new Map([...ofAll, ['search', own]]));
  t.same(
    both.map(({ component, present: limit }) => [component, limit]),
    [
      ['backend', present],
      ['search', own],
    ],
  );
  t.same(await normals('AiCrmComponentSlow', points, new Map()), []);
});

/** The parts that a general proposal uses. */
function needing(component: string | undefined, warning: number, critical = 2 * warning): SubjectNormal {
  return {
    subject: component ?? 'host',
    ...(component && { component }),
    proposed: { warning, critical },
    whole: { p50: 0 },
    present,
  } as SubjectNormal;
}

t.test('one limit serves all components, except those that need far more or have their own', async (t) => {
  const proposed = proposeFor(
    [
      [needing('a', 1), needing('z', 9), needing('b', 2, 3)],
      [needing('c', 4), needing('own', 5)],
    ],
    new Map([...ofAll, ['own', present]]),
  );
  t.same(proposed?.general, { warning: 4, critical: 8 });
  t.same(
    [...(proposed?.own ?? [])],
    [
      ['own', { warning: 5, critical: 10 }],
      ['z', { warning: 9, critical: 18 }],
    ],
    'in the order of their names',
  );
  t.same(proposeFor([[needing('a', 2), needing('b', 8)]], ofAll)?.own.size, 0, 'four times as much is not far more');
  t.same(
    proposeFor([[needing(undefined, 1), needing(undefined, 1), needing(undefined, 9)]], ofAll)?.general,
    { warning: 9, critical: 18 },
    'something other than a component cannot have its own limit',
  );
  t.equal(proposeFor([[], []], ofAll), undefined);
  const onlyOwn = new Map([...ofAll, ['own', present]]);
  t.same(
    proposeFor([[needing('own', 5)]], onlyOwn)?.general,
    present,
    'if all have their own limit, the general one stays',
  );
  t.equal(proposeFor([[needing('own', 5)]], new Map([['own', present]])), undefined);
});

t.test('a component that is always above the limit gets its own, unless most are', (t) => {
  const slow = (component: string, warning: number) => ({
    ...needing(component, warning),
    whole: { p50: 0.6, p95: 0.6, p99: 0.6 },
  });
  const few = proposeFor([[needing('a', 0.4), slow('b', 0.9)]], ofAll);
  t.same(few?.general, { warning: 0.4, critical: 0.8 });
  t.same([...(few?.own ?? [])], [['b', { warning: 0.9, critical: 1.8 }]]);
  const many = proposeFor([[needing('a', 0.4), slow('b', 0.9), slow('c', 1)]], ofAll);
  t.same([many?.general, many?.own.size], [{ warning: 1, critical: 2 }, 0]);
  t.end();
});

t.test(
  'a component that times out below the general limit gets its own, and one without a useful limit does not count',
  (t) => {
    const short = { ...needing('short', 1, 1.2), timeoutSeconds: 1.3 };
    const equal = { ...needing('equal', 1, 1.2), timeoutSeconds: 4 };
    const hopeless = { ...needing('hopeless', 9), noLimit: { mostUseful: 9.5 } };
    const found = proposeFor([[needing('a', 2), short, equal, hopeless]], ofAll);
    t.same(found?.general, { warning: 2, critical: 4 });
    t.same([...(found?.own.keys() ?? [])], ['equal', 'short']);
    t.equal(
      proposeFor([[needing('a', 0.54, 0.98)]], ofAll)?.general,
      present,
      'a change of less than a tenth is left out',
    );
    t.same(proposeFor([[hopeless]], ofAll)?.general, present);
    t.end();
  },
);

t.test('a change of less than a tenth is not proposed', async (t) => {
  const limit = { warning: 10, critical: 100 };
  for (const [warning, critical, expected] of [
    [10, 100, false],
    [11, 90, false],
    [11.1, 100, true],
    [8.9, 100, true],
    [10, 111, true],
  ] as const)
    t.equal(isOther(limit, { warning, critical }), expected, `${warning} ${critical}`);
});
