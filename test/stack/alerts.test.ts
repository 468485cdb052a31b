import t from 'tap';
import { alertFindings, type FiringAlert, firingAlerts, handOverFindings, levelOf } from '../../src/stack/alerts.js';
import type { BundledRule, RulesReading } from '../../src/stack/rules.js';
import type { AlertmanagerReading, KnownAlert } from '../../src/stack/stack.js';

const now = 1_000_000;
type Raised = RulesReading['alerts'][number];
const raised = (labels: Readonly<Record<string, string>>, more: Partial<Raised> = {}): Raised => ({
  name: labels['alertname'] ?? '',
  labels,
  summary: 's',
  runbookUrl: 'r',
  sinceSeconds: now - 60,
  isFiring: true,
  ...more,
});
const rulesWith = (...alerts: readonly Raised[]): RulesReading => ({
  groups: 1,
  expectedGroups: 1,
  rules: 1,
  missingGroups: [],
  missingRules: [],
  failing: [],
  waiting: 0,
  alerts,
});
const received = (labels: Readonly<Record<string, string>>, state: KnownAlert['state'] = 'firing'): KnownAlert => ({
  labels,
  summary: 's',
  runbookUrl: 'r',
  sinceSeconds: now - 60,
  state,
});
const alertmanagerWith = (alerts: readonly KnownAlert[], startedAtSeconds?: number): AlertmanagerReading => ({
  version: '0.34.0',
  ...(startedAtSeconds === undefined ? {} : { startedAtSeconds }),
  alerts,
});
const rule = (name: string, isAlert = true): BundledRule => ({
  group: 'g',
  name,
  isAlert,
  severity: '',
  forSeconds: 0,
  keepFiringSeconds: 0,
});
const bundled = [rule('Down'), rule('Slow'), rule('AiCrmWatchdog'), rule('Recorded', false)];
const told = (alerts: readonly FiringAlert[] | undefined) =>
  alerts?.map(({ severity, name, subject, state }) => `${severity} ${name} ${subject} ${state}`);

t.test('nobody knows the alerts if neither Prometheus nor Alertmanager answers', async (t) => {
  t.equal(firingAlerts({ rules: undefined, alertmanager: undefined, bundled, job: undefined }), undefined);
});

t.test('the most severe alert is first, and of two equal ones the older', async (t) => {
  const rules = rulesWith(
    raised({ alertname: 'Other', component: 'o' }),
    raised({ alertname: 'Down', severity: 'info', component: 'i' }),
    raised({ alertname: 'Down', severity: 'warning', component: 'new' }, { sinceSeconds: now - 5 }),
    raised({ alertname: 'Down', severity: 'warning', component: 'old' }),
    raised({ alertname: 'Down', severity: 'critical', component: 'c' }, { sinceSeconds: now }),
    raised({ alertname: 'Down', severity: 'critical', component: 'pending' }, { isFiring: false }),
    raised({ alertname: 'AiCrmWatchdog', severity: 'none' }),
  );
  t.strictSame(told(firingAlerts({ rules, alertmanager: undefined, bundled, job: undefined })), [
    'critical Down c firing',
    'warning Down old firing',
    'warning Down new firing',
    'info Down i firing',
    ' Other o firing',
  ]);
});

t.test(
  'Alertmanager says which alerts of Prometheus are silenced or inhibited, and may have more labels',
  async (t) => {
    const [a, b] = [
      { alertname: 'Down', component: 'a' },
      { alertname: 'Down', component: 'b' },
    ];
    const alertmanager = alertmanagerWith([
      received({ ...a, cluster: 'eu' }, 'silenced'),
      received({ ...b, component: 'c' }, 'inhibited'),
      received({ alertname: 'Slow' }),
    ]);
    t.strictSame(
      told(firingAlerts({ rules: rulesWith(raised(a), raised(b)), alertmanager, bundled, job: undefined })),
      [' Down a silenced', ' Down b firing'],
      'and its own alerts are not added',
    );
  },
);

t.test('without Prometheus the alerts of the bundled rules come from Alertmanager', async (t) => {
  const alertmanager = alertmanagerWith([
    received({ alertname: 'Down', severity: 'warning' }, 'inhibited'),
    received({ alertname: 'Foreign' }),
    received({ alertname: 'Recorded' }),
    received({}),
    received({ alertname: 'AiCrmWatchdog' }),
  ]);
  t.strictSame(told(firingAlerts({ rules: undefined, alertmanager, bundled, job: undefined })), [
    'warning Down  inhibited',
  ]);
});

t.test('of several AI-CRMs only the alerts of this job count, and those without a job', async (t) => {
  const rules = rulesWith(
    raised({ alertname: 'Down', job: 'crm', component: 'mine' }),
    raised({ alertname: 'Down', job: 'other', component: 'theirs' }),
    raised({ alertname: 'Down', component: 'all' }),
  );
  const of = (job: string | undefined) =>
    firingAlerts({ rules, alertmanager: undefined, bundled, job })?.map(({ subject }) => subject);
  t.strictSame(of('crm'), ['mine', 'all']);
  t.strictSame(of(undefined), ['mine', 'theirs', 'all']);
});

t.test('an alert is about the most exact of its labels', async (t) => {
  const labels = ['component', 'agent', 'transaction', 'mountpoint', 'source', 'collector', 'integration', 'instance'];
  for (const [index, label] of labels.entries()) {
    const own = Object.fromEntries(labels.slice(index).map((each) => [each, `the ${each}`]));
    const rules = rulesWith(raised({ ...own, alertname: 'Down' }));
    t.equal(firingAlerts({ rules, alertmanager: undefined, bundled, job: undefined })?.[0]?.subject, `the ${label}`);
  }
});

t.test('the level of an alert follows from its severity, and a quiet alert is healthy', async (t) => {
  const levels = ['critical', 'warning', 'info', ''].map((severity) => levelOf({ severity, state: 'firing' }));
  t.strictSame(levels, ['critical', 'warning', 'healthy', 'healthy']);
  t.equal(levelOf({ severity: 'critical', state: 'silenced' }), 'healthy');
  t.equal(levelOf({ severity: 'warning', state: 'inhibited' }), 'healthy');
});

t.test('the finding about alerts counts them by severity', async (t) => {
  const alert = (severity: string, state: FiringAlert['state'] = 'firing'): FiringAlert => ({
    ...received({}, state),
    name: 'Down',
    severity,
    subject: '',
  });
  const subject = 'alerts';
  const remedy = 'see the list below';
  t.strictSame(alertFindings([]), [{ subject, level: 'healthy', text: 'none fires' }]);
  t.strictSame(alertFindings([alert('critical', 'silenced'), alert('info'), alert('')]), [
    { subject, level: 'healthy', text: '1 info, 1 without severity, 1 silenced or inhibited' },
  ]);
  t.strictSame(alertFindings([alert('warning'), alert('warning'), alert('critical', 'inhibited')]), [
    { subject, level: 'warning', text: '2 warning, 1 silenced or inhibited', remedy },
  ]);
  t.strictSame(alertFindings([alert('critical'), alert('warning')]), [
    { subject, level: 'critical', text: '1 critical, 1 warning', remedy },
  ]);
});

t.test('reports alerts that Prometheus has and Alertmanager does not', async (t) => {
  const watchdog = raised({ alertname: 'AiCrmWatchdog' }, { sinceSeconds: now - 600 });
  const rules = rulesWith(raised({ alertname: 'Down' }), watchdog);
  const handOver = (startedAtSeconds?: number, own = rules) =>
    handOverFindings(own, 1, alertmanagerWith([received({ alertname: 'Down' })], startedAtSeconds), now);
  const subject = 'hand-over';
  t.match(handOver(now - 600), [
    {
      subject,
      level: 'critical',
      text: /^alerts of Prometheus do not arrive at this Alertmanager$/,
      remedy: /under alerting in prometheus\.yml/,
    },
  ]);
  t.match(handOver(undefined), [{ level: 'critical' }]);
  t.match(handOver(now - 120), [{ level: 'critical' }], 'two minutes are enough');
  t.match(handOver(now - 119), [{ subject, level: 'unknown', text: /yet$/, remedy: 'wait two minutes' }]);
  t.match(handOver(now - 600, rulesWith({ ...watchdog, sinceSeconds: now - 30 })), [{ level: 'unknown' }]);
  t.strictSame(handOver(now - 600, rulesWith({ ...watchdog, isFiring: false })), [], 'it has not begun');
  t.strictSame(handOver(now - 600, rulesWith(raised({ alertname: 'Down' }))), [], 'there is no watchdog');
  t.strictSame(handOverFindings(undefined, 1, alertmanagerWith([]), now), [], 'the rules are not known');
  t.strictSame(handOverFindings(rules, 1, undefined, now), [], 'Alertmanager does not answer');
  t.strictSame(
    handOverFindings(rules, 1, alertmanagerWith([received({}), received({ alertname: 'AiCrmWatchdog' })]), now),
    [{ subject, level: 'healthy', text: 'alerts of Prometheus arrive at Alertmanager' }],
  );
  t.match(handOverFindings(rules, 0, undefined, now), [
    { subject, level: 'critical', text: 'Prometheus has no Alertmanager to send alerts to', remedy: /^add it under/ },
  ]);
});
