import t from 'tap';
import { type LiveViewOptions, lineOfChange, renderLiveView } from '../../../simulator/demo/live-view.js';
import type { Part } from '../../../simulator/demo/programs.js';
import { lineOfAlert, linesOfStackChange, type ShownAlert } from '../../../simulator/demo/stack-view.js';
import type { Level } from '../../../src/base/level.js';
import { columnsOf } from '../../../src/base/terminal-text.js';
import type { ComponentReading } from '../../../src/collector.js';
import { ordinary } from '../../../src/config/sections/about-component.js';
import type { ComponentOverview, Overview } from '../../../src/status/overview.js';
import { forbidden, measureReading, off, sourceReading, transactionReading } from '../../support/service-fixture.js';

const atSeconds = Date.UTC(2026, 2, 1, 14, 3, 22) / 1000;

function component(
  name: string,
  level: Level,
  reading: Partial<ComponentReading> = {},
  more: Partial<ComponentOverview> = {},
): ComponentOverview {
  return {
    name,
    target: 'http://127.0.0.1:8000/health',
    kind: 'http',
    level,
    countsAs: level,
    ...ordinary,
    inMaintenance: false,
    dependsOn: [],
    suspects: [],
    responseThreshold: { warning: 2, critical: 5 },
    reading: {
      subject: 'component',
      name,
      target: '',
      kind: 'http',
      level,
      up: level !== 'critical',
      reason: null,
      message: '200 healthy',
      responseSeconds: 0.0023,
      phases: {},
      checks: [],
      failuresInARow: 0,
      headers: [],
      log: [],
      takenAtSeconds: atSeconds,
      collector: '',
      ...reading,
    },
    ...more,
  };
}

function waiting(name: string): ComponentOverview {
  const { reading: _none, ...rest } = component(name, 'unknown');
  return rest;
}

const overview: Overview = {
  name: 'AI-CRM',
  level: 'critical',
  levelWithoutHost: 'critical',
  wholeInMaintenance: false,
  atSeconds,
  components: [
    component('postgres', 'critical', {
      reason: 'connect',
      message: 'connection refused by 127.0.0.1:5432',
      responseSeconds: 0.0004,
    }),
    component(
      'database',
      'critical',
      { reason: 'status', message: '503 with health word "unhealthy" in a body that goes on for a long while' },
      { suspects: ['postgres'] },
    ),
    component(
      'frontend',
      'warning',
      { message: '200, but took 2.51 s', responseSeconds: 2.51 },
      { inMaintenance: true },
    ),
    waiting('gateway'),
    component('backend', 'healthy', { responseSeconds: 0.234 }),
  ],
  host: [
    {
      subject: 'host',
      name: 'cpu',
      resource: 'cpu',
      level: 'healthy',
      usageRatio: 0.124,
      message: '12 % busy',
      takenAtSeconds: atSeconds,
      collector: '',
    },
    {
      subject: 'host',
      name: 'disk /',
      resource: 'disk',
      level: 'warning',
      usageRatio: 0.913,
      message: '91 % of 50 GB',
      takenAtSeconds: atSeconds,
      collector: '',
    },
  ],
  measures: [],
  transactions: [],
  heartbeats: [],
  sources: [],
  collectors: [],
};

const options: LiveViewOptions = {
  width: 80,
  colour: false,
  urls: {
    metrics: 'http://localhost:10059/metrics',
    status: 'http://localhost:10059/',
    control: 'http://127.0.0.1:10060/',
  },
  faults: [
    { service: 'frontend', fault: { kind: 'slow', seconds: 2.5 } },
    { service: 'postgres', fault: { kind: 'refuse' } },
  ],
  numbers: { tasksByColumn: null, agents: null, usersByState: null },
};

t.test('shows every component, the host, the faults and the addresses in 80 columns', async (t) => {
  t.equal(
    renderLiveView(overview, options),
    `AI-CRM  ✖ CRITICAL  14:03:22 UTC

COMPONENT  LEVEL       RESPONSE  ANSWER
postgres   ✖ CRITICAL    0.4 ms  connection refused by 127.0.0.1:5432
database   ✖ CRITICAL    2.3 ms  look at postgres first; 503 with health word "…
frontend   ▲ WARNING     2.51 s  maintenance; 200, but took 2.51 s
gateway    ? UNKNOWN          -  not probed yet
backend    ✔ HEALTHY     234 ms  200 healthy

Host     ✔ cpu 12 %   ▲ disk / 91 %
Faults   frontend: slow, 2.5 s · postgres: refuse

Metrics  http://localhost:10059/metrics
Status   http://localhost:10059/
Switch   http://127.0.0.1:10060/
`,
  );
});

t.test('the headline is about AI-CRM: a busy host is shown only on its own line', async (t) => {
  const [cpu] = overview.host;
  const busy = cpu === undefined ? [] : [{ ...cpu, level: 'critical' as const, usageRatio: 1 }];
  const text = renderLiveView({ ...overview, level: 'critical', levelWithoutHost: 'healthy', host: busy }, options);
  t.match(text, /^AI-CRM  ✔ HEALTHY /);
  t.match(text, /^Host     ✖ cpu 100 %$/m);
});

/** A failed transaction, a slow measure, and a source that is down. */
const own: Pick<Overview, 'transactions' | 'measures' | 'sources'> = {
  transactions: [
    {
      name: 'delegate',
      level: 'critical',
      collector: '',
      reading: {
        ...transactionReading('delegate', { message: 'suggest: no answer' }),
        takenAtSeconds: atSeconds,
        collector: '',
      },
    },
    { name: 'later', level: 'unknown', collector: '' },
  ],
  measures: [
    { ...measureReading('database', { level: 'warning', message: '4 s' }), takenAtSeconds: atSeconds, collector: '' },
  ],
  sources: [forbidden('ai_crm_users'), sourceReading('shop'), off('ai_crm_agents')].map((reading) => ({
    name: reading.name,
    collector: '',
    reading: { ...reading, takenAtSeconds: atSeconds, collector: '' },
  })),
};

t.test('shows transactions, measures and sources if there are any, and their changes', async (t) => {
  t.match(
    renderLiveView({ ...overview, ...own }, options),
    '\nInside   ✖ delegate   ? later   ▲ database\nSources  1 up   ✖ ai_crm_users\nFaults ',
  );
  const waiting = {
    name: 'w',
    collector: '',
    reading: { ...sourceReading('w', { up: false, isShared: true }), takenAtSeconds: atSeconds, collector: '' },
  };
  t.match(
    renderLiveView({ ...overview, ...own, sources: [...own.sources, waiting, waiting] }, options),
    '\nSources  1 up   ✖ ai_crm_users   ✖ 2 more\n',
  );
  t.match(renderLiveView({ ...overview, ...own, sources: [waiting] }, options), '\nSources  0 up   ✖ 1 down\n');
  const quiet = { ...overview, components: [], host: [] };
  t.equal(
    lineOfChange(quiet, { ...quiet, ...own }),
    '14:03:22 ✖ transaction delegate: CRITICAL (suggest: no answer)\n14:03:22 ▲ measure database: WARNING (4 s)\n',
  );
  t.equal(lineOfChange({ ...quiet, ...own }, { ...quiet, ...own }), '');
});

t.test('shows only the known numbers', async (t) => {
  const counted = (numbers: Partial<LiveViewOptions['numbers']>) =>
    renderLiveView(overview, { ...options, numbers: { ...options.numbers, ...numbers } });
  const tasksByColumn = [
    { word: 'To Do', count: 6 },
    { word: 'Done', count: 56 },
  ];
  t.match(
    counted({
      tasksByColumn,
      agents: 62,
      usersByState: [
        { word: 'total', count: 134 },
        { word: 'active', count: 27 },
      ],
    }),
    '\nNumbers  62 tasks   62 agents   134 users\n',
  );
  t.match(counted({ tasksByColumn, usersByState: [{ word: 'active', count: 27 }] }), '\nNumbers  62 tasks\n');
  t.notMatch(counted({}), 'Numbers');
});

t.test('uses a wider terminal, and never more than its width', async (t) => {
  t.match(renderLiveView(overview, { ...options, width: 160 }), 'in a body that goes on for a long while\n');
  for (const width of [10, 40, 79, 80, 81, 120, 160]) {
    for (const line of renderLiveView(overview, { ...options, width }).split('\n'))
      if (columnsOf(line) > width) t.fail(`${width}: ${line}`);
  }
});

t.test('colour only repeats the symbol and the word', async (t) => {
  const plain = renderLiveView(overview, options);
  const coloured = renderLiveView(overview, { ...options, colour: true });
  t.match(coloured, '\u001b[31m✖ CRITICAL\u001b[0m');
  t.equal(coloured.replace(/\u001b\[\d+m/g, '').replace(/ +$/gm, ''), plain);
  t.notMatch(plain, '\u001b');
});

t.test('a hostile message cannot control the terminal', async (t) => {
  const hostile = component('backend', 'critical', { message: 'a\u001b[2J\u009b31m\r\nb\u202ec\u0007' });
  const shown = renderLiveView({ ...overview, components: [hostile] }, options);
  t.match(shown, 'a\ufffd[2J\ufffd31m b\ufffdc\ufffd\n');
  const wide = component('backend', 'critical', { message: '数据库'.repeat(40) });
  for (const line of renderLiveView({ ...overview, components: [wide] }, options).split('\n'))
    t.ok(columnsOf(line) <= 80);
});

t.test('prints level changes only, one line each', async (t) => {
  const calm: Overview = {
    ...overview,
    level: 'healthy',
    components: [component('backend', 'healthy'), component('postgres', 'healthy'), waiting('gateway')],
    host: [],
  };
  t.equal(
    lineOfChange(undefined, calm),
    '14:03:22 ✔ backend: HEALTHY (200 healthy)\n14:03:22 ✔ postgres: HEALTHY (200 healthy)\n',
  );
  t.equal(lineOfChange(calm, { ...calm, atSeconds: atSeconds + 1 }), '');
  t.equal(
    lineOfChange(calm, { ...overview, components: overview.components.filter(({ name }) => name !== 'database') }),
    `14:03:22 ✖ postgres: HEALTHY -> CRITICAL (connection refused by 127.0.0.1:5432)
14:03:22 ▲ frontend: WARNING (maintenance; 200, but took 2.51 s)
14:03:22 ✔ cpu: HEALTHY (12 % busy)
14:03:22 ▲ disk /: WARNING (91 % of 50 GB)
`,
  );
});

const parts: readonly Part[] = [
  { name: 'Grafana', state: { kind: 'starting', version: '13.2.3', sinceSeconds: atSeconds - 4 } },
  {
    name: 'Prometheus',
    state: { kind: 'running', version: '3.14.0', url: 'http://127.0.0.1:9090', afterSeconds: 0.42 },
  },
  { name: 'Alertmanager', state: { kind: 'ended', why: 'address already in use' } },
];
const alerts: readonly ShownAlert[] = [
  {
    atSeconds: atSeconds - 60,
    status: 'firing',
    severity: 'critical',
    subject: 'postgres',
    summary: 'postgres is down: connect',
  },
  { atSeconds: atSeconds - 30, status: 'firing', severity: 'warning', subject: '', summary: 'The host is busy' },
  { atSeconds, status: 'resolved', severity: 'critical', subject: 'postgres', summary: 'postgres is down: connect' },
];

t.test('shows alerts in their order, and the addresses of the other programs beside our own', async (t) => {
  const [, shown = ''] = renderLiveView(overview, { ...options, stack: { parts, alerts } }).split('postgres: refuse\n');
  t.equal(
    shown,
    `
Alerts   14:02:22  ✖ critical  postgres  postgres is down: connect
         14:02:52  ▲ warning             The host is busy
         14:03:22  ✔ resolved  postgres  postgres is down: connect

Grafana       13.2.3 is starting: 4 s   Status   http://localhost:10059/
Prometheus    http://127.0.0.1:9090/    Metrics  http://localhost:10059/metrics
                                        Switch   http://127.0.0.1:10060/
Alertmanager  ✖ stopped: address already in use
`,
  );
  const narrow = renderLiveView(overview, { ...options, width: 60, stack: { parts, alerts: [] } });
  t.match(narrow, '\nAlerts   none: alerts need Prometheus and Alertmanager\n');
  t.match(narrow, '\nPrometheus    http://127.0.0.1:9090/\nStatus        http://localhost:10059/\n');
});

t.test('says how to get missing programs, in one line if it fits', async (t) => {
  const missing: readonly Part[] = [
    {
      name: 'Prometheus',
      state: {
        kind: 'unfit',
        why: 'not on PATH',
        getIt: ['apt install prometheus', 'https://prometheus.io/download/'],
      },
    },
  ];
  const shown = (width: number) =>
    renderLiveView(overview, { ...options, width, stack: { parts: missing, alerts: [] } });
  t.match(shown(90), '\nPrometheus    not on PATH; apt install prometheus or https://prometheus.io/download/\n');
  t.match(
    shown(80),
    '\nPrometheus    not on PATH\n              apt install prometheus or https://prometheus.io/download/\n',
  );
});

t.test('is no higher than the terminal: first fewer alerts, then no empty lines', async (t) => {
  const full = { ...options, stack: { parts, alerts } };
  const lines = (height: number) =>
    renderLiveView(overview, { ...full, height })
      .trimEnd()
      .split('\n');
  for (const height of [1, 10, 15, 16, 17, 18, 19, 24, 60]) t.ok(lines(height).length <= height, `${height} rows`);
  t.notMatch(lines(18).join('\n'), '14:02:52');
  t.match(lines(18).join('\n'), /14:03:22 {2}✔ resolved[^]*address already in use$/);
  t.match(lines(16).join('\n'), /^AI-CRM[^]*address already in use$/);
});

t.test('without a terminal it prints alerts and programs as lines', async (t) => {
  t.equal(
    alerts.map(lineOfAlert).join(''),
    '14:02:22 ✖ alert critical postgres: postgres is down: connect\n14:02:52 ▲ alert warning: The host is busy\n14:03:22 ✔ alert resolved, critical postgres: postgres is down: connect\n',
  );
  t.equal(
    linesOfStackChange([], parts, atSeconds),
    '14:03:22 Grafana 13.2.3 is starting\n14:03:22 Prometheus is ready after 0.4 s: http://127.0.0.1:9090/\n14:03:22 ✖ Alertmanager stopped: address already in use\n',
  );
  t.equal(linesOfStackChange(parts, parts, atSeconds + 1), '');
});
