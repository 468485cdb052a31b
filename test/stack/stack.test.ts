import t from 'tap';
import type { Config } from '../../src/config/config.js';
import { answered } from '../../src/stack/finding.js';
import { ProgramFailure } from '../../src/stack/other-program.js';
import { askStack, boardFindings, type StatusOptions, stackPrograms } from '../../src/stack/stack.js';
import { answeringProgram, type Question, vector } from '../support/answering-program.js';
import { readCompose } from '../support/compose.js';
import { httpSettings } from '../support/config.js';

const from = { environment: {}, directory: '.', timeoutSeconds: 10 };
const without = (...names: readonly string[]): StatusOptions => ({ timeout: '10s', without: names });

/** The whole stack behind one address. */
function stackAnswer({ path, query }: Question): unknown {
  switch (path) {
    case '/api/status':
      return { version: '1.2.3', level: 'healthy' };
    case '/api/v1/status/buildinfo':
      return { data: { version: '3.5.0' } };
    case '/api/v1/targets':
      return { data: { activeTargets: [{ labels: { job: 'crm', instance: 'a' }, scrapeUrl: 'http://a/x' }] } };
    case '/api/v1/query':
      return query.get('query')?.startsWith('group by') === true
        ? vector([{ job: 'crm', instance: 'a' }, 1])
        : vector();
    case '/api/v1/rules':
      return { data: { groups: [{ name: 'g', rules: [{ name: 'Down', type: 'alerting' }] }] } };
    case '/api/v1/alertmanagers':
      return { data: { activeAlertmanagers: [{}, {}] } };
    case '/api/v2/status':
      return { versionInfo: { version: '0.28.0' }, uptime: '2026-11-18T11:06:40Z' };
    case '/api/v2/alerts':
      return [
        {
          labels: { alertname: 'Down' },
          annotations: { summary: 'it is down', runbook_url: 'https://r' },
          startsAt: '2026-11-18T11:06:40Z',
          status: { silencedBy: ['s'], inhibitedBy: ['i'] },
        },
        { status: { silencedBy: [], inhibitedBy: ['i'] } },
        { status: { silencedBy: 's', inhibitedBy: [] } },
        {},
      ];
    case '/api/health':
      return { database: 'ok', version: '13.0.0' };
    case '/api/search':
      return [{ uid: 'host' }, {}];
    default:
      return undefined;
  }
}

/** The flags for all programs at one address. */
const allAt = (url: string): StatusOptions => ({
  timeout: '10s',
  'exporter.url': url,
  'prometheus.url': url,
  'alertmanager.url': url,
  'grafana.url': url,
});

t.test('all programs are asked, and their answers are read', async (t) => {
  const { url, questions } = await answeringProgram(t, stackAnswer);
  const stack = await askStack(allAt(url), undefined, from);
  t.match(stack.exporter, { url, answer: { version: '1.2.3' } });
  t.match(stack.prometheus, {
    url,
    answer: { version: '3.5.0', scrapes: [{ instance: 'a' }], rules: [{ name: 'Down' }], alertmanagers: 2 },
  });
  t.equal(answered(stack.prometheus?.answer)?.notifications, undefined);
  const alert = { labels: {}, summary: '', runbookUrl: '', sinceSeconds: 0 };
  t.strictSame(stack.alertmanager, {
    url,
    answer: {
      version: '0.28.0',
      startedAtSeconds: 1_795_000_000,
      alerts: [
        {
          labels: { alertname: 'Down' },
          summary: 'it is down',
          runbookUrl: 'https://r',
          sinceSeconds: 1_795_000_000,
          state: 'silenced',
        },
        { ...alert, state: 'inhibited' },
        { ...alert, state: 'firing' },
        { ...alert, state: 'firing' },
      ],
    },
  });
  t.strictSame(stack.grafana, { url, answer: { version: '13.0.0', boards: ['host', ''] } });
  t.equal(String(questions.find(({ path }) => path === '/api/search')?.query), 'type=dash-db&tag=ai-crm&limit=1000');
});

t.test('parts that a program does not answer are failures or absent', async (t) => {
  const { url } = await answeringProgram(t, ({ path }) => {
    if (path === '/api/v1/status/buildinfo') return { data: { version: '3.5.0' } };
    if (path === '/api/v1/alertmanagers') return {};
    if (path === '/api/v2/status') return { versionInfo: { version: '0.28.0' } };
    if (path === '/api/health') return { database: 'ok' };
    return path === '/api/v2/alerts' ? {} : undefined;
  });
  const stack = await askStack(allAt(url), undefined, from);
  t.match(stack.exporter.answer, { kind: 'stranger' });
  const stranger = { kind: 'stranger' };
  t.match(stack.prometheus?.answer, { scrapes: stranger, rules: stranger, notifications: stranger, alertmanagers: 0 });
  t.strictSame(stack.alertmanager?.answer, { version: '0.28.0', alerts: [] });
  t.match(stack.grafana?.answer, { version: null, boards: stranger });
});

t.test('another program at an address is recognised', async (t) => {
  const { url } = await answeringProgram(t, () => ({}));
  const options: StatusOptions = {
    timeout: '10s',
    'exporter.url': url,
    'prometheus.url': url,
    'alertmanager.url': url,
    'grafana.url': url,
  };
  const { prometheus, alertmanager, grafana } = await askStack(options, undefined, from);
  for (const [asked, path, name] of [
    [prometheus, '/api/v1/status/buildinfo', 'a Prometheus'],
    [alertmanager, '/api/v2/status', 'an Alertmanager'],
    [grafana, '/api/health', 'a Grafana'],
  ] as const)
    t.match(asked?.answer, {
      kind: 'stranger',
      what: `${url}${path}: the answer is not of ${name}`,
      remedy: /^check --[a-z]+\.url$/,
    });
});

t.test('a program that is left out is not asked', async (t) => {
  const { url, questions } = await answeringProgram(t, stackAnswer);
  const urls = { 'exporter.url': url, 'prometheus.url': url, 'alertmanager.url': url, 'grafana.url': url };
  const stack = await askStack({ ...without('prometheus', 'grafana', 'alertmanager'), ...urls }, undefined, from);
  t.strictSame([stack.prometheus, stack.alertmanager, stack.grafana], [undefined, undefined, undefined]);
  t.strictSame(new Set(questions.map(({ path }) => path)), new Set(['/api/status', '/-/ready', '/metrics']));
  t.match(await askStack({ ...without('grafana'), ...urls }, undefined, from), {
    prometheus: { url },
    alertmanager: { url },
  });
});

t.test('addresses come from the configuration, and credentials from flags', async (t) => {
  const { url, questions } = await answeringProgram(t, stackAnswer);
  const directory = t.testdir({ token: 't', password: 'p' });
  const config = {
    grafanaUrl: `${url}/`,
    alertmanager: { url, intervalSeconds: 60, timeoutSeconds: 5, http: httpSettings() },
  } as Config;
  const options: StatusOptions = {
    timeout: '10s',
    'exporter.url': url,
    'prometheus.url': url,
    'prometheus.username': 'u',
    'prometheus.passwordFile': 'password',
    'grafana.tokenFile': 'token',
  };
  const stack = await askStack(options, config, { ...from, directory });
  t.match(stack, { alertmanager: { url }, grafana: { url } });
  const sent = (path: string) => questions.find((question) => question.path === path)?.headers.authorization;
  t.equal(sent('/api/health'), 'Bearer t');
  t.equal(sent('/api/v1/rules'), `Basic ${Buffer.from('u:p').toString('base64')}`);
  t.equal(sent('/api/v2/status'), undefined);
  await t.rejects(askStack({ ...options, 'grafana.url': 'x' }, config, { ...from, directory }), { code: 'usage' });
});

t.test('without flags and configuration the addresses are those of the compose file', async (t) => {
  const { services } = await readCompose();
  const ports = (['exporter', 'prometheus', 'alertmanager', 'grafana'] as const).map((program) => {
    const { name, flag, defaultUrl } = stackPrograms[program];
    t.equal(flag, program);
    return [name, new URL(defaultUrl).port] as const;
  });
  t.strictSame(
    ports.map(([name]) => name),
    ['ai-crm-exporter', 'Prometheus', 'Alertmanager', 'Grafana'],
  );
  const published = Object.values(services)
    .flatMap((service) => service.ports ?? [])
    .join(' ');
  for (const [name, port] of ports) t.match(published, `${port}:`, name);
});

t.test('the findings about boards name the missing ones', async (t) => {
  const bundled = [
    { uid: 'a', title: 'A' },
    { uid: 'b', title: 'B' },
    { uid: 'c', title: 'C' },
  ];
  const subject = 'boards';
  t.strictSame(boardFindings(['c', 'x', 'b', 'a'], bundled), [{ subject, level: 'healthy', text: 'all 3 are there' }]);
  t.match(boardFindings(['b'], bundled), [
    { subject, level: 'warning', text: '2 of 3 are missing: A, C', remedy: /^provision or import/ },
  ]);
  t.match(boardFindings(new ProgramFailure('refused', '401', 'log in'), bundled), [
    {
      subject,
      level: 'unknown',
      text: 'not known: Grafana lists its boards only after a login',
      remedy: /service account with the role Viewer/,
    },
  ]);
  t.strictSame(boardFindings(new ProgramFailure('failed', '500', 'wait'), bundled), [
    { subject, level: 'unknown', text: 'not known: 500', remedy: 'wait' },
  ]);
});
