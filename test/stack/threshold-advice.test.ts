import t from 'tap';
import type { Threshold } from '../../src/config/sections/thresholds-section.js';
import { isOther, normalOf, proposeFor, type SubjectNormal } from '../../src/stack/threshold-advice.js';
import type { HistoryPoint } from '../../src/stack/threshold-history.js';
import { thresholdUses } from '../../src/stack/threshold-uses.js';

const span = { startSeconds: 0, endSeconds: 86_400, stepSeconds: 60 };
const present = { warning: 0.5, critical: 0.9 };
const ofAll = new Map([['', present]]);

/** Values within one hour of the day, on the clock of this machine. */
function pointsOf(labels: Readonly<Record<string, string>>, hour: number, values: readonly number[]): HistoryPoint[] {
  const startSeconds = new Date(2026, 10, 3, hour).getTime() / 1000;
  return values.map((value, index) => ({ labels, atSeconds: startSeconds + index, value }));
}

/** What is normal for the subjects of an alert if these are its points, which come in two pieces. */
function normals(alert: string, points: readonly HistoryPoint[], limits = new Map<string, Threshold>(ofAll)) {
  const use = thresholdUses.find((each) => each.alert === alert);
  if (use === undefined) throw new Error(alert);
  const half = Math.ceil(points.length / 2);
  return normalOf(use, span, limits, {
    async *points() {
      yield points.slice(0, half);
      yield points.slice(half);
    },
    pieces: () => [],
    now: async () => [],
  });
}

const upTo100 = Array.from({ length: 100 }, (_, index) => (100 - index) / 100);
const backend = { job: 'crm', component: 'backend' };

t.test('a time is critical at 2.5 times what is half above the usual peak of its busiest hour', async (t) => {
  const [found, ...others] = await normals('AiCrmComponentSlow', [
    ...pointsOf(backend, 9, Array<number>(100).fill(0.1)),
    ...pointsOf(backend, 10, upTo100),
    ...pointsOf(backend, 11, [0.2]),
  ]);
  t.same(others, []);
  const rounded = (value = Number.NaN) => Number(value.toFixed(6));
  t.match(found, { subject: 'backend', component: 'backend', busiestHour: 10, present });
  t.same(Object.values(found?.busiest ?? {}).map(rounded), [0.505, 0.9505, 0.9901], 'between two values in proportion');
  t.same(
    found?.byHour.map((each) => each !== undefined),
    Array.from({ length: 24 }, (_, hour) => hour >= 9 && hour <= 11),
    'of other hours nothing is known',
  );
  t.equal(found?.byHour[11]?.p50, 0.2);
  t.same([rounded(found?.aboveRatio.warning), rounded(found?.aboveRatio.critical)], [0.248756, 0.049751]);
  t.same(found?.proposed, { warning: 1.5, critical: 3.8 }, 'two digits');
});

t.test('failures are worth a warning from 1 % on, and half of all at the latest', async (t) => {
  const proposed = async (peak: number) =>
    (await normals('AiCrmComponentErrorRateHigh', pointsOf(backend, 0, [peak])))[0]?.proposed;
  t.same(await proposed(0.001), { warning: 0.01, critical: 0.02 });
  t.same(await proposed(0.2), { warning: 0.3, critical: 0.6 });
  t.same(await proposed(0.9), { warning: 0.5, critical: 1 });
  t.same(await proposed(0), present, 'from nothing nothing follows');
});

t.test('of a resource half and four fifths of the room above the usual peak are the limits', async (t) => {
  const [host] = await normals('AiCrmHostCpuHigh', pointsOf({ job: 'crm', instance: 'a' }, 0, [0.4]));
  t.same(host?.proposed, { warning: 0.7, critical: 0.88 });
  t.notOk('component' in (host ?? {}), 'a host is no component');
});

t.test('a component is measured against its own limit, and one without any is left out', async (t) => {
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

/** Only what a proposal for all looks at. */
function needing(component: string | undefined, warning: number, critical = 2 * warning): SubjectNormal {
  return {
    subject: component ?? 'host',
    ...(component && { component }),
    proposed: { warning, critical },
  } as SubjectNormal;
}

t.test('one limit is enough for all, but for those who need far more or have one of their own', async (t) => {
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
    'what is no component cannot have its own',
  );
  t.equal(proposeFor([[], []], ofAll), undefined);
  const onlyOwn = new Map([...ofAll, ['own', present]]);
  t.same(proposeFor([[needing('own', 5)]], onlyOwn)?.general, present, 'where all have their own the other one stays');
  t.equal(proposeFor([[needing('own', 5)]], new Map([['own', present]])), undefined);
});

t.test('a change of less than a tenth is not worth it', async (t) => {
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
