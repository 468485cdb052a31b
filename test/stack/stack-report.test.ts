import t from 'tap';
import type { Assessment } from '../../src/stack/assess.js';
import { ProgramFailure } from '../../src/stack/other-program.js';
import type { StackReading } from '../../src/stack/stack.js';
import { renderStatus, stackDocument } from '../../src/stack/stack-report.js';

const now = 1_795_000_000;
const at = '2026-11-18T11:06:40.000Z';
const empty: Assessment = {
  level: 'warning',
  atSeconds: now,
  name: 'AI-CRM',
  findings: [],
  alerts: undefined,
  rules: undefined,
  missingBoards: undefined,
};
const alert = {
  name: 'Down',
  severity: 'critical',
  subject: 'redis',
  state: 'firing',
  sinceSeconds: now - 60.5,
  summary: 'redis is down',
  runbookUrl: 'https://r',
  labels: { component: 'redis' },
} as const;
const failure = (kind: ProgramFailure['kind']) => ({
  url: 'http://p',
  answer: new ProgramFailure(kind, 'no answer', 'start it'),
});

t.test('levels have colours on a terminal, and texts of others cannot control it', async (t) => {
  const assessment: Assessment = {
    ...empty,
    findings: [{ subject: 'rules', level: 'warning', text: 'a\u001b[2J\nb', remedy: 'c' }],
  };
  t.equal(
    renderStatus(assessment, { colour: false }),
    'Monitoring is WARNING  2026-11-18 11:06:40 UTC\n\n▲ WARNING   rules          a\uFFFD[2J b\n            → c\n',
  );
  t.match(renderStatus(assessment, { colour: true }), '\u001b[33m▲ WARNING \u001b[0m  rules');
});

t.test('every level has its own colour', async (t) => {
  const colourOf = (level: Assessment['level']) =>
    /\u001b\[(\d+)m/.exec(renderStatus({ ...empty, level }, { colour: true }))?.[1];
  t.strictSame((['healthy', 'warning', 'critical', 'unknown'] as const).map(colourOf), ['32', '33', '31', '35']);
});

t.test('the name of what is watched widens the column up to 24 characters', async (t) => {
  const lineOf = (name: string) =>
    renderStatus({ ...empty, name, findings: [{ subject: 'AI-CRM', level: 'healthy', text: 'x' }] }, { colour: false })
      .split('\n')
      .slice(2)
      .join();
  t.equal(lineOf('Shop'), '✔ HEALTHY   Shop           x,');
  t.equal(lineOf('A shop for customers'), '✔ HEALTHY   A shop for customers  x,');
  t.equal(lineOf('A shop for all customers everywhere'), '✔ HEALTHY   A shop for all customer…  x,');
});

t.test('firing alerts follow with their age, state and runbook', async (t) => {
  const linesOf = (colour: boolean) =>
    renderStatus(
      {
        ...empty,
        alerts: [
          alert,
          {
            ...alert,
            severity: 'info',
            subject: '',
            summary: '',
            runbookUrl: '',
            state: 'silenced',
            sinceSeconds: now + 9,
          },
        ],
      },
      { colour },
    )
      .split('\n')
      .slice(2);
  t.strictSame(linesOf(false), [
    '',
    '✖ critical  Down redis since 2026-11-18 11:05:39 UTC (1 min): redis is down',
    '            → https://r',
    '– info      Down since 2026-11-18 11:06:49 UTC (0 ms), silenced',
    '',
  ]);
  t.match(linesOf(true)[1], '\u001b[31m✖ critical\u001b[0m  Down redis');
  t.equal(linesOf(true)[3], linesOf(false)[3], 'a quiet alert has no colour');
  t.equal(
    renderStatus({ ...empty, alerts: [] }, { colour: false }).split('\n').length,
    3,
    'no empty line without alerts',
  );
});

t.test('the document says everything that the programs answered', async (t) => {
  const rule = { group: 'g', name: 'Down', isAlert: true, severity: 'critical' };
  const record = { group: 'g', name: 'job:x:y', isAlert: false, severity: '' };
  const scrape = {
    job: 'crm',
    instance: 'a',
    url: 'http://a/metrics',
    health: 'up',
    lastScrapeSeconds: now,
    durationSeconds: 0.5,
    intervalSeconds: 15,
    error: '',
  } as const;
  const { lastScrapeSeconds: _never, ...unscraped } = scrape;
  const assessment: Assessment = {
    ...empty,
    findings: [
      { subject: 'rules', level: 'warning', text: 'a', remedy: 'b' },
      { subject: 'alerts', level: 'healthy', text: 'c' },
    ],
    alerts: [alert, { ...alert, labels: {} }],
    rules: {
      groups: 1,
      expectedGroups: 2,
      rules: 3,
      missingGroups: ['h'],
      missingRules: [rule, record].map((each) => ({ ...each, forSeconds: 0, keepFiringSeconds: 0 })),
      failing: [{ ...rule, health: 'err', error: 'e', alerts: [] }],
      waiting: 4,
      alerts: [],
    },
    missingBoards: [{ uid: 'u', title: 'T' }],
  };
  const stack: StackReading = {
    exporter: {
      url: 'http://e',
      answer: { version: '1', isReady: true, level: 'critical', notWell: [], components: 1, failing: [] },
    },
    prometheus: {
      url: 'http://p',
      answer: {
        version: '3',
        scrapes: [scrape, { ...unscraped, error: 'refused' }],
        rules: [],
        notifications: [
          { integration: 'email', deliveredAtSeconds: now, delivered: 5, failedAttempts: 2 },
          { integration: 'slack', failedAtSeconds: now, delivered: 0, failedAttempts: 1 },
        ],
        alertmanagers: 1,
      },
    },
    alertmanager: { url: 'http://a', answer: { version: '0', alerts: [] } },
    grafana: { url: 'http://g', answer: { version: null, boards: ['host'] } },
  };
  const told = {
    name: 'Down',
    severity: 'critical',
    about: 'redis',
    state: 'firing',
    since: '2026-11-18T11:05:39.500Z',
    since_seconds: now - 60.5,
    summary: 'redis is down',
    runbook_url: 'https://r',
  };
  const target = {
    job: 'crm',
    instance: 'a',
    url: 'http://a/metrics',
    health: 'up',
    duration_seconds: 0.5,
    interval_seconds: 15,
  };
  t.same(stackDocument(assessment, stack, '9.9.9'), {
    level: 'warning',
    time: at,
    time_seconds: now,
    version: '9.9.9',
    ai_crm: { name: 'AI-CRM', level: 'critical' },
    programs: {
      exporter: { url: 'http://e', running: true, version: '1', error: null },
      prometheus: { url: 'http://p', running: true, version: '3', error: null },
      alertmanager: { url: 'http://a', running: true, version: '0', error: null },
      grafana: { url: 'http://g', running: true, version: null, error: null },
    },
    scrapes: [
      { ...target, last_scrape: at, last_scrape_seconds: now, error: null },
      { ...target, last_scrape: null, last_scrape_seconds: null, error: 'refused' },
    ],
    rules: {
      groups: 1,
      expected_groups: 2,
      rules: 3,
      not_evaluated: 4,
      missing_groups: ['h'],
      missing_rules: [
        { group: 'g', name: 'Down', type: 'alert', severity: 'critical' },
        { group: 'g', name: 'job:x:y', type: 'record', severity: null },
      ],
      failing: [{ group: 'g', name: 'Down', error: 'e' }],
    },
    boards: { found: ['host'], missing: [{ uid: 'u', title: 'T' }] },
    alerts: [
      { ...told, component: 'redis', labels: { component: 'redis' } },
      { ...told, component: null, labels: {} },
    ],
    notifications: [
      {
        integration: 'email',
        delivered_at: at,
        delivered_at_seconds: now,
        failed_at: null,
        failed_at_seconds: null,
        delivered: 5,
        failed_attempts: 2,
      },
      {
        integration: 'slack',
        delivered_at: null,
        delivered_at_seconds: null,
        failed_at: at,
        failed_at_seconds: now,
        delivered: 0,
        failed_attempts: 1,
      },
    ],
    findings: [
      { subject: 'rules', level: 'warning', message: 'a', remedy: 'b' },
      { subject: 'alerts', level: 'healthy', message: 'c', remedy: null },
    ],
  });
  t.match(stackDocument({ ...assessment, missingBoards: undefined }, stack, '9.9.9'), { boards: { missing: null } });
});

t.test('what is not known is null, and a program that refuses a request is running', async (t) => {
  const stack: StackReading = {
    exporter: failure('unreachable'),
    prometheus: failure('refused'),
    alertmanager: failure('starting'),
    grafana: undefined,
  };
  const nothing = { url: 'http://p', version: null, error: 'no answer' };
  t.match(stackDocument(empty, stack, '9.9.9'), {
    ai_crm: { level: null },
    programs: {
      exporter: { ...nothing, running: false },
      prometheus: { ...nothing, running: true },
      alertmanager: { ...nothing, running: true },
      grafana: null,
    },
    scrapes: null,
    rules: null,
    boards: null,
    alerts: null,
    notifications: null,
  });
  t.match(stackDocument(empty, { ...stack, prometheus: undefined }, '9.9.9'), { programs: { prometheus: null } });
});
