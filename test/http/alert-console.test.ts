import t from 'tap';
import { logfmt } from '../../src/base/create-log.js';
import type { ConsoleLevel } from '../../src/config/sections/alert-channels-section.js';
import { AlertConsole, type AlertNotification, consoleLevel, parseNotification } from '../../src/http/alert-console.js';
import { countedSeverities } from '../../src/metrics/exporter-metrics.js';
import { down, startsAt } from '../support/received-alert.js';
import { RecordedLog } from '../support/recorded-log.js';

/** A console and its output: message, level and fields. */
function print(
  notification: unknown,
  level: ConsoleLevel = 'info',
  console?: { readonly log: RecordedLog; readonly it: AlertConsole },
) {
  const log = console?.log ?? new RecordedLog();
  const it = console?.it ?? new AlertConsole(log);
  const counts = it.receive(notification as AlertNotification, level).map(({ series, value }) => [series.key, value]);
  return { log, it, counts, lines: log.lines };
}

const asReceived = (change: Readonly<Record<string, unknown>> = {}) => ({ ...down, ...change });
const group = (alerts: readonly unknown[], truncatedAlerts = 0) => ({ alerts, truncatedAlerts });

t.test('prints each alert in one line with a log level by severity, and counts it', async (t) => {
  const other = (severity: string | undefined, fingerprint: string) => ({
    ...down,
    fingerprint,
    labels: { alertname: 'X', ...(severity !== undefined && { severity }) },
  });
  const { lines, counts } = print(
    group([
      down,
      other('warning', '1'),
      other('info', '2'),
      other('none', '3'),
      other('page', '4'),
      other(undefined, '5'),
      other('', '6'),
      { ...asReceived({ status: 'resolved', endsAt: '2026-11-23T03:24:10Z' }) },
    ]),
  );
  t.same(lines[0], {
    level: 'error',
    message: 'alert firing',
    fields: {
      alertname: 'AiCrmComponentDown',
      job: 'ai-crm',
      component: 'database',
      severity: 'critical',
      status: 'firing',
      summary: 'database does not answer',
      since: startsAt,
    },
  });
  t.same(
    lines.map(({ level }) => level),
    ['error', 'warn', 'info', 'info', 'warn', 'info', 'info', 'info'],
  );
  t.match(lines[7], {
    message: 'alert resolved',
    fields: { status: 'resolved', since: startsAt, until: '2026-11-23T03:24:10Z' },
  });
  const told = {
    since: 'Mon 23 Nov 03:12 UTC',
    resolved: 'database is back: was down for 3 min 35 s, 03:12–03:15 UTC',
  };
  const annotations = { summary: 'database does not answer', ...told };
  const { lines: own } = print(
    group([
      asReceived({ status: 'resolved', endsAt: '2026-11-23T03:24:10Z', annotations }),
      asReceived({ annotations }),
      asReceived({ status: 'resolved', endsAt: '' }),
    ]),
  );
  t.match(
    own,
    [
      { message: 'alert resolved', fields: { summary: told.resolved, since: told.since, until: undefined } },
      { message: 'alert firing', fields: { summary: annotations.summary, since: told.since } },
      { message: 'alert resolved', fields: { since: startsAt, until: undefined } },
    ],
    'the times of the rule, not those of the alert, and no time that is not known',
  );
  t.same(
    counts.map(([key]) => key),
    [
      '{status="firing",severity="critical"}',
      '{status="firing",severity="warning"}',
      '{status="firing",severity="info"}',
      '{status="firing",severity="none"}',
      '{status="firing",severity="other"}',
      '{status="firing",severity="none"}',
      '{status="firing",severity="none"}',
      '{status="resolved",severity="critical"}',
    ],
  );
});

t.test('without a console channel, or without its log_level, the level is info', async (t) => {
  const slack = { kind: 'slack', name: 'slack', enabled: true, settings: {} };
  const channel = (settings: object) => ({ kind: 'console', name: 'console', enabled: true, settings });
  for (const [channels, level] of [
    [[], 'info'],
    [[slack], 'info'],
    [[channel({})], 'info'],
    [[slack, channel({ log_level: 'error' })], 'error'],
  ] as const)
    t.equal(consoleLevel({ alertChannels: channels as never }), level);
});

t.test('every counter begins at 0, so that its first increase is visible', async (t) => {
  t.same(
    AlertConsole.zeros().map(({ series, value }) => [series.key, value]),
    ['firing', 'resolved'].flatMap((status) =>
      countedSeverities.map((severity) => [`{status="${status}",severity="${severity}"}`, 0]),
    ),
  );
});

t.test('of what Alertmanager sends, only numbers and times that are valid are used', async (t) => {
  const read = (change: object, alert: object = {}) =>
    parseNotification(JSON.stringify({ version: '4', alerts: [{ ...down, ...alert }], ...change }));
  for (const [truncatedAlerts, count] of [
    [3, 3],
    [0, 0],
    [-1, 0],
    [1.5, 0],
    ['3', 0],
    [undefined, 0],
  ] as const)
    t.equal(read({ truncatedAlerts }).truncatedAlerts, count, String(truncatedAlerts));
  const valid = [
    startsAt,
    '2026-11-23T03:12:10Z',
    '2026-11-23T03:12:10.123456789+05:30',
    `2026-11-23T03:12:10.${'1'.repeat(19)}Z`,
  ];
  for (const time of valid)
    t.match(read({}, { startsAt: time, endsAt: time }).alerts, [{ startsAt: time, endsAt: time }]);
  const invalid = [
    ...['yesterday', '2026', '2026-13-23T03:12:10Z', '2026-11-23T03:12:10', 'x2026-11-23T03:12:10Z'],
    ...['2026-11-23T03:12:10Z (noon)', `2026-11-23T03:12:10.${'1'.repeat(20)}Z`, 2026, null, undefined],
  ];
  for (const time of invalid)
    t.match(read({}, { startsAt: time, endsAt: time }).alerts, [{ startsAt: '', endsAt: '' }], String(time));
  const [one, other] = ['{"a":"1","b":"2"}', '{"b":"2","a":"1"}'].map(
    (labels) => read({}, { fingerprint: '', labels: JSON.parse(labels) as object }).alerts[0]?.fingerprint,
  );
  t.equal(one, other, 'the order of labels does not make another alert');
});

t.test('log_level leaves out less severe alerts, firing or resolved; they are still counted', async (t) => {
  const alerts = ['critical', 'warning', 'page', 'info'].flatMap((severity) =>
    ['firing', 'resolved'].map((status) => ({
      ...down,
      status,
      fingerprint: severity + status,
      labels: { alertname: severity, severity },
    })),
  );
  const shown = (level: ConsoleLevel) => {
    const { lines, counts } = print(group(alerts), level);
    t.equal(counts.length, alerts.length);
    return lines.map(({ fields }) => fields['alertname']);
  };
  const all = ['critical', 'critical', 'warning', 'warning', 'page', 'page', 'info', 'info'];
  for (const level of ['debug', 'info'] as const) t.same(shown(level), all);
  for (const level of ['warning', 'warn'] as const) t.same(shown(level), all.slice(0, 6));
  for (const level of ['error', 'critical'] as const) t.same(shown(level), ['critical', 'critical']);
});

t.test('repeated alerts are marked', async (t) => {
  const console = print(group([down]));
  print(group([down]), 'info', console);
  print(group([asReceived({ status: 'resolved' })]), 'info', console);
  print(group([asReceived({ status: 'resolved' })]), 'info', console);
  print(group([asReceived({ startsAt: '2026-11-23T04:00:00Z' })]), 'info', console);
  t.same(
    console.lines.map(({ message, fields }) => [message, fields['repeated']]),
    [
      ['alert firing', undefined],
      ['alert firing', true],
      ['alert resolved', undefined],
      ['alert resolved', true],
      ['alert firing', undefined],
    ],
  );
});

t.test('remembers ten thousand alerts, and forgets the least recent one', async (t) => {
  const alert = (fingerprint: number) => asReceived({ fingerprint: String(fingerprint) });
  const console = print(group([]));
  for (let i = 0; i < 10_000; i++) console.it.receive(group([alert(i)]) as AlertNotification, 'error');
  print(group([alert(0), alert(10_000), alert(2), alert(1)]), 'info', console);
  t.same(
    console.lines.slice(-4).map(({ fields }) => fields['repeated']),
    [true, undefined, true, undefined],
  );
});

t.test('alerts that are not printed do not displace others in memory', async (t) => {
  const alert = (fingerprint: string, severity: string) =>
    asReceived({ fingerprint, labels: { alertname: 'X', severity } });
  const console = print(group([alert('first', 'critical')]));
  for (let i = 0; i < 20; i++)
    console.it.receive(
      group(Array.from({ length: 1000 }, (_, k) => alert(`${i}-${k}`, 'info'))) as AlertNotification,
      'error',
    );
  print(group([alert('first', 'critical')]), 'error', console);
  t.same(
    console.lines.map(({ fields }) => fields['repeated']),
    [undefined, true],
  );
});

t.test('of a flood a hundred alerts are printed, and one line with the number of the rest', async (t) => {
  const alerts = Array.from({ length: 5000 }, (_, i) => asReceived({ fingerprint: `f${i}` }));
  const { lines, counts } = print(group(alerts, 7));
  t.equal(counts.length, 5000);
  t.equal(lines.length, 101);
  t.match(lines.at(-1), { level: 'warn', message: 'more alerts than are printed', fields: { alerts: 4907 } });
});

t.test('the text of an alert can neither forge a line nor control the terminal', async (t) => {
  const evil = 'x\nlevel=error msg="forged"\r\u2028\u0085\u001b[2J\u202e\u0000 "quoted" \\n';
  const alert = asReceived({
    labels: { alertname: evil, severity: evil, component: evil, job: 'y'.repeat(10_000) },
    annotations: { summary: evil.repeat(1000) },
  });
  const { lines } = print(group([alert]));
  t.match(lines, [{ level: 'warn', message: 'alert firing' }]);
  const fields = { msg: 'alert firing', ...lines[0]?.fields };
  for (const written of [logfmt(fields), JSON.stringify(fields)]) {
    t.notMatch(written, /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202e]/);
    t.ok(written.length < 3000, 'and not too long either');
  }
  t.match(logfmt(fields), /^msg="alert firing" alertname="x level=error msg=\\"forged\\" /);
});
