import t from 'tap';
import { assess } from '../../src/stack/assess.js';
import { type Finding, subjects } from '../../src/stack/finding.js';
import { ProgramFailure } from '../../src/stack/other-program.js';
import type { BundledRule, LoadedRule } from '../../src/stack/rules.js';
import type { StackReading } from '../../src/stack/stack.js';

const now = 1_000_000;
const noAnswer = new ProgramFailure('unreachable', 'no answer of it', 'start it');
const failed = new ProgramFailure('failed', 'it failed', '');
const none: Pick<StackReading, 'prometheus' | 'alertmanager' | 'grafana'> = {
  prometheus: undefined,
  alertmanager: undefined,
  grafana: undefined,
};
const asked = <Answer>(name: string, answer: Answer) => ({ url: `http://${name}`, answer });

const bundledRule: BundledRule = {
  group: 'aicrm',
  name: 'Down',
  isAlert: true,
  severity: 'critical',
  forSeconds: 0,
  keepFiringSeconds: 0,
};
const watchdog = {
  labels: { alertname: 'AiCrmWatchdog' },
  summary: '',
  runbookUrl: '',
  sinceSeconds: now - 600,
  isFiring: true,
};
const loadedRule: LoadedRule = {
  group: 'aicrm',
  name: 'Down',
  isAlert: true,
  severity: 'critical',
  health: 'ok',
  error: '',
  alerts: [],
};
const down = { ...watchdog, labels: { alertname: 'Down', severity: 'critical', job: 'crm' } };
const exporter = asked('exporter', {
  version: '1.0.0',
  name: 'Shop',
  isReady: true,
  startedAtSeconds: 5000,
  level: 'healthy',
  notWell: [],
  components: 2,
  failing: [],
} as const);
const prometheusReading = {
  version: '3.5.0',
  scrapes: [
    {
      job: 'crm',
      instance: 'exporter:1',
      url: 'http://exporter/metrics',
      health: 'up',
      lastScrapeSeconds: now - 4,
      durationSeconds: 0.006,
      intervalSeconds: 5,
      error: '',
    },
  ],
  rules: [
    { ...loadedRule, alerts: [down] },
    { ...loadedRule, name: 'AiCrmWatchdog', alerts: [watchdog] },
  ],
  notifications: [],
  alertmanagers: 1,
} as const;
const alertmanagerReading = {
  version: '0.34.0',
  startedAtSeconds: 0,
  alerts: [{ ...watchdog, state: 'firing' }],
} as const;
const board = { uid: 'host', title: 'Host' };
const all: StackReading = {
  exporter,
  prometheus: asked('prometheus', prometheusReading),
  alertmanager: asked('alertmanager', alertmanagerReading),
  grafana: asked('grafana', { version: null, boards: ['host'] }),
};
const expected = { rules: [bundledRule], boards: [board], name: 'Local', job: 'crm', before: [] };
const told = (findings: readonly Finding[]) =>
  findings.map(({ subject, level, text }) => `${level} ${subject}: ${text}`);

t.test('everything that answers has a finding, in the order of the report, and the worst decides', async (t) => {
  const { findings, ...rest } = assess(all, expected, now);
  t.strictSame(told(findings), [
    'healthy exporter: 1.0.0 at http://exporter',
    'healthy Prometheus: 3.5.0 at http://prometheus',
    'healthy Alertmanager: 0.34.0 at http://alertmanager',
    'healthy Grafana: of unknown version at http://grafana',
    'healthy scrape: exporter:1 of job crm: 4 s ago, in 6 ms',
    'healthy rules: 1 groups with 2 rules',
    'healthy boards: all 1 are there',
    'healthy hand-over: alerts of Prometheus arrive at Alertmanager',
    'healthy notifications: none within a day, by the metrics in Prometheus',
    'critical alerts: 1 critical',
    'healthy AI-CRM: 2 components',
  ]);
  t.match(rest, { level: 'critical', atSeconds: now, name: 'Shop', missingBoards: [], alerts: [{ name: 'Down' }] });
  t.match(rest.rules, { groups: 1, rules: 2 });
  t.strictSame(assess(all, { ...expected, job: 'other' }, now).alerts, [], 'an alert of another AI-CRM');
});

t.test('without an answer it is said what is not known', async (t) => {
  const nothing: StackReading = {
    exporter: asked('exporter', noAnswer),
    prometheus: asked('prometheus', noAnswer),
    alertmanager: asked('alertmanager', noAnswer),
    grafana: asked('grafana', noAnswer),
  };
  const { findings, ...rest } = assess(nothing, expected, now);
  t.strictSame(told(findings), [
    'critical exporter: no answer of it',
    'critical Prometheus: no answer of it',
    'critical Alertmanager: no answer of it',
    'warning Grafana: no answer of it',
    'unknown scrape: not known without Prometheus',
    'unknown rules: not known without Prometheus',
    'unknown notifications: not known without Prometheus',
    'unknown alerts: not known without Prometheus',
    'unknown AI-CRM: not known without the exporter',
  ]);
  t.match(rest, { level: 'critical', name: 'Local', alerts: undefined, rules: undefined, missingBoards: undefined });
});

t.test('a program that is left out has no finding', async (t) => {
  const subjectsOf = (stack: StackReading) => [
    ...new Set(assess(stack, { ...expected, boards: undefined }, now).findings.map(({ subject }) => subject)),
  ];
  t.strictSame(subjectsOf({ ...all, ...none }), ['exporter', 'AI-CRM']);
  t.strictSame(subjectsOf({ ...all, alertmanager: undefined, grafana: undefined }), [
    'exporter',
    'Prometheus',
    'scrape',
    'rules',
    'alerts',
    'AI-CRM',
  ]);
  const prometheus = asked('prometheus', noAnswer);
  t.strictSame(subjectsOf({ ...all, ...none, prometheus }), [
    'exporter',
    'Prometheus',
    'scrape',
    'rules',
    'alerts',
    'AI-CRM',
  ]);
  t.strictSame(
    subjectsOf({ ...all, ...none, alertmanager: asked('alertmanager', noAnswer) }),
    ['exporter', 'Alertmanager', 'alerts', 'AI-CRM'],
    'Alertmanager has alerts, too',
  );
});

t.test('a part of Prometheus that fails is not known, and the other parts are', async (t) => {
  const prometheus = asked('prometheus', {
    ...prometheusReading,
    scrapes: failed,
    rules: failed,
    notifications: failed,
    alertmanagers: failed,
  });
  const { findings, alerts, rules } = assess({ ...all, prometheus }, expected, now);
  const unknown = findings.filter(({ level }) => level === 'unknown');
  t.strictSame(told(unknown), [
    'unknown scrape: not known: it failed',
    'unknown rules: not known: it failed',
    'unknown hand-over: not known: it failed',
    'unknown notifications: not known: it failed',
  ]);
  t.strictSame([alerts, rules], [[], undefined], 'the alerts come from Alertmanager');
});

t.test('missing files of this program make rules and boards unknown', async (t) => {
  const { findings, ...rest } = assess(all, { ...expected, rules: undefined, boards: undefined }, now);
  t.strictSame(
    findings.filter(({ level }) => level === 'unknown'),
    [
      {
        subject: 'rules',
        level: 'unknown',
        text: 'not known: prometheus/rules is a part of this program and is missing',
        remedy: 'install the exporter again',
      },
      {
        subject: 'boards',
        level: 'unknown',
        text: 'not known: grafana/dashboards is a part of this program and is missing',
        remedy: 'install the exporter again',
      },
      { subject: 'alerts', level: 'unknown', text: 'not known without Prometheus' },
    ],
  );
  t.match(rest, { alerts: undefined, rules: undefined, missingBoards: undefined });
});

t.test('boards that are missing are listed', async (t) => {
  const grafana = asked('grafana', { version: '13.0.0', boards: [] });
  t.strictSame(assess({ ...all, grafana }, expected, now).missingBoards, [board]);
  const refusing = asked('grafana', { version: '13.0.0', boards: failed });
  const { findings, missingBoards } = assess({ ...all, grafana: refusing }, expected, now);
  t.strictSame(told(findings.filter(({ subject }) => subject === 'boards')), ['unknown boards: not known: it failed']);
  t.equal(missingBoards, undefined);
});

t.test('findings from before the programs were asked come first', async (t) => {
  const before: Finding = { subject: 'configuration', level: 'unknown', text: 'a mistake' };
  t.strictSame(assess(all, { ...expected, before: [before] }, now).findings[0], before);
  t.equal(subjects[0], 'configuration');
});

t.test('a program that gives no useful answer has a level and advice that fit the reason', async (t) => {
  const finding = (name: 'exporter' | 'prometheus' | 'grafana', kind: ProgramFailure['kind'], remedy = 'do it') => {
    const failure = new ProgramFailure(kind, 'what', remedy);
    const stack =
      name === 'exporter' ? { ...all, exporter: asked(name, failure) } : { ...all, [name]: asked(name, failure) };
    const { level, remedy: advice } = assess(stack, expected, now).findings.find(({ text }) => text === 'what') ?? {};
    return `${level}: ${advice}`;
  };
  t.strictSame(
    [
      finding('exporter', 'unreachable'),
      finding('exporter', 'stranger'),
      finding('prometheus', 'unreachable'),
      finding('prometheus', 'stranger'),
      finding('prometheus', 'refused'),
      finding('prometheus', 'starting'),
      finding('prometheus', 'failed'),
      finding('prometheus', 'failed', ''),
      finding('grafana', 'stranger'),
      finding('grafana', 'failed'),
    ],
    [
      'critical: start it, or give its address: --exporter.url',
      'critical: give the address of the exporter: --exporter.url',
      'critical: start it, or give its address: --prometheus.url, or leave it out: --without prometheus',
      'critical: give the address of Prometheus: --prometheus.url, or leave it out: --without prometheus',
      'unknown: do it',
      'warning: do it',
      'critical: do it',
      'critical: see its log',
      'warning: give the address of Grafana: --grafana.url, or leave it out: --without grafana',
      'warning: do it',
    ],
  );
});

t.test('a program that is too old has a warning instead of its version', async (t) => {
  const prometheus = asked('prometheus', { ...prometheusReading, version: '2.0.0' });
  t.match(told(assess({ ...all, prometheus }, expected, now).findings)[1], /^warning Prometheus: 2\.0\.0 is too old/);
});
