import { readdir, readFile } from 'node:fs/promises';
import t from 'tap';
import { answerTo } from '../../src/stack/finding.js';
import {
  askRules,
  type BundledRule,
  bundledBoards,
  bundledRules,
  compareRules,
  type LoadedRule,
  ruleFindings,
} from '../../src/stack/rules.js';
import { answeringProgram } from '../support/answering-program.js';
import { readRules } from '../support/rule-files.js';

const bundled = (group: string, name: string, severity = ''): BundledRule => ({
  group,
  name,
  isAlert: severity !== '',
  severity,
  forSeconds: 0,
  keepFiringSeconds: 0,
});
const loaded = (group: string, name: string, severity = '', more: Partial<LoadedRule> = {}): LoadedRule => ({
  group,
  name,
  isAlert: severity !== '',
  severity,
  health: 'ok',
  error: '',
  alerts: [],
  ...more,
});

t.test('the rules and boards of this program are read from its files', async (t) => {
  const rules = (await bundledRules()) ?? [];
  const written = await readRules();
  t.strictSame(
    rules.map(({ name, isAlert, severity }) => ({ name, isAlert, severity })),
    written.map(({ name, isAlert, labels }) => ({ name, isAlert, severity: labels['severity'] ?? '' })),
  );
  t.ok(rules.every(({ group }) => /^aicrm-/.test(group)));
  t.match(
    rules.find(({ isAlert }) => !isAlert),
    { severity: '', forSeconds: 0, keepFiringSeconds: 0 },
  );
  const boards = (await bundledBoards()) ?? [];
  const files = (await readdir('grafana/dashboards')).filter((file) => file.endsWith('.json')).sort();
  const first = JSON.parse(await readFile(`grafana/dashboards/${files[0]}`, 'utf8')) as { uid: string; title: string };
  t.equal(boards.length, files.length);
  t.strictSame(boards[0], { uid: first.uid, title: first.title });
});

t.test('the waiting times of an alert come from its rule', async (t) => {
  const bundled = await bundledRules();
  const cpu = bundled?.filter(({ name }) => name === 'AiCrmHostCpuHigh');
  t.strictSame(
    cpu?.map(({ severity, forSeconds, keepFiringSeconds }) => [severity, forSeconds, keepFiringSeconds]),
    [
      ['warning', 600, 300],
      ['critical', 300, 300],
    ],
  );
});

t.test('the rules of a Prometheus are read with their health and alerts', async (t) => {
  const { client } = await answeringProgram(t, ({ path }) =>
    path === '/api/v1/rules'
      ? {
          data: {
            groups: [
              {
                name: 'g',
                rules: [
                  {
                    type: 'alerting',
                    name: 'Down',
                    health: 'err',
                    lastError: 'duplicate series',
                    labels: { severity: 'critical' },
                    alerts: [
                      {
                        labels: { alertname: 'Down', job: 'crm' },
                        annotations: { summary: 'it is down', runbook_url: 'https://r' },
                        activeAt: '2026-11-18T11:06:40Z',
                        state: 'firing',
                      },
                      { state: 'pending' },
                    ],
                  },
                  { type: 'recording', name: 'job:x:y', health: 'ok' },
                  { health: 'new' },
                ],
              },
              {},
            ],
          },
        }
      : undefined,
  );
  t.strictSame(await askRules(client), [
    loaded('g', 'Down', 'critical', {
      health: 'err',
      error: 'duplicate series',
      alerts: [
        {
          labels: { alertname: 'Down', job: 'crm' },
          summary: 'it is down',
          runbookUrl: 'https://r',
          sinceSeconds: 1_795_000_000,
          isFiring: true,
        },
        { labels: {}, summary: '', runbookUrl: '', sinceSeconds: 0, isFiring: false },
      ],
    }),
    loaded('g', 'job:x:y'),
    loaded('g', '', '', { health: 'unknown' }),
  ]);
});

t.test('another document is not a list of rules', async (t) => {
  const { client, url } = await answeringProgram(t, () => ({ data: {} }));
  t.match(await answerTo(askRules(client)), {
    kind: 'stranger',
    what: `${url}/api/v1/rules: the answer is not a list of rules`,
    remedy: 'check --prometheus.url',
  });
});

t.test('loaded rules are compared by group, name and severity, and groups of others are ignored', async (t) => {
  const alert = { labels: {}, summary: '', runbookUrl: '', sinceSeconds: 5, isFiring: true };
  const twice = bundled('a', 'Twice', 'warning');
  const wanted = [
    bundled('a', 'Down', 'warning'),
    bundled('a', 'Down', 'critical'),
    bundled('a', 'job:x:y'),
    twice,
    twice,
    bundled('b', 'Gone', 'info'),
  ];
  const failing = loaded('a', 'Down', 'warning', { health: 'err', error: 'x' });
  const reading = compareRules(
    [
      failing,
      loaded('a', 'job:x:y', '', { health: 'unknown' }),
      loaded('a', 'Twice', 'warning', { alerts: [alert] }),
      loaded('other', 'Down', 'critical', { health: 'err', alerts: [alert] }),
    ],
    wanted,
  );
  t.strictSame(reading, {
    groups: 1,
    expectedGroups: 2,
    rules: 3,
    missingGroups: ['b'],
    missingRules: [bundled('a', 'Down', 'critical'), twice],
    failing: [failing],
    waiting: 1,
    alerts: [{ ...alert, name: 'Twice' }],
  });
});

t.test('the findings about rules say what is missing or fails, and what to do', async (t) => {
  const all = {
    groups: 2,
    expectedGroups: 2,
    rules: 9,
    missingGroups: [],
    missingRules: [],
    failing: [],
    waiting: 0,
    alerts: [],
  };
  const load = 'add prometheus/rules/*.yml to rule_files of prometheus.yml, and reload Prometheus';
  const subject = 'rules';
  t.strictSame(ruleFindings(all), [{ subject, level: 'healthy', text: '2 groups with 9 rules' }]);
  t.strictSame(ruleFindings({ ...all, waiting: 3 }), [
    { subject, level: 'healthy', text: '2 groups with 9 rules, 3 not evaluated yet' },
  ]);
  t.strictSame(ruleFindings({ ...all, groups: 0, missingGroups: ['a', 'b'] }), [
    { subject, level: 'critical', text: 'none of the 2 groups is loaded, so no alert can fire', remedy: load },
  ]);
  t.strictSame(ruleFindings({ ...all, groups: 1, missingGroups: ['b'] }), [
    { subject, level: 'warning', text: '1 of 2 groups are not loaded: b', remedy: load },
  ]);
  t.match(ruleFindings({ ...all, missingRules: [bundled('a', 'Down', 'warning'), bundled('a', 'Down', 'critical')] }), [
    { subject, level: 'warning', text: /^missing: Down of a$/, remedy: /of another version: copy prometheus\/rules/ },
  ]);
  const failing = loaded('a', 'Down', 'warning', { health: 'err', error: 'e'.repeat(301) });
  const [found, ...others] = ruleFindings({ ...all, failing: [failing] });
  t.match(found, { subject, level: 'warning', remedy: /scraped twice$/ });
  t.equal(found?.text, `Down of a fails: ${'e'.repeat(300)}`, 'a long error is cut');
  t.strictSame(others, []);
  const many = ruleFindings({ ...all, groups: 1, missingGroups: ['b'], missingRules: [bundled('a', 'x')] });
  t.strictSame(
    many.map(({ level, text }) => `${level}: ${text}`),
    ['warning: 1 of 2 groups are not loaded: b', 'warning: missing: x of a'],
  );
  const both = ruleFindings({ ...all, missingRules: [bundled('a', 'x')], failing: [failing] });
  t.strictSame(
    both.map(({ level }) => level),
    ['warning', 'warning'],
  );
});
