import t from 'tap';
import { knownThresholds } from '../../src/config/sections/thresholds-section.js';
import type { BundledRule } from '../../src/stack/rules.js';
import type { History, HistoryPoint, Limits, Span } from '../../src/stack/threshold-history.js';
import { type Replayed, replay, total } from '../../src/stack/threshold-replay.js';
import type { ThresholdUse } from '../../src/stack/threshold-uses.js';

const [threshold] = knownThresholds;
if (threshold === undefined) throw new Error('no threshold');
const slow: ThresholdUse = {
  threshold,
  alert: 'Slow',
  measured: 'measured',
  subject: ['component'],
  own: 'component',
  excuse: { warning: 'excuse warning', critical: 'excuse critical' },
};
/** Both severities wait for two minutes, and fire for three minutes longer. */
const ruleOf = (severity: string): BundledRule => ({
  group: 'g',
  name: 'Slow',
  isAlert: true,
  severity,
  forSeconds: 120,
  keepFiringSeconds: 180,
});
const rules = [
  { ...ruleOf('warning'), isAlert: false, forSeconds: 0 },
  { ...ruleOf('warning'), name: 'Other', forSeconds: 0 },
  ruleOf('warning'),
  ruleOf('critical'),
];
const ofAll: Limits = new Map([['', { warning: 2, critical: 5 }]]);
/** Two hours in minutes. */
const span: Span = { startSeconds: 0, endSeconds: 7200, stepSeconds: 60 };

interface Series {
  readonly expression: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly valueAt: (minute: number) => number | undefined;
}

/** A value from one minute until before another one. */
const between =
  (from: number, to: number, value = 1) =>
  (minute: number) =>
    minute >= from && minute < to ? value : undefined;
const web = { job: 'crm', component: 'web' };
const measured = (valueAt: Series['valueAt'], labels: Series['labels'] = web): Series => ({
  expression: 'measured',
  labels,
  valueAt,
});
const condition = (expression: string, valueAt: Series['valueAt'], labels: Series['labels'] = web): Series => ({
  expression,
  labels,
  valueAt,
});

/** A history that is read in pieces of half an hour, and the expressions that were read. */
function historyOf(series: readonly Series[]): { readonly history: History; readonly read: string[] } {
  const read: string[] = [];
  const history: History = {
    async *points(expression, { startSeconds, endSeconds, stepSeconds }) {
      read.push(expression);
      const [, name = expression, limit = '-1'] = /^\((.*)\) > (\S+)$/.exec(expression) ?? [];
      for (const one of series.filter((each) => each.expression === name)) {
        const points: HistoryPoint[] = [];
        for (let at = startSeconds; at < endSeconds; at += stepSeconds) {
          const value = one.valueAt(at / 60);
          if (value !== undefined && value > Number(limit)) points.push({ labels: one.labels, atSeconds: at, value });
        }
        yield points;
      }
    },
    pieces: ({ startSeconds, endSeconds, stepSeconds }) =>
      Array.from({ length: (endSeconds - startSeconds) / 1800 }, (_, index) => ({
        startSeconds: startSeconds + index * 1800,
        endSeconds: startSeconds + (index + 1) * 1800,
        stepSeconds,
      })),
    now: () => Promise.resolve([]),
  };
  return { history, read };
}

const rowsOf = (series: readonly Series[], use = slow, limits: Parameters<typeof replay>[2] = { present: ofAll }) =>
  replay(use, span, limits, rules, historyOf(series).history);
/** Each row with the number and the minutes of its firings. */
const told = (rows: readonly Replayed[], of: 'present' | 'recorded' | 'tried' = 'present') =>
  rows.map((row) => {
    const { count = 0, totalSeconds = 0, longestSeconds = 0 } = row[of] ?? {};
    return `${row.severity} ${row.subject}: ${count}, ${totalSeconds / 60} min, longest ${longestSeconds / 60}`;
  });
const fired = async (...given: Parameters<typeof rowsOf>) => told(await rowsOf(...given));

t.test('an alert begins after its time, and ends later than its condition', async (t) => {
  t.strictSame(
    await fired([measured(between(10, 20, 3))]),
    ['warning web: 1, 11 min, longest 11'],
    'from minute 12 to minute 23',
  );
  t.strictSame(await fired([measured(between(10, 12, 3))]), [], 'two minutes are too short');
  t.strictSame(await fired([measured(between(10, 13, 3))]), ['warning web: 1, 4 min, longest 4']);
  t.strictSame(await fired([measured(between(10, 20, 2))]), [], 'the limit itself is not above it');
  t.strictSame(
    await fired([measured((minute) => (minute >= 10 && minute < 20 && minute !== 12 ? 3 : undefined))]),
    ['warning web: 1, 8 min, longest 8'],
    'an interruption begins the time again',
  );
  t.strictSame(
    await fired([measured((minute) => between(10, 14, 3)(minute) ?? between(16, 20, 3)(minute))]),
    ['warning web: 1, 11 min, longest 11'],
    'an interruption of less than three minutes does not end it',
  );
  t.strictSame(await fired([measured((minute) => between(10, 14, 3)(minute) ?? between(18, 28, 3)(minute))]), [
    'warning web: 2, 16 min, longest 11',
  ]);
  t.strictSame(await fired([measured(between(110, 120, 3))]), ['warning web: 1, 8 min, longest 8'], 'it still fires');
  t.strictSame(
    await fired([measured(between(29, 31, 3)), measured(between(28, 32, 3), { component: 'api' })]),
    ['warning api: 1, 5 min, longest 5'],
    'the waiting goes on in the next piece',
  );
});

t.test('a severity whose rule this program does not have fires at once', async (t) => {
  const { history } = historyOf([measured(between(10, 20, 3))]);
  t.strictSame(told(await replay(slow, span, { present: ofAll }, [ruleOf('critical')], history)), [
    'warning web: 1, 10 min, longest 10',
  ]);
});

t.test('a critical alert suppresses the warning, and for a quarter of an hour after its end', async (t) => {
  t.strictSame(await fired([measured(between(10, 20, 6))]), ['critical web: 1, 11 min, longest 11']);
  t.strictSame(await fired([measured(between(10, 20, 5))]), ['warning web: 1, 11 min, longest 11']);
  t.strictSame(
    await fired([measured((minute) => between(10, 20, 6)(minute) ?? between(30, 40, 6)(minute))]),
    ['critical web: 2, 22 min, longest 11'],
    'it does not suppress itself',
  );
  const after = (from: number) =>
    fired([measured((minute) => between(10, 20, 6)(minute) ?? between(from, from + 10, 3)(minute))]);
  // The critical alert ends at minute 23, so a warning may begin to wait at minute 39.
  t.strictSame(await after(39), ['critical web: 1, 11 min, longest 11', 'warning web: 1, 11 min, longest 11']);
  t.strictSame(await after(38), ['critical web: 1, 11 min, longest 11', 'warning web: 1, 10 min, longest 10']);
  t.strictSame(
    await fired([
      measured((minute) => between(10, 60, 6)(minute) ?? between(60, 70, 3)(minute)),
      measured(between(40, 50, 3), { component: 'api' }),
    ]),
    ['critical web: 1, 51 min, longest 51', 'warning api: 1, 11 min, longest 11'],
    'a warning about another subject is not suppressed',
  );
});

t.test('an excuse of the subject or of the whole job keeps an alert from beginning', async (t) => {
  const busy = measured(between(10, 20, 3));
  const excuse = (from: number, to: number, labels?: Series['labels'], severity = 'warning') =>
    fired([busy, condition(`excuse ${severity}`, between(from, to), labels)]);
  t.strictSame(await excuse(0, 30), []);
  t.strictSame(await excuse(0, 30, { job: 'crm' }), []);
  t.strictSame(await excuse(0, 15), ['warning web: 1, 6 min, longest 6']);
  t.strictSame(await excuse(12, 30), [], 'it waited for one minute only');
  t.strictSame(await excuse(13, 30), ['warning web: 1, 11 min, longest 11'], 'it had begun');
  t.strictSame(await excuse(0, 30, { component: 'api' }), ['warning web: 1, 11 min, longest 11']);
  t.strictSame(await excuse(0, 30, web, 'critical'), ['warning web: 1, 11 min, longest 11']);
  t.strictSame(
    await fired([busy, condition('excuse warning', between(13, 30))], { ...slow, isHeld: true }),
    ['warning web: 1, 21 min, longest 21'],
    'an excuse that holds an alert keeps it from ending',
  );
});

t.test('further conditions decide whether an alert begins, goes on, or is left out', async (t) => {
  const busy = measured(between(10, 20, 6));
  const both = (name: string) => ({ warning: `${name} warning`, critical: `${name} critical` });
  const needing = { ...slow, needs: both('needs') };
  t.strictSame(await fired([busy], needing), []);
  t.strictSame(await fired([busy, condition('needs warning', between(15, 30))], needing), [
    'warning web: 1, 6 min, longest 6',
  ]);
  const goingOn = { ...slow, goesOn: both('goes on') };
  t.strictSame(await fired([busy, condition('goes on critical', between(0, 40))], goingOn), [
    'critical web: 1, 31 min, longest 31',
  ]);
  t.strictSame(await fired([measured(between(10, 15, 6))], goingOn), ['critical web: 1, 4 min, longest 4']);
  const warning = { ...slow, onlyWarns: 'only warns' };
  t.strictSame(await fired([busy, condition('only warns', between(0, 40))], warning), [
    'warning web: 1, 11 min, longest 11',
  ]);
  t.strictSame(await fired([busy], warning), ['critical web: 1, 11 min, longest 11']);
});

t.test('a component is compared with its own limits, and one without limits never fires', async (t) => {
  const own: Limits = new Map([...ofAll, ['web', { warning: 4, critical: 9 }]]);
  const both = [measured(between(10, 20, 3)), measured(between(10, 20, 3), { component: 'api' })];
  t.strictSame(await fired(both, slow, { present: own }), ['warning api: 1, 11 min, longest 11']);
  t.strictSame(await fired(both, slow, { present: new Map([['web', { warning: 1, critical: 9 }]]) }), [
    'warning web: 1, 11 min, longest 11',
  ]);
  t.strictSame(
    await fired(
      [measured(between(10, 20, 3), { ...web, instance: 'a' })],
      { ...slow, subject: ['instance'] },
      { present: own },
    ),
    [],
    'of this component',
  );
  const { own: _own, ...whole } = slow;
  t.strictSame(
    await fired(both, whole, { present: own }),
    ['warning api: 1, 11 min, longest 11', 'warning web: 1, 11 min, longest 11'],
    'only components have their own limits',
  );
  t.strictSame(await fired(both, slow, { present: new Map() }), []);
});

t.test('other limits are tried beside the present ones', async (t) => {
  const tried: Limits = new Map([['', { warning: 1, critical: 2 }]]);
  const rows = await rowsOf([measured(between(10, 20, 3))], slow, { present: ofAll, tried });
  const [low] = await rowsOf([measured(between(10, 20, 1.5))], slow, { present: ofAll, tried });
  t.match(low, { severity: 'warning', present: { count: 0 }, tried: { count: 1 } });
  t.strictSame(told(rows), ['critical web: 0, 0 min, longest 0', 'warning web: 1, 11 min, longest 11']);
  t.strictSame(told(rows, 'tried'), ['critical web: 1, 11 min, longest 11', 'warning web: 0, 0 min, longest 0']);
  t.match(rows, [{ alert: 'Slow' }, { alert: 'Slow' }]);
  const [row] = await rowsOf([measured(between(10, 20, 3))]);
  t.notOk('tried' in (row ?? {}));
});

t.test('recorded firings are joined over a gap of two minutes, and have no limits', async (t) => {
  const name = 'max by (job, severity, component) (ALERTS{alertname="Slow", alertstate="firing"})';
  const alert = (valueAt: Series['valueAt'], labels: object = {}) =>
    condition(name, valueAt, { ...web, severity: 'warning', ...labels });
  const gap = (minutes: number) => (minute: number) =>
    between(10, 20)(minute) ?? between(20 + minutes, 30 + minutes)(minute);
  const recorded = async (...series: readonly Series[]) =>
    told(await rowsOf(series, slow, { present: new Map() }), 'recorded');
  t.strictSame(await recorded(alert(gap(2))), ['warning web: 1, 22 min, longest 22']);
  t.strictSame(await recorded(alert(gap(3))), ['warning web: 2, 20 min, longest 10']);
  t.strictSame(await recorded(alert(between(0, 5)), alert(between(5, 7), { severity: 'critical' })), [
    'critical web: 1, 2 min, longest 2',
    'warning web: 1, 5 min, longest 5',
  ]);
  const ofJob = condition(name.replace(', component', ''), between(10, 20), { job: 'crm', severity: 'warning' });
  t.strictSame(told(await rowsOf([ofJob], { ...slow, subject: [] }), 'recorded'), [
    'warning crm: 1, 10 min, longest 10',
  ]);
});

t.test('Prometheus is asked only for what is needed', async (t) => {
  const disk = historyOf([]);
  await replay({ ...slow, subject: ['instance', 'disk'] }, span, { present: new Map() }, rules, disk.history);
  t.strictSame(
    disk.read,
    ['max by (job, severity, instance, disk) (ALERTS{alertname="Slow", alertstate="firing"})'],
    'without limits only for what fired',
  );
  const both = { ...slow, excuse: { warning: 'excuse', critical: 'excuse' } };
  const asked = async (series: readonly Series[], use = slow) => {
    const { history, read } = historyOf(series);
    await replay(use, span, { present: ofAll }, rules, history);
    return read.slice(1);
  };
  const values = '(measured) > 2';
  t.strictSame(await asked([]), [values, values, values, values], 'nothing is above a limit');
  t.strictSame(await asked([measured(between(40, 50, 3))], both), [values, values, 'excuse', values, values]);
  t.strictSame(
    await asked([measured(between(50, 60, 3))]),
    [values, values, 'excuse warning', 'excuse critical', values, 'excuse warning', 'excuse critical', values],
    'also while an alert still fires',
  );
});

t.test('the sum of rows has the longest of them', async (t) => {
  const rows = await rowsOf([measured(between(10, 20, 3)), measured(between(10, 40, 3), { component: 'api' })]);
  t.strictSame(
    total(rows, ({ present }) => present),
    { count: 2, totalSeconds: 42 * 60, longestSeconds: 31 * 60 },
  );
  t.strictSame(
    total(rows, ({ tried }) => tried),
    { count: 0, totalSeconds: 0, longestSeconds: 0 },
  );
});
