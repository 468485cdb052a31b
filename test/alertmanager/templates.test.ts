import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { renderTemplate } from '../support/alertmanager.js';
import { missingOf, older } from '../support/versions.js';

interface Given {
  readonly status?: 'firing' | 'resolved';
  readonly severity?: string;
  readonly component?: string;
}

const skip = missingOf(older, 'amtool');

/** The output of a template for these alerts. Their common labels are the job, and for one alert all of its labels. */
async function rendered(
  t: Test,
  template: string,
  given: readonly Given[],
  type: 'html' | 'text' = 'text',
): Promise<string> {
  const alerts = given.map(({ status = 'firing', severity = 'critical', component = 'api' }) => ({
    status,
    labels: { alertname: 'AiCrmComponentDown', severity, component, job: 'ai-crm' },
    annotations: {
      summary: `${component} is down`,
      description: 'Reason: connect.',
      runbook_url: 'https://runbooks.test/',
    },
    startsAt: '2026-11-23T03:12:10Z',
    endsAt: '2026-11-23T04:12:10Z',
    generatorURL: 'http://prometheus.test/',
  }));
  const [first] = alerts;
  const severities = new Set(alerts.map(({ labels }) => labels.severity));
  const commonLabels =
    alerts.length === 1
      ? first?.labels
      : { job: 'ai-crm', ...(severities.size === 1 && { severity: first?.labels.severity }) };
  const file = join(t.testdir({}), 'data.json');
  await writeFile(
    file,
    JSON.stringify({
      receiver: 'x',
      status: given.every(({ status }) => status === 'resolved') ? 'resolved' : 'firing',
      alerts,
      groupLabels: {},
      commonLabels,
      commonAnnotations: {},
      externalURL: 'http://am.test',
    }),
  );
  const { stdout, stderr, exitCode } = renderTemplate(older, template, file, type);
  t.equal(exitCode, 0, stderr);
  return stdout;
}

const many = (count: number, one: Given): readonly Given[] =>
  Array.from({ length: count }, (_, i) => ({ ...one, component: `api-${i}` }));
const count = (text: string, part: string): number => text.split(part).length - 1;

t.test(
  'each severity has its own colour and mark; a resolved alert is green whatever its severity',
  { skip },
  async (t) => {
    const table: readonly (readonly [given: Given, email: string, slack: string, mark: string])[] = [
      [
        { severity: 'critical' },
        'class="critical" style="margin:0 0 6px;font-size:15px;line-height:1.35;font-weight:700;color:#c2201b;',
        '#d1242f',
        '🔴 ',
      ],
      [
        { severity: 'warning' },
        'class="warning" style="margin:0 0 6px;font-size:15px;line-height:1.35;font-weight:700;color:#8a5300;',
        '#e5a50a',
        '🟠 ',
      ],
      [
        { severity: 'info' },
        'class="info" style="margin:0 0 6px;font-size:15px;line-height:1.35;font-weight:700;color:#0a58ca;',
        '#0969da',
        '🔵 ',
      ],
      [
        { severity: 'page' },
        'class="warning" style="margin:0 0 6px;font-size:15px;line-height:1.35;font-weight:700;color:#8a5300;',
        '#e5a50a',
        '🟠 ',
      ],
      [
        { severity: 'critical', status: 'resolved' },
        'class="over" style="margin:0 0 6px;font-size:15px;line-height:1.35;font-weight:700;color:#1a7f37;',
        '#2da44e',
        '✅ Resolved: ',
      ],
    ];
    for (const [given, email, slack, mark] of table) {
      const name = Object.values(given).join(' ');
      t.match(await rendered(t, 'aicrm.email.html', [given], 'html'), email, `${name}: mail`);
      t.equal((await rendered(t, 'aicrm.slack.color', [given])).trim(), slack, `${name}: Slack`);
      t.equal((await rendered(t, 'aicrm.slack.title', [given])).trim(), `${mark}api is down`, `${name}: title`);
    }
    const one = (given: Given) => rendered(t, 'aicrm.email.html', [given], 'html');
    t.same(
      [count(await one({}), '>What to do</a>'), count(await one({ status: 'resolved' }), '>What to do</a>')],
      [1, 0],
      'what to do, only while the alert fires',
    );
    t.match(await rendered(t, 'aicrm.slack.title', many(2, {})), '2 alerts: api-0 is down …');
    t.match(await rendered(t, 'aicrm.slack.fallback', [{}]), /^🔴 api is down · CRITICAL since .* · ai-crm$/);
    t.match(await rendered(t, 'aicrm.slack.fallback', [{ status: 'resolved' }]), '✅ Resolved: api is down · ai-crm');
    const rows = await rendered(
      t,
      'aicrm.email.html',
      [{ severity: 'critical' }, { severity: 'warning', status: 'resolved' }],
      'html',
    );
    t.match(
      rows,
      /class="critical" style="[^"]*color:#c2201b;[^]*class="over" style="[^"]*color:#1a7f37;/,
      'each row of several alerts has its own',
    );
  },
);

t.test('of many alerts, firing or resolved, a mail lists twenty and Slack ten, with the total', { skip }, async (t) => {
  for (const status of ['firing', 'resolved'] as const) {
    for (const [amount, mail, slack] of [
      [10, 10, 10],
      [11, 11, 10],
      [20, 20, 10],
      [21, 20, 10],
    ] as const) {
      const given = many(amount, { status });
      const name = `${amount} ${status}`;
      const text = await rendered(t, 'aicrm.email.text', given);
      const html = await rendered(t, 'aicrm.email.html', given, 'html');
      const post = await rendered(t, 'aicrm.slack.text', given);
      t.equal(count(text, ' is down'), mail, `${name}: text`);
      t.equal(count(html.replace(/<title>.*<\/title>/, ''), ' is down'), mail, `${name}: HTML`);
      t.equal(count(post, ' is down'), slack, `${name}: Slack`);
      t.equal(count(text, `… ${amount} alerts in all`), amount > 20 ? 1 : 0, `${name}: text says how many`);
      t.equal(count(html, `… ${amount} alerts in all`), amount > 20 ? 1 : 0, `${name}: HTML says how many`);
      t.equal(count(post, `… ${amount} in all`), amount > 10 ? 1 : 0, `${name}: Slack says how many`);
      const over = status === 'resolved';
      for (const made of [text, html])
        t.match(made, over ? `All ${amount} alerts are over · ai-crm` : `${amount} alerts · ai-crm`, name);
      t.match(post, over ? '*All resolved* · ai-crm' : '*CRITICAL* · ai-crm', name);
      t.equal(
        await rendered(t, 'aicrm.email.subject', given),
        `${over ? `RESOLVED (${amount} alerts)` : `CRITICAL (${amount} alerts)`}: api-0 is down … · ai-crm`,
        name,
      );
      t.equal(count(text, 'What to do: https://runbooks.test/'), over ? 0 : mail, `${name}: what to do`);
      t.equal(count(html, '>What to do</a>'), over ? 0 : mail, `${name}: what to do`);
      t.equal(count(post, '|What to do>'), over ? 0 : slack, `${name}: what to do`);
      for (const [made, graph, rows] of [
        [text, 'Graph:  ', mail],
        [html, '>Graph</a>', mail],
        [post, '|Graph>', slack],
      ] as const)
        t.equal(count(made, graph), rows, `${name}: graphs`);
    }
  }
  const mixed = await rendered(t, 'aicrm.email.text', [...many(1, {}), ...many(2, { status: 'resolved' })]);
  t.match(mixed, '1 alert, and 2 that are over · ai-crm');
  t.match(
    await rendered(t, 'aicrm.email.text', [...many(2, {}), ...many(1, { status: 'resolved' })]),
    '2 alerts, and 1 that is over · ai-crm',
  );
});

t.test(
  'the silence link covers exactly the alerts of the notification, whatever their labels; resolved alerts have none',
  { skip },
  async (t) => {
    const odd: Given = { component: 'a b&"c+d' };
    const one =
      'http://am.test/#/silences/new?filter=%7Balertname%3D%22AiCrmComponentDown%22%2C%20component%3D%22a%20b%26%22c%2Bd%22%2C%20job%3D%22ai-crm%22%2C%20severity%3D%22critical%22%7D';
    const all = 'http://am.test/#/silences/new?filter=%7Bjob%3D%22ai-crm%22%2C%20severity%3D%22critical%22%7D';
    t.match(await rendered(t, 'aicrm.email.text', [odd]), `Silence:    ${one}\n`);
    t.match(await rendered(t, 'aicrm.slack.text', [odd]), `<${one}|Silence>`);
    t.match(
      (await rendered(t, 'aicrm.email.html', [odd], 'html'))
        .replaceAll('&#43;', '+')
        .replaceAll('%2b', '%2B')
        .replaceAll('%3d', '%3D'),
      new RegExp(`href="${one.replace(/[.?+*$]/g, '\\$&')}"[^>]*>Silence</a>`),
    );
    t.match(await rendered(t, 'aicrm.email.text', many(2, {})), `Silence:    ${all}\n`);
    t.match(await rendered(t, 'aicrm.slack.text', many(2, {})), `<${all}|Silence all>`);
    t.match(await rendered(t, 'aicrm.email.html', many(2, {}), 'html'), `href="${all}"`);
    for (const given of [many(1, { status: 'resolved' }), many(2, { status: 'resolved' })]) {
      for (const [template, type] of [
        ['aicrm.email.text', 'text'],
        ['aicrm.slack.text', 'text'],
        ['aicrm.email.html', 'html'],
      ] as const)
        t.notMatch(await rendered(t, template, given, type), 'ilence', `${template} of ${given.length}`);
    }
  },
);
