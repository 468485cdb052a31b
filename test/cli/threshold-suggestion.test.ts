import t from 'tap';
import { renderSuggestion, suggestionDocument, type ThresholdFound } from '../../src/cli/threshold-suggestion.js';
import type { SubjectNormal } from '../../src/stack/threshold-advice.js';
import { thresholdUses } from '../../src/stack/threshold-uses.js';
import { askedFacts, askedHistory } from '../support/asked-history.js';

const day = 86_400;

const normal = { p50: 0.2, p95: 0.25, p99: 0.3 };
const hours = (values: Readonly<Record<number, typeof normal>>) =>
  Array.from({ length: 24 }, (_, hour) => values[hour]);

/** A component with a response time far below its limit. */
function subject(name: string, change: Partial<SubjectNormal> = {}): SubjectNormal {
  return {
    subject: name,
    component: name,
    whole: normal,
    byHour: hours({ 8: normal }),
    usualPeak: 0.3,
    busiestHour: 8,
    unusual: { above: 0.45, count: 0, ofCount: 20_160, days: 0, highest: 0.3 },
    aboveRatio: { warning: 0, critical: 0 },
    present: { warning: 2, critical: 5 },
    proposed: { warning: 0.45, critical: 1.2 },
    ...change,
  };
}

/** The threshold of this key with subjects. */
function found(key: string, subjects: readonly SubjectNormal[], change: Partial<ThresholdFound> = {}): ThresholdFound {
  const use = thresholdUses.find((each) => each.threshold.key === key);
  if (use === undefined) throw new Error(key);
  const limits = new Map([['', { warning: 2, critical: 5 }]]);
  return { threshold: use.threshold, limits, uses: [{ use, subjects }], missingRecords: [], ...change };
}

const cpu = {
  subject: 'host:1',
  whole: { p50: 0.3, p95: 0.612, p99: 0.84 },
  byHour: hours({ 2: { p50: 0.3, p95: 0.612, p99: 0.84 }, 14: { p50: 0.001, p95: 0.25, p99: 1 } }),
  usualPeak: 0.84,
  busiestHour: 2,
  aboveRatio: { warning: 0.004, critical: 0 },
  present: { warning: 0.8, critical: 0.95 },
  proposed: { warning: 0.92, critical: 0.97 },
};
const cpuLimits = { limits: new Map([['', cpu.present]]) };

t.test('shows normal values, the closest to its limit first, its hours, and a proposal to paste', async (t) => {
  const slow = {
    usualPeak: 1.5,
    proposed: { warning: 2.3, critical: 5.8 },
    aboveRatio: { warning: 0.02, critical: 0 },
    unusual: { above: 2.25, count: 12, ofCount: 20_160, days: 1, highest: 4.5 },
  };
  const { component: _, ...host } = subject('host:1', cpu);
  t.equal(
    renderSuggestion(askedHistory, [
      found('response_time_ms', [subject('shop'), subject('reports', slow)]),
      found('cpu_usage_percent', [host], cpuLimits),
    ]).replace(/hours are those of .*/, 'hours are those of a zone'),
    `ai-crm, 14 days until 2026-11-23T08:00:00.000Z, from http://localhost:9090; hours are those of a zone

response_time_ms  2000/5000  (a probe, the task board, the list of agents; alerts: the median of 5 and 10 minutes)
  reports: p50 200 ms, p95 250 ms, p99 300 ms; busiest at 08 h, usual peak 1500 ms, 75 % of its warning 2000 ms, above it 2 % of the time
    left out: 12 of 20,160 measurements, on 1 day, are above 2250 ms, too far from the usual peak (up to 4500 ms)
  shop: p50 200 ms, p95 250 ms, p99 300 ms; busiest at 08 h, usual peak 300 ms, 15 % of its warning 2000 ms
    reports by hour, ms:
    hour    00    01    02    03    04    05    06    07    08    09    10    11
    p50      -     -     -     -     -     -     -     -   200     -     -     -
    p95      -     -     -     -     -     -     -     -   250     -     -     -
    p99      -     -     -     -     -     -     -     -   300     -     -     -

cpu_usage_percent  80/95  (the host)
  host:1: p50 30 %, p95 61.2 %, p99 84 %; busiest at 02 h, usual peak 84 %, 105 % of its warning 80 %, above it below 1 % of the time
    host:1 by hour, %:
    hour    00    01    02    03    04    05    06    07    08    09    10    11
    p50      -     -    30     -     -     -     -     -     -     -     -     -
    p95      -     -  61.2     -     -     -     -     -     -     -     -     -
    p99      -     -    84     -     -     -     -     -     -     -     -     -
    hour    12    13    14    15    16    17    18    19    20    21    22    23
    p50      -     -   0.1     -     -     -     -     -     -     -     -     -
    p95      -     -    25     -     -     -     -     -     -     -     -     -
    p99      -     -   100     -     -     -     -     -     -     -     -     -

# Proposal for monitoring.yml
alert_thresholds:
  response_time_ms: {warning: 450, critical: 1200}   # now 2000/5000
  cpu_usage_percent: {warning: 92, critical: 97}   # now 80/95
endpoints:
  reports:
    thresholds:
      response_time_ms: {warning: 2300, critical: 5800}   # now 2000/5000

The usual peak is a value that more than half of the days reach. Higher values on fewer days, such as an incident, are left out.
Times: warning 1.5 times the usual peak, critical 2.5 times the warning, below the timeout. CPU, memory, disks: of the range between
the usual peak and 100 %, warning at half and critical at four fifths. "thresholds backtest --set …" shows how often each would have fired.
`,
  );
});

t.test('says why there are no values: nothing was measured, or a rule is missing', async (t) => {
  const rule = { missingRecords: ['job:a:b', 'job:c:d'] };
  const text = renderSuggestion(askedHistory, [
    found('response_time_ms', [], { limits: new Map() }),
    found('cpu_usage_percent', [], { ...cpuLimits, ...rule }),
  ]);
  t.match(
    text,
    /^response_time_ms {2}not exported {2}\(.*\)\n {2}not measured within that time\n\ncpu_usage_percent {2}80\/95/m,
  );
  t.match(text, /^cpu.*\n {2}not known: Prometheus does not have the rule job:a:b, job:c:d\n\n/m);
  t.match(text, /^# Proposal for monitoring\.yml\nalert_thresholds:\n\n/m, 'and proposes nothing');
});

t.test('shows eight subjects of a threshold and says how many more there are', async (t) => {
  const many = (count: number) =>
    renderSuggestion(askedHistory, [
      found(
        'response_time_ms',
        Array.from({ length: count }, (_, index) => subject(`c${index}`, { usualPeak: 0.1 + index / 100 })),
      ),
    ]);
  t.notMatch(many(8), 'more are');
  t.match(
    many(10),
    /^ {2}c9: .*\n(?: {2}c[3-8]: .*\n)+ {2}c2: .*\n {2}2 more are further from their limit; --json has them all\n/m,
  );
});

t.test('proposes nothing for what has no useful limit, and leaves limits that are right', async (t) => {
  const present = { warning: 2, critical: 5 };
  const right = subject('right', { proposed: { warning: 2.1, critical: 5.2 } });
  const useless = (name: string) =>
    subject(name, { noLimit: { mostUseful: 4.7 }, usualPeak: 4.5, proposed: present, timeoutSeconds: 5 });
  t.match(
    renderSuggestion(askedHistory, [found('response_time_ms', [right])]),
    /^ {2}# response_time_ms: 2000\/5000 is right$/m,
  );
  const text = renderSuggestion(askedHistory, [found('response_time_ms', [right, useless('slow'), useless('late')])]);
  t.match(
    text,
    /^ {2}slow: .*\n {4}no useful limit: the usual peak of 4500 ms is too close to 4700 ms, the largest limit below the timeout$/m,
  );
  t.match(text, /^ {2}# response_time_ms: 2000\/5000 stays\n {2}# response_time_ms: no useful limit for slow, late$/m);
  const many = Array.from({ length: 10 }, (_, index) => useless(`c${index}`));
  t.match(
    renderSuggestion(askedHistory, [found('response_time_ms', many)]),
    /no useful limit for c0, .*, c7 and 2 more$/m,
  );
  const host = subject('host:1', { ...cpu, noLimit: { mostUseful: 0.98 } });
  t.match(
    renderSuggestion(askedHistory, [found('cpu_usage_percent', [host], cpuLimits)]),
    'is too close to 98 %, the largest useful limit\n',
  );
});

t.test('a component keeps, gets or loses limits of its own only if they differ from the present ones', async (t) => {
  const own = (limits: ThresholdFound['limits'], proposed: SubjectNormal['proposed']) => {
    const slow = subject('slow', { proposed, usualPeak: proposed.warning / 1.5, timeoutSeconds: 3 });
    const text = renderSuggestion(askedHistory, [
      found('response_time_ms', [subject('a'), subject('b'), slow], { limits }),
    ]);
    return /^endpoints:\n {2}slow:\n {4}thresholds:\n {6}(.*)$/m.exec(text)?.[1];
  };
  const general = { warning: 2, critical: 5 };
  t.equal(
    own(new Map([['', general]]), general),
    'response_time_ms: {warning: 2000, critical: 5000}   # now 2000/5000',
  );
  t.equal(
    own(
      new Map([
        ['', general],
        ['slow', { warning: 3, critical: 5 }],
      ]),
      general,
    ),
    'response_time_ms: {warning: 2000, critical: 5000}   # now 3000/5000',
  );
  t.equal(
    own(
      new Map([
        ['', general],
        ['slow', general],
      ]),
      general,
    ),
    undefined,
  );
});

t.test('says how much history there is, and that a short one may mislead', async (t) => {
  const after = (days: number) =>
    renderSuggestion({ ...askedHistory, watchedSeconds: days * day }, [found('response_time_ms', [subject('a')])]);
  t.match(after(14), /^# Proposal for monitoring\.yml$/m);
  t.match(after(13.8), /^# Proposal for monitoring\.yml$/m);
  t.notMatch(after(13.8), 'Prometheus has');
  t.match(after(7), /\nPrometheus has only 7 days of data for this time\.\n\n[^]*^# Proposal for monitoring\.yml$/m);
  t.match(after(6.9), /^# Proposal for monitoring\.yml, from less than a week: weekends may differ$/m);
  t.match(after(3), /^# Proposal for monitoring\.yml, from less than a week: weekends may differ$/m);
  t.match(after(2.9), /, from less than three days: an incident in them looks normal$/m);
  t.match(after(1), /, from less than three days/);
  t.match(
    after(0.99),
    /\n\nNo proposal yet: it takes a day of history\. Two weeks are best, because the days of a week differ\.\n$/,
  );
  t.match(after(0), '\nPrometheus has no data for this time.\n');
  t.match(renderSuggestion({ ...askedHistory, days: 1 }, []), 'ai-crm, a day until 2026');
});

t.test('names cannot change the terminal', async (t) => {
  t.match(renderSuggestion(askedHistory, [found('response_time_ms', [subject('a\u001b[2Jb')])]), '  a�[2Jb: p50');
});

t.test('the document for programs has the same facts, in seconds and ratios', async (t) => {
  const odd = subject('odd', {
    usualPeak: 1,
    noLimit: { mostUseful: 4.7 },
    unusual: { above: 1.5, count: 2, ofCount: 100, days: 1, highest: 4 },
  });
  const { component: _, ...host } = subject('host:1', cpu);
  const of = (name: string) => ({
    subject: name,
    normal,
    by_hour: hours({ 8: normal }).map((hour) => hour ?? null),
    busiest_hour: 8,
    usual_peak: 0.3,
    left_out: { above: 0.45, measurements: 0, of_measurements: 20_160, days: 0, highest: 0.3 },
    above_ratio: { warning: 0, critical: 0 },
    present: { warning: 2, critical: 5 },
    proposed: { warning: 0.45, critical: 1.2 },
  });
  t.strictSame(suggestionDocument(askedHistory, [found('response_time_ms', [subject('shop'), odd])]), {
    ...askedFacts,
    thresholds: [
      {
        threshold: 'response_time_ms',
        unit: 'seconds',
        present: { warning: 2, critical: 5 },
        subjects: [
          {
            ...of('odd'),
            usual_peak: 1,
            left_out: { above: 1.5, measurements: 2, of_measurements: 100, days: 1, highest: 4 },
            proposed: null,
          },
          of('shop'),
        ],
        proposal: { general: { warning: 0.45, critical: 1.2 }, components: {} },
      },
    ],
  });
  t.match(
    suggestionDocument({ ...askedHistory, watchedSeconds: day - 1 }, [found('cpu_usage_percent', [host], cpuLimits)]),
    {
      watched_seconds: day - 1,
      thresholds: [{ threshold: 'cpu_usage_percent', unit: 'ratio', proposal: null }],
    },
  );
  t.match(suggestionDocument(askedHistory, [found('cpu_usage_percent', [], { limits: new Map() })]), {
    thresholds: [{ present: null, subjects: [], proposal: null }],
  });
});
