import { createHash } from 'node:crypto';
import t from 'tap';
import { shortened } from '../../../src/base/text.js';
import { resolveThresholds } from '../../../src/config/sections/thresholds-section.js';
import { html } from '../../../src/http/page/html.js';
import { pagePolicy, renderStatusPage } from '../../../src/http/page/status-page.js';
import { tasks, users } from '../../../src/metrics/business-metrics.js';
import { set } from '../../../src/metrics/definition.js';
import { AvailabilityHistory } from '../../../src/status/history.js';
import { httpSettings } from '../../support/config.js';
import { heartbeatsOf, job } from '../../support/heartbeats.js';
import {
  calmHost,
  component,
  documented,
  type FixtureOptions,
  fixtureService,
  forbidden,
  hostReading,
  measureReading,
  nowSeconds,
  off,
  ownReadings,
  ownSamples,
  reading,
  refused,
  sourceReading,
  transactionReading,
  withAiCrm,
} from '../../support/service-fixture.js';
import { banner, calmReadings, page, seen } from '../../support/shown-page.js';

t.test('has the configured name, as text and not as markup', async (t) => {
  const markup = page({ config: { name: 'Web <shop>' }, readings: [measureReading('database'), ...calmHost] });
  t.match(markup, /<title>[^<]* – Web &lt;shop&gt;<\/title>[^]*<h1>Web &lt;shop&gt;<\/h1>/);
  t.match(markup, '<h2>Inside Web &lt;shop&gt;</h2>');
  t.notMatch(markup, /Inside AI-CRM|<h1>AI-CRM/);
  t.match(
    banner({ config: { name: 'Web shop' }, components: [], readings: [measureReading('database')] }),
    /Web shop is within/,
  );
});

t.test('says in one sentence that all is well', async (t) => {
  t.match(
    banner({}),
    '✔ HEALTHY All 4 components answer as expected, and the host is within its thresholds. HEALTHY 4',
  );
  t.match(page({}), '<title>✔ HEALTHY – AI-CRM</title>');
});

t.test('points at the cause and not at its consequences', async (t) => {
  const readings = [
    reading('backend', { level: 'critical', up: false, reason: 'status', message: '503' }),
    refused('database', 7),
    reading('frontend'),
    reading('pm_gateway'),
  ];
  t.match(
    banner({ readings }),
    '✖ CRITICAL database: connection refused 7 failed probes in a row · also CRITICAL: backend',
  );
  t.match(page({ readings }), '<title>✖ CRITICAL – AI-CRM</title>');
  t.match(seen(page({ readings })), 'needs ✖ database – look there first');
});

t.test('says since when a component has its level, if that is known and the level is not HEALTHY', async (t) => {
  const since = { stateSinceSeconds: nowSeconds - 215 };
  t.match(
    banner({ readings: [{ ...refused('database', 7), times: since }] }),
    'database: connection refused since 2026-11-23 08:11:55 UTC · 7 failed probes in a row',
  );
  t.match(
    banner({ readings: [{ ...refused('database', 7), times: {} }] }),
    'database: connection refused 7 failed probes in a row',
  );
  t.notMatch(seen(page({ readings: [reading('backend', { times: since })] })), 'since');
});

t.test('points at the host if the host is the problem', async (t) => {
  const disks = ['/', '/a', '/b', '/c', '/d'].map((name) =>
    hostReading(name, 0.93, { level: 'warning', message: '93 GiB of 100 GiB used' }),
  );
  t.match(
    banner({ readings: [...documented.map(({ name }) => reading(name)), ...disks] }),
    '▲ WARNING /: 93 GiB of 100 GiB used also WARNING: /a, /b, /c and 1 more',
  );
});

t.test('a component that was not probed is UNKNOWN and not a fault', async (t) => {
  t.match(banner({ readings: [] }), '? UNKNOWN No component has been probed yet. UNKNOWN 4');
  t.notMatch(seen(page({ readings: [] })), 'look there first');
  t.match(banner({ components: [], readings: [] }), 'Nothing is watched: no component is configured.');
  t.match(
    banner({ readings: [], failed: { 'component:backend': 'cannot read ca_file' } }),
    '? UNKNOWN database: not probed yet',
  );
  t.match(
    seen(page({ readings: [], failed: { 'component:backend': 'cannot read ca_file' } })),
    'could not be measured: cannot read ca_file',
  );
});

t.test('leaves maintenance out of the sentence and says so', async (t) => {
  const options = {
    readings: [...calmReadings.filter(({ name }) => name !== 'database'), refused('database')],
    maintenance: ['database'],
  };
  t.match(
    banner(options),
    '✔ HEALTHY All 3 components answer as expected, and the host is within its thresholds. 1 component in maintenance, left out HEALTHY 3 MAINTENANCE 1',
  );
  t.match(seen(page(options)), '✖ CRITICAL database maintenance');
  t.match(
    banner({ ...options, readings: [], maintenance: documented.map(({ name }) => name) }),
    'Everything that is watched is in maintenance.',
  );
});

t.test('old readings are marked as overdue', async (t) => {
  t.notMatch(page({ ageSeconds: 90 }), 'overdue</span>');
  const old = page({ ageSeconds: 91 });
  t.match(seen(old), '7 collectors failing or overdue');
  t.match(seen(old), '1 min 31 s ago ▲ overdue');
  t.match(
    seen(page({ failed: { tasks: 'no result within 10 s' } })),
    'tasks ✖ failing no result within 10 s ran 12 s ago, due every 30 s',
  );
});

t.test('shows what a probe measured beside its limits', async (t) => {
  const found = reading('backend', {
    level: 'warning',
    message: 'slow',
    responseSeconds: 2.514,
    certificate: { expiryTimestampSeconds: nowSeconds + 2.5 * 86_400, verified: false },
    checks: [
      ...Array.from({ length: 9 }, (_, i) => ({ name: `good${i}`, level: 'healthy' as const })),
      { name: 'bad', level: 'critical' },
    ],
  });
  const text = seen(page({ readings: [found] }));
  t.match(text, '▲ WARNING backend http://backend.example:8000/health');
  t.match(text, '2.51 s of 2 s');
  t.match(text, '2 days ✖ not trusted');
  t.match(text, '✖ bad ✔ good0 ✔ good1 ✔ good2 ✔ good3 ✔ good4 ✔ good5 and 3 healthy');
  const expired = reading('backend', { certificate: { expiryTimestampSeconds: nowSeconds - 1, verified: false } });
  t.match(seen(page({ readings: [expired] })), '✖ expired');
});

t.test('folds long messages and many healthy disks', async (t) => {
  const message = `${'x'.repeat(5000)} the end`;
  const markup = page({
    readings: [
      reading('backend', { level: 'critical', message }),
      ...Array.from({ length: 20 }, (_, i) => hostReading(`/m${i}`, 0.1)),
    ],
  });
  t.equal(markup.split('the end').length - 1, 1, 'complete only once, after a click');
  t.match(seen(markup), '12 more, all HEALTHY');
});

const own: Partial<FixtureOptions> = {
  readings: [...calmReadings, ...ownReadings],
  samples: ownSamples,
  config: withAiCrm,
};

/** `own`, with some readings replaced by others of the same name. */
function ownBut(...changed: FixtureOptions['readings']): Partial<FixtureOptions> {
  const names = new Set(changed.map(({ name }) => name));
  return { ...own, readings: [...calmReadings, ...ownReadings.filter(({ name }) => !names.has(name)), ...changed] };
}

t.test("without AI-CRM's own numbers one line says how to get them, and nothing else is shown", async (t) => {
  const text = seen(page({}));
  t.match(text, 'configure ai_crm to see them here.');
  t.notMatch(text, /Transactions|Data sources|Inside AI-CRM|not available/);
  t.notMatch(
    seen(page({ config: { name: 'Web shop' } })),
    'AI-CRM',
    'an exporter for something else does not mention AI-CRM',
  );
});

t.test("shows AI-CRM's own numbers, which of them are within thresholds, transactions and sources", async (t) => {
  t.match(
    banner(own),
    'All 4 components answer as expected, the one transaction goes through, and AI-CRM and the host are within their thresholds.',
  );
  const text = seen(page(own));
  t.match(
    text,
    'Tasks 1,204 To Do 197 · In Progress 57 · Done 640 · Archived 310 Created 12 as counted so far Completed 7 78.9 % of all are done Agents 62 2 with open tasks Accounts 120 104 enabled · 98 verified',
  );
  t.match(text, '✔ HEALTHY delegate 3 steps went as expected log in 231 ms suggest 21 ms analyse 46 ms 12 s ago');
  t.match(text, 'agent response ✔ HEALTHY 24 ms of 3 s 12 s ago');
  t.match(text, '✔ up ai_crm_tasks 1,204 tasks 12 s ago');
});

t.test('a source that is down is in the first line, and does not change the level', async (t) => {
  const options = {
    ...ownBut(forbidden('ai_crm_users')),
    samples: ownSamples.filter(({ series }) => series.definition.name !== 'aicrm_users'),
  };
  t.match(banner(options), /✔ HEALTHY .* numbers missing, 1 data source down: ai_crm_users HEALTHY 4/);
  const text = seen(page(options));
  t.match(text, 'Accounts not available source ai_crm_users is down: 403: the account may not read this');
  t.match(
    text,
    'Asked ✖ down ai_crm_users 403: the account may not read this; log in with an account of role admin numbers are missing · reason: access is refused',
  );
});

t.test('a source that is switched off is not reported as missing', async (t) => {
  const options = {
    ...ownBut(off('ai_crm_users')),
    samples: ownSamples.filter(({ series }) => series.definition.name !== 'aicrm_users'),
  };
  t.notMatch(banner(options), 'numbers missing');
  t.match(seen(page(options)), 'Accounts not available source ai_crm_users: not collected: needs role admin');
  t.match(
    seen(page(options)),
    '– off ai_crm_users not collected: needs role admin, the account has role user 12 s ago',
  );
});

t.test('points at the failed transaction or measure, with the failed step', async (t) => {
  const failed = transactionReading('delegate', {
    level: 'critical',
    up: false,
    reason: 'timeout',
    failedStep: 'suggest',
    message: 'suggest: no answer',
    steps: [
      { name: 'log in', durationSeconds: 0.2, reason: null },
      { name: 'suggest', durationSeconds: 10, reason: 'timeout' },
    ],
  });
  const slow = measureReading('PM analysis', { level: 'critical', message: '14 s, above 12.5 s' });
  t.match(
    banner(ownBut(failed, slow)),
    '✖ CRITICAL transaction delegate: suggest: no answer also CRITICAL: PM analysis HEALTHY 4',
  );
  t.match(seen(page(ownBut(failed))), 'suggest: no answer reason: no answer in time log in 200 ms ✖ suggest 10 s');
  t.match(banner(ownBut(slow)), '✖ CRITICAL PM analysis: 14 s, above 12.5 s');
});

t.test('a transaction or source that has not run yet is UNKNOWN or waiting', async (t) => {
  const config = { ...withAiCrm, jsonSources: [{ name: 'shop', metrics: [] }] as never };
  const options = { ...own, config, readings: calmReadings };
  t.match(banner(options), '? UNKNOWN transaction delegate: not run yet');
  t.match(seen(page(options)), '? waiting shop not queried yet never');
  t.match(
    seen(page({ ...options, failed: { 'transaction:delegate': 'broken', 'json:shop': 'broken, too' } })),
    /delegate could not be measured: broken .* shop could not be measured: broken, too/,
  );
});

t.test('shows what a source leaves out, and marks old numbers', async (t) => {
  const options = ownBut(sourceReading('shop', { notices: ['cut off at max_series 100', '3 values left out'] }));
  t.match(seen(page(options)), '✔ up shop 1,204 tasks cut off at max_series 100 3 values left out');
  const overdue = seen(page({ ...options, ageSeconds: 91 })).match(/▲ overdue/g)?.length;
  const besideReadings = documented.length + ownReadings.length + 1;
  const amongCollectors = calmReadings.length + ownReadings.length + 1;
  t.equal(overdue, besideReadings + amongCollectors);
});

t.test('escapes everything from outside, in text and in attributes', async (t) => {
  const hostile = `</style><script>alert(1)</script><img src=x onerror="alert(2)">&amp;' \`\u202e\u0000\u001b[2J`;
  const markup = page(
    {
      components: [component(hostile, { target: hostile, dependsOn: ['other'] }), component('other')],
      config: {
        ...withAiCrm,
        transactions: [{ name: hostile, intervalSeconds: 1, timeoutSeconds: 1, steps: [], cleanup: [] }],
      },
      samples: [set(tasks, { column: hostile }, Number.NaN), set(users, { state: hostile }, 1e308)],
      readings: [
        reading(hostile, {
          level: 'critical',
          reason: 'status',
          message: hostile,
          checks: [{ name: hostile, level: 'warning' }],
        }),
        refused('other'),
        measureReading(hostile, { message: hostile }),
        transactionReading(hostile, {
          message: hostile,
          failedStep: hostile,
          steps: [{ name: hostile, durationSeconds: Number.NaN, reason: 'body' }],
        }),
        sourceReading(hostile, { up: false, message: hostile, notices: [hostile] }),
        hostReading(hostile, Number.NaN, { level: 'unknown', message: hostile.repeat(20) }),
      ],
      failed: { [hostile]: hostile },
      maintenance: [hostile],
    },
    { version: hostile, telemetryPath: `/"><script>` },
  );
  t.equal(markup.match(/<script|<img|onerror="/g), null);
  t.equal(markup.split('</style>').length - 1, 1);
  t.equal(/[\u0000\u001b\u202e]/.exec(markup), null);
  t.ok(markup.split('&lt;script&gt;alert(1)').length > 16);
});

t.test('as a file it neither refreshes nor links', async (t) => {
  const service = fixtureService({ components: documented, readings: calmReadings });
  const markup = renderStatusPage({
    overview: service.overview(),
    config: service.config(),
    figures: service.figures(),
    version: '9.8.7',
    links: false,
  });
  t.notMatch(markup, 'http-equiv="refresh"');
  t.notMatch(markup, 'refreshes');
  t.notMatch(markup, '<a ');
  t.match(page({}), '<meta http-equiv="refresh" content="30">');
  t.match(page({}), '<a href="./metrics">');
});

t.test('the policy allows exactly the style sheet in the page', async (t) => {
  const style = /<style>(.*)<\/style>/s.exec(page({}))?.[1] ?? '';
  t.match(pagePolicy(), `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`);
  t.notMatch(page({}).replace(style, ''), / style=/);
});

t.test('the template tag escapes texts, keeps markup and omits nothing', async (t) => {
  t.equal(
    html`<p title="${'"'}">${'<&>'}${html`<b>${1}</b>`}${[null, undefined, false, 'a', ['b']]}</p>`.markup,
    '<p title="&quot;">&lt;&amp;&gt;<b>1</b>ab</p>',
  );
});

t.test('shortens without cutting a character in two', async (t) => {
  t.equal(shortened('short', 5), 'short');
  t.equal(shortened('longer', 5), 'long…');
  t.equal(shortened('😀😀😀😀', 3), '😀😀…');
});

t.test('shows the availability of each component for the time that is known', async (t) => {
  const history = new AvailabilityHistory();
  history.replace({
    day: new Map([['backend', new Map([[Math.floor(nowSeconds / 1800) * 1800, 0.5]])]]),
    month: new Map([['backend', new Map([[Math.floor(nowSeconds / 86_400) * 86_400, 0.99999]])]]),
  });
  const shown = page({}, { history });
  t.match(seen(shown), /backend .*24 h 50\.00 % 30 days 99\.99 % /, 'rounded down: less than all of the time');
  t.match(
    shown,
    /<svg class="strip"[^>]*><rect class="track" x="0" width="47" height="10"\/><rect class="down" x="47" width="1"/,
  );
  t.match(seen(shown), /database .*24 h – 30 days –/, 'unknown is not 100 %');
  t.notMatch(seen(page({})), 'Available', 'a report about one moment has none');
});

t.test('a component in trouble has links to runbook, board, alerts and a silence', async (t) => {
  const alertmanager = (url: string, job?: string) => ({
    alertmanager: { url, intervalSeconds: 15, timeoutSeconds: 5, http: httpSettings(), ...(job && { job }) },
  });
  const trouble = { readings: [refused('database', 7), reading('backend')] };
  const config = { grafanaUrl: 'https://grafana.example.com', ...alertmanager('http://alerts.example.com/am') };
  const shown = page({ ...trouble, config });
  for (const address of [
    './runbooks/AiCrmComponentDown',
    'https://grafana.example.com/d/aicrm-services?var-component=database',
    'http://alerts.example.com/am/#/alerts?filter=%7Bcomponent%3D%22database%22%7D',
    'http://alerts.example.com/am/#/silences/new?filter=%7Bcomponent%3D%22database%22%7D',
  ])
    t.match(shown, `<a href="${address}">`, address);
  t.match(seen(shown), 'in a row runbook board alerts silence 0.8 ms');
  t.notMatch(shown, 'component%3D%22backend', 'none for healthy components');
  const ofMany = page({ ...trouble, config: { ...config, ...alertmanager('http://alerts.example.com', 'crm 2') } });
  const filter = encodeURIComponent('{job="crm 2",component="database"}');
  t.match(ofMany, `silences/new?filter=${filter}"`, 'a silence covers only this AI-CRM');
  t.match(ofMany, `alerts?filter=${filter}"`);
  t.match(ofMany, 'var-component=database&amp;var-job=crm%202"');
  const inside = { ...trouble, config: alertmanager('http://alertmanager:9093') };
  t.notMatch(page(inside), 'alertmanager:9093', 'a container name is not a host name for people');
  t.notMatch(page(trouble, { links: false }), 'runbooks/', 'a file has no other pages');
});

t.test('of several causes the one with the most dependants is first', async (t) => {
  const down = (name: string) => refused(name, 3);
  const components = [
    component('api', { dependsOn: ['store'] }),
    component('cache'),
    component('jobs', { dependsOn: ['store'] }),
    component('store'),
  ];
  t.match(
    seen(page({ components, readings: ['api', 'cache', 'jobs', 'store'].map(down) })),
    /Level Component.* store .* cache .* api .* jobs /,
  );
});

t.test('heartbeat jobs have their own table, and the first missing one is in the headline', async (t) => {
  const { heartbeats, clock } = await heartbeatsOf([
    job('backup', { about: { labels: {}, description: 'Everything <b>else</b>' } }),
    job('sync', { severity: 'warning' }),
  ]);
  await heartbeats.report('sync', { kind: 'success' });
  await heartbeats.report('backup', { kind: 'start' });
  clock.advance(65);
  await heartbeats.report('backup', { kind: 'failure', exitStatus: 2, message: '<script>' });
  const service = fixtureService({ components: [], readings: [], heartbeats });
  const page = renderStatusPage({
    overview: { ...service.overview(), atSeconds: clock.nowSeconds() },
    config: service.config(),
    figures: service.figures(),
    version: '1.0.0',
    links: true,
  });
  t.match(page, 'job backup: failed ');
  t.match(
    page,
    /<h2 id="heartbeats">Heartbeats<\/h2>[^]*?backup[^]*?Everything &lt;b&gt;else[^]*?&lt;script&gt;[^]*?1 min 5 s[^]*?every 1 h[^]*?sync/,
  );
  t.notMatch(page, '<script>');
  const none = fixtureService({ components: [], readings: [] });
  t.notMatch(
    renderStatusPage({
      overview: none.overview(),
      config: none.config(),
      figures: none.figures(),
      version: '1',
      links: true,
    }),
    'Heartbeats',
  );
});

t.test('the banner counts the components by level, the worst first, and not a single one', async (t) => {
  const components = ['a', 'b', 'c', 'd', 'e'].map((name) => component(name));
  const readings = [refused('a'), reading('b', { level: 'warning' }), reading('d'), reading('e')];
  t.match(
    banner({ components, readings, maintenance: ['e'] }),
    / CRITICAL 1 WARNING 1 UNKNOWN 1 HEALTHY 1 MAINTENANCE 1 $/,
  );
  t.match(banner({ components: components.slice(3), readings }), / HEALTHY 2 $/, 'only what there is');
  t.match(banner({ components: components.slice(4), readings }), /answers as expected\. $/);
});

t.test('each table has its headings', async (t) => {
  const headings = (title: string, options: Partial<FixtureOptions>, history?: AvailabilityHistory) => {
    const section =
      page(options, history && { history })
        .split(`>${title}</h2>`)[1]
        ?.split('</section>')[0] ?? '';
    return [...section.matchAll(/scope="col">([^<]*)</g)].map(([, heading]) => heading).join(', ');
  };
  t.equal(headings('Components', {}), 'Level, Component, Last probe, Response, Probed');
  const certificate = { expiryTimestampSeconds: nowSeconds, verified: true };
  t.equal(
    headings('Components', { readings: [reading('backend', { certificate })] }, new AvailabilityHistory()),
    'Level, Component, Last probe, Response, Available, Probed, Certificate',
  );
  t.equal(headings('Transactions', own), 'Level, Transaction, Last run, Ran');
  t.equal(headings('Data sources', own), 'State, Data source, Last answer, Asked');
});

t.test('each resource of the host has its own limit, and problems come first', async (t) => {
  const thresholds = resolveThresholds({}, () => {});
  const limits = {
    cpuUsageRatio: { warning: 0.5, critical: 0.9 },
    memoryUsageRatio: { warning: 0.6, critical: 0.9 },
    diskUsageRatio: { warning: 0.7, critical: 0.9 },
  };
  const readings = [
    hostReading('cpu', 0.25),
    hostReading('memory', 0.65, { level: 'warning' }),
    hostReading('/', 0.95, { level: 'critical' }),
  ];
  const shown = page({ readings, config: { thresholds: { ...thresholds, ...limits } } });
  t.match(
    seen(shown),
    '/ ✖ CRITICAL 95 % used warning above 70 % memory ▲ WARNING 65 % used warning above 60 % cpu ✔ HEALTHY 25 % used warning above 50 %',
  );
  t.match(shown, '<rect class="value" width="25" height="6"/><rect class="tick" x="49.5"');
  const disks = (count: number) =>
    seen(page({ readings: [...readings, ...Array.from({ length: count }, (_, i) => hostReading(`/m${i}`, 0.1))] }));
  t.notMatch(disks(7), 'all HEALTHY');
  t.match(disks(8), /10 % used warning above 90 % 1 more, all HEALTHY \/m7 ✔ HEALTHY/);
  t.notMatch(page({ readings: [] }), '<h2>Host</h2>');
});

t.test('the collectors that fail or are overdue are listed, the others are counted', async (t) => {
  const shown = (options: Partial<FixtureOptions>) =>
    seen(page({ components: [], ...options })).split(' Collectors ')[1];
  t.match(shown({ readings: [] }), /^None has run yet\. metrics/);
  t.match(shown({ readings: calmHost }), /^3 collectors, none failing, none overdue\. metrics/);
  t.match(
    shown({ readings: calmHost, failed: { tasks: 'no answer' } }),
    /^tasks ✖ failing no answer ran 12 s ago, due every 30 s 4 collectors in all\. metrics/,
  );
  t.match(
    shown({ readings: calmHost.slice(0, 1), ageSeconds: 91 }),
    /^host:cpu ▲ overdue ran 1 min 31 s ago, due every 30 s 1 collector in all\. metrics/,
  );
});

t.test('the foot of the page has the version and, unless told otherwise, links /metrics', async (t) => {
  t.match(page({}), '<a href="./metrics">metrics</a>');
  t.match(page({}, { telemetryPath: '/own' }), '<a href="./own">metrics</a>');
  t.match(seen(page({})), 'ai-crm-exporter 9.8.7 · levels show the last probe');
  t.match(seen(page({})), 'AI-CRM 2026-11-23 08:15:30 UTC · refreshes every 30 s');
});

t.test('a headline of others is cut, and so are its remarks', async (t) => {
  const long = 'x'.repeat(400);
  const cut = banner({ components: [component('a')], readings: [{ ...refused('a'), message: long }] });
  t.match(cut, /a: x{176}… 3 failed/);
  const names = ['b', 'c', 'd'].map((name) => name.repeat(200));
  const many = ['a', ...names];
  t.match(
    banner({ components: many.map((name) => component(name)), readings: many.map((name) => refused(name, 1)) }),
    /also CRITICAL: b{200}, c+… CRITICAL 4/,
  );
});

t.test('a page about nothing has nothing but what it says', async (t) => {
  t.equal(
    seen(page({ components: [], readings: [], config: { name: 'Shop' } })).trim(),
    '? UNKNOWN – Shop Shop 2026-11-23 08:15:30 UTC · refreshes every 30 s ? UNKNOWN Nothing is watched: no component is configured. Components No component is configured. Collectors None has run yet. metrics status as JSON metrics as JSON runbooks configuration service discovery readiness ai-crm-exporter 9.8.7 · levels show the last probe; alerts wait until a condition lasts',
  );
  t.notMatch(page({}), 'class="remarks"', 'no empty line under the sentence');
});

t.test('only a source that is down is marked, with its reason if there is one', async (t) => {
  const rows = page(ownBut(sourceReading('shop', { up: false, message: 'gone' }), off('ai_crm_users')));
  const row = (name: string) => rows.split('<tr role="row" ').find((part) => part.includes(`<bdi>${name}</bdi>`)) ?? '';
  t.match(row('shop'), /^class="critical">\n<td role="cell" class="is"><span class="level critical">/);
  t.match(row('shop'), '<div class="facts">numbers are missing</div></td>');
  t.match(row('ai_crm_tasks'), /^class="">\n<td role="cell" class="is"><span class="level healthy">/);
  t.match(row('ai_crm_users'), '<span class="level off">');
  t.notMatch(rows, 'class="notices"');
});

t.test('each step of a transaction that failed is marked, and a transaction without a run has no steps', async (t) => {
  const steps = (change: Parameters<typeof transactionReading>[1]) =>
    /<ol class="steps".*?<\/ol>/s.exec(page(ownBut(transactionReading('delegate', change))))?.[0];
  const step = (name: string, reason: 'body' | null = null) => ({ name, durationSeconds: 1, reason });
  const shown = steps({ failedStep: 'c', steps: [step('a'), step('b', 'body'), step('c')] }) ?? '';
  t.same(
    [...shown.matchAll(/<li class="(.*?)">(.*?)<\/li>/g)].map(([, look, text]) => [look, seen(text ?? '').trim()]),
    [
      ['', 'a 1 s'],
      ['failed', '✖ b 1 s'],
      ['failed', '✖ c 1 s'],
    ],
  );
  t.equal(steps({ steps: [] }), undefined);
  t.match(seen(page({ ...own, readings: calmReadings })), '? UNKNOWN delegate not run yet never');
});
