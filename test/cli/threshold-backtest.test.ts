import t from 'tap';
import { backtestDocument, renderBacktest, type ThresholdReplayed } from '../../src/cli/threshold-backtest.js';
import type { Firings, Replayed } from '../../src/stack/threshold-replay.js';
import { thresholdUses } from '../../src/stack/threshold-uses.js';
import { askedFacts, askedHistory } from '../support/asked-history.js';

const [minute, hour, day] = [60, 3600, 86_400];

const never: Firings = { count: 0, totalSeconds: 0, longestSeconds: 0 };
const fired = (count: number, totalSeconds: number, longestSeconds = totalSeconds): Firings => ({
  count,
  totalSeconds,
  longestSeconds,
});

function row(subject: string, change: Partial<Replayed>): Replayed {
  return { alert: 'a', severity: 'warning', subject, recorded: never, present: never, ...change };
}

/** The replay of an alert. */
function replayed(alert: string, change: Partial<ThresholdReplayed> = {}): ThresholdReplayed {
  const use = thresholdUses.find((each) => each.alert === alert);
  if (use === undefined) throw new Error(alert);
  const present = new Map([['', { warning: 2, critical: 5 }]]);
  return { use, present, rows: [], isMeasured: true, hasRule: () => true, ...change };
}

t.test('shows for each alert and each of its subjects how often it fired, and would have fired', async (t) => {
  const rows = [
    row('shop', { recorded: fired(1, 90), present: fired(2, 10 * minute, 6 * minute) }),
    row('pay', { recorded: fired(3, 2 * hour, hour) }),
    row('pay', { severity: 'critical', present: fired(1, 3 * day + 2 * hour) }),
  ];
  t.equal(
    renderBacktest(askedHistory, [replayed('AiCrmComponentSlow', { rows })]),
    `ai-crm, 14 days until 2026-11-23T08:00:00.000Z, from http://localhost:9090; times are sums over everything that fired

                                      did fire                         with the limits of today
AiCrmComponentSlow critical  5000 ms  never                            once, 3 days 2 h
  pay                                 never                            once, 3 days 2 h
AiCrmComponentSlow warning   2000 ms  4 times, 2 h 1 min, longest 1 h  2 times, 10 min, longest 6 min
  pay                                 3 times, 2 h, longest 1 h        never
  shop                                once, 1 min 30 s                 2 times, 10 min, longest 6 min

"did fire" is what Prometheus recorded, with the limits and rules of that time. The other columns ignore restarts, and
that one alert can hold back another.
`,
  );
});

t.test('with other limits to try it has a column for them, and shows limits that change', async (t) => {
  const present = new Map([['', { warning: 0.8, critical: 0.95 }]]);
  const tried = new Map([['', { warning: 0.7, critical: 0.95 }]]);
  const rows = [row('host:1', { tried: fired(2, 2 * day + 5 * minute, 2 * day) })];
  const text = renderBacktest(askedHistory, [replayed('AiCrmHostCpuHigh', { present, tried, rows })]);
  t.match(text, /^ +did fire +with the limits of today +with those of --set$/m);
  t.match(text, /^AiCrmHostCpuHigh critical {2}95 % +never +never +never$/m);
  t.match(text, /^AiCrmHostCpuHigh warning {3}80 % → 70 % +never +never +2 times, 2 days 5 min, longest 2 days$/m);
  const unknown = renderBacktest(askedHistory, [replayed('AiCrmHostCpuHigh', { present: new Map(), tried })]);
  t.match(unknown, /^AiCrmHostCpuHigh warning {5}never/m, 'nothing is shown of limits that are unknown');
});

t.test('says what is not known, and why', async (t) => {
  const rows = [row('shop', { present: fired(1, minute) })];
  const hasRule = (severity: string) => severity === 'critical';
  const noRule = renderBacktest(askedHistory, [replayed('AiCrmComponentSlow', { rows, hasRule })]);
  t.match(noRule, /^AiCrmComponentSlow critical {2}5000 ms {2}never +never$/m);
  t.match(noRule, /^AiCrmComponentSlow warning {3}2000 ms {2}not known: no rule +once, 1 min$/m);
  t.match(noRule, /^ {2}shop +not known: no rule +once, 1 min$/m);
  t.match(
    noRule,
    /hold back another\.\n"no rule": this Prometheus does not have the rule of this alert\. "ai-crm-exporter status" lists the missing rules\.\n$/,
  );
  const noData = renderBacktest(askedHistory, [replayed('AiCrmComponentSlow', { isMeasured: false })]);
  t.match(noData, /^AiCrmComponentSlow warning {3}2000 ms {2}never +not known: not measured$/m);
  t.match(
    noData,
    /hold back another\.\n"not measured": this Prometheus has no data for the alert, or lacks its recording rules\.\n$/,
  );
});

t.test('shows the eight subjects that fired longest, at any limit', async (t) => {
  const rows = (count: number) =>
    Array.from({ length: count }, (_, index) => {
      const which = (['recorded', 'present', 'tried'] as const)[index % 3] ?? 'recorded';
      return row(`c${index}`, { tried: never, [which]: fired(1, (index + 1) * minute) });
    });
  t.notMatch(renderBacktest(askedHistory, [replayed('AiCrmComponentSlow', { rows: rows(8) })]), 'more;');
  const text = renderBacktest(askedHistory, [replayed('AiCrmComponentSlow', { rows: rows(10) })]);
  t.same(text.match(/^ {2}c\d/gm), ['  c9', '  c8', '  c7', '  c6', '  c5', '  c4', '  c3', '  c2']);
  t.match(text, /^ {2}c2 .*\n {2}and 2 more; --json has them all$/m);
});

t.test('an alert about no subject has only its own line', async (t) => {
  const alone = thresholdUses.find(({ subject }) => subject.length === 0);
  if (alone === undefined) throw new Error('there is none');
  const text = renderBacktest(askedHistory, [
    replayed(alone.alert, { rows: [row('the-whole', { present: fired(1, hour) })] }),
  ]);
  t.match(text, /warning .*once, 1 h/);
  t.notMatch(text, 'the-whole');
});

t.test('the document for programs has the same facts, in seconds', async (t) => {
  const rows = [
    row('shop', { recorded: fired(1, 90), present: fired(2, 600, 360), tried: fired(3, 700, 400) }),
    row('pay', { severity: 'critical', recorded: fired(1, 5) }),
  ];
  const tried = new Map([['', { warning: 1, critical: 3 }]]);
  const count = (number: number, total: number, longest = total) => ({
    count: number,
    total_seconds: total,
    longest_seconds: longest,
  });
  const alert = { alert: 'AiCrmComponentSlow', threshold: 'response_time_ms', measured: true };
  const hasRule = (severity: string) => severity === 'warning';
  t.strictSame(backtestDocument(askedHistory, [replayed('AiCrmComponentSlow', { rows, tried, hasRule })]), {
    ...askedFacts,
    alerts: [
      {
        ...alert,
        severity: 'critical',
        has_rule: false,
        present: 5,
        tried: 3,
        subjects: [{ subject: 'pay', fired: null, present: count(0, 0), tried: null }],
      },
      {
        ...alert,
        severity: 'warning',
        has_rule: true,
        present: 2,
        tried: 1,
        subjects: [{ subject: 'shop', fired: count(1, 90), present: count(2, 600, 360), tried: count(3, 700, 400) }],
      },
    ],
  });
  t.match(backtestDocument(askedHistory, [replayed('AiCrmComponentSlow', { present: new Map(), isMeasured: false })]), {
    alerts: [
      { measured: false, present: null, tried: null, subjects: [] },
      { present: null, tried: null },
    ],
  });
});

t.test('prints whole numbers, and durations that agree with their sum, in columns', async (t) => {
  const firings = fired(3, 14 * day + 64 * minute, 14 * day - 2 * minute);
  const subject = 'a-component-with-a-name-of-more-than-forty-letters';
  const text = renderBacktest(askedHistory, [
    replayed('AiCrmComponentSlow', {
      tried: new Map([['', { warning: 123.456, critical: 2300.456 }]]),
      rows: [row(subject, { severity: 'critical', recorded: firings, present: firings, tried: firings })],
    }),
  ]);
  const told = '3 times, 14 days 1 h 4 min, longest 13 days 23 h 58 min';
  const lines = text.split('\n').filter((line) => line.includes('3 times'));
  for (const line of lines) t.equal(line.split(told).length, 4, line);
  t.match(lines[0], /AiCrmComponentSlow critical +5000 ms → 2300456 ms +3 times/);
  t.match(lines[1], new RegExp(`^ {2}${subject} +3 times`));
  t.equal(lines[0]?.indexOf('3 times'), lines[1]?.indexOf('3 times'), 'in columns');
  t.notMatch(text, /…/);
});
