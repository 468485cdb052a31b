import t from 'tap';
import { Lanes } from '../../src/access/lanes.js';
import { mayFreeze } from '../../src/access/sender.js';
import type { Config } from '../../src/config/config.js';
import { identityOf } from '../../src/net/http-headers.js';
import { askedUrls, originName } from '../../src/net/origin-name.js';
import { config, httpComponent } from '../support/config.js';
import { aiCrm, never } from '../support/data.js';
import { ManualClock } from '../support/manual-clock.js';
import { RecordedLog } from '../support/recorded-log.js';

const well = { reason: null, isSlow: false };
const hung = { reason: 'timeout', isSlow: true } as const;
const real = identityOf({ status: 'healthy', config_loaded: true });

/**
 * The lanes of a configuration. `isSpared`: whether a hanging query to a server, by default AI-CRM, excuses a probe of
 * the component. `waitsForSign`: whether a query waits until a health check shows that the server is free.
 */
function setup(changes: Partial<Config>) {
  const clock = new ManualClock();
  const log = new RecordedLog();
  const lanes = new Lanes(clock, log);
  const settings = config(changes);
  lanes.configure(settings);
  const probe = (
    component: string,
    end: Parameters<ReturnType<Lanes['gateFor']>['endProbe']>[1] = well,
    identity?: string,
  ) => {
    const gate = lanes.gateFor(component);
    const ticket = gate.beginProbe();
    return ticket !== undefined && gate.endProbe(ticket, end, identity);
  };
  const isSpared = async (component: string, url = settings.aiCrm?.url ?? '') => {
    for (const { name } of settings.components) probe(name);
    const lane = lanes.laneOf(url);
    await lane.enter(never, { source: 'tasks', mayFreeze: true, isCleanup: true });
    await clock.pass(30);
    lane.leave('timeout');
    return probe(component, hung);
  };
  /** Asks for the turn of a query. Returns whether it has come. */
  const query = (url = settings.aiCrm?.url ?? '') => {
    let hasTurn = false;
    void lanes
      .laneOf(url)
      .enter(never, { source: 'x', mayFreeze: true, isCleanup: false })
      .then(() => (hasTurn = true));
    return async () => {
      await clock.pass(0);
      return hasTurn;
    };
  };
  const waitsForSign = async (url?: string) => {
    for (const { name } of settings.components) probe(name);
    // Long enough for any freeze before.
    await clock.pass(14_400);
    return !(await query(url)());
  };
  return { clock, log, lanes, probe, isSpared, query, waitsForSign };
}

const direct = httpComponent('backend', 'http://127.0.0.1:8000/health');
const api = httpComponent('api', 'https://crm.example/api/health');
const gateway = httpComponent('gateway', 'https://crm.example/health');
const other = httpComponent('other', 'https://other.example/health');
const socket = { ...httpComponent('socket', 'tcp://127.0.0.1:8000'), kind: 'tcp' } as unknown as typeof other;
const otherSource = { url: 'https://other.example/numbers' } as Config['jsonSources'][number];

t.test(
  'components at the origin of ai_crm are spared, however the origin is written, and others are not',
  async (t) => {
    const changes = { components: [direct, api, other], aiCrm: aiCrm({ url: 'http://localhost:8000' }) };
    t.equal(await setup(changes).isSpared('backend'), true);
    for (const name of ['api', 'other']) t.equal(await setup(changes).isSpared(name), false, name);
  },
);

t.test(
  'components that ai_crm.components names are spared, and all that depend on a spared one, directly or not',
  async (t) => {
    const url = 'http://127.0.0.1:8000';
    t.equal(
      await setup({ components: [direct, api], aiCrm: aiCrm({ url, components: ['api'] }) }).isSpared('api'),
      true,
    );
    const { lanes } = setup({ components: [direct, api], aiCrm: aiCrm({ url, components: ['api'] }) });
    t.equal(lanes.laneOf('https://crm.example/tasks'), lanes.laneOf(url), 'and so are data requests to them');
    const chain = [direct, { ...api, dependsOn: ['gateway'] }, { ...gateway, dependsOn: ['backend'] }, other];
    for (const [name, isExpected] of [
      ['api', true],
      ['gateway', true],
      ['other', false],
    ] as const) {
      t.equal(await setup({ components: chain, aiCrm: aiCrm({ url }) }).isSpared(name), isExpected, name);
    }
  },
);

t.test('components behind a gateway at the address of ai_crm are spared too', async (t) => {
  const changes = {
    components: [{ ...gateway, dependsOn: ['backend'] }, direct],
    aiCrm: aiCrm({ url: 'https://crm.example/api' }),
  };
  t.equal(await setup(changes).isSpared('backend'), true);
  const below = { components: [{ ...api, dependsOn: ['other'] }, other], aiCrm: changes.aiCrm };
  t.equal(await setup(below).isSpared('other'), false, 'but not what AI-CRM itself depends on');
});

t.test('components at the address of any other data source are spared too', async (t) => {
  const { isSpared, lanes } = setup({ components: [other, api], jsonSources: [otherSource] });
  t.equal(await isSpared('other', otherSource.url), true);
  t.equal(await isSpared('api', otherSource.url), false);
  t.equal(lanes.isOfAiCrm(lanes.laneOf(otherSource.url)), false);
  const { lanes: both } = setup({ components: [], aiCrm: aiCrm({ url: 'http://127.0.0.1:8000' }) });
  t.equal(both.isOfAiCrm(both.laneOf('http://localhost:8000')), true);
});

t.test('a query waits for a sign only if a health check shows it: one of the server, and not of a proxy', async (t) => {
  const url = 'https://crm.example/api';
  const cases: readonly (readonly [isExpected: boolean, components: (typeof other)[], aiCrm?: object, url?: string])[] =
    [
      [true, [api]],
      [false, [gateway]],
      [true, [gateway], { url: 'https://crm.example' }],
      [true, [{ ...gateway, dependsOn: ['backend'] }, direct]],
      [false, [gateway, { ...other, dependsOn: ['gateway'] }]],
      [true, [other], { url, components: ['other'] }],
      [true, [other], { url }, otherSource.url],
      [false, [other], { url }],
    ];
  for (const [isExpected, components, changes = { url }, asked] of cases)
    t.equal(
      await setup({ components, aiCrm: aiCrm(changes), jsonSources: [otherSource] }).waitsForSign(asked),
      isExpected,
      JSON.stringify([components.map(({ name }) => name), changes, asked]),
    );
});

t.test(
  'after a start a query to AI-CRM waits for one health check of each component, others only for theirs',
  async (t) => {
    const { probe, query } = setup({
      components: [direct, { ...gateway, dependsOn: ['socket'] }, other, socket],
      aiCrm: aiCrm({ url: 'https://crm.example/api', components: ['backend'] }),
      jsonSources: [otherSource],
    });
    const hasTurn = query();
    const hasTurnElsewhere = query(otherSource.url);
    probe('gateway');
    probe('backend');
    t.equal(await hasTurn(), false);
    probe('other', null);
    t.equal(await hasTurn(), false, 'a cancelled one does not count');
    t.equal(await hasTurnElsewhere(), false);
    probe('other');
    t.equal(await hasTurn(), true);
    t.equal(await hasTurnElsewhere(), true);
  },
);

t.test('only AI-CRM has a share of time, and all freezes are counted', async (t) => {
  const { lanes, clock } = setup({
    components: [],
    aiCrm: aiCrm({ url: 'http://127.0.0.1:8000', freezeLimitRatio: 0.5 }),
    jsonSources: [otherSource],
  });
  for (const [url, seconds] of [
    ['http://127.0.0.1:8000', 100],
    [otherSource.url, 7],
  ] as const) {
    await lanes.laneOf(url).enter(never, { source: 'x', mayFreeze: true, isCleanup: false });
    await clock.pass(seconds);
    lanes.laneOf(url).leave('answered');
  }
  t.equal(lanes.laneOf('http://127.0.0.1:8000').notBeforeSeconds, 100 / 0.5 - 60);
  t.equal(lanes.laneOf(otherSource.url).notBeforeSeconds, Number.NEGATIVE_INFINITY);
  t.equal(lanes.frozenSeconds, 107);
});

t.test('a probe of a component that is not configured is postponed by its address', async (t) => {
  const url = 'http://127.0.0.1:8000';
  const { lanes } = setup({ components: [direct, other], aiCrm: aiCrm({ url }) });
  const laneOf = (component: string, asked?: string) => lanes.gateFor(component, asked).beginProbe()?.lane;
  t.equal(laneOf('new', `${url}/health`), lanes.laneOf(url));
  for (const asked of ['https://elsewhere.example/', 'nonsense', undefined]) t.equal(laneOf('new', asked), undefined);
  t.equal(laneOf('other', url), undefined, 'a configured one by its own address');
  await lanes.laneOf('https://third.example/').enter(never, { source: 'x', mayFreeze: false, isCleanup: false });
  t.equal(lanes.gateFor('new', 'https://third.example/health').beginProbe(), undefined);
});

t.test(
  'a component with the health answer of AI-CRM is recognised, logged once, and no longer recognised when its answer changes',
  async (t) => {
    const { isSpared, probe, log } = setup({
      components: [direct, api, other],
      aiCrm: aiCrm({ url: 'http://127.0.0.1:8000' }),
    });
    for (let i = 0; i < 3; i++) {
      probe('api', well, real);
      probe('backend', well, real);
      probe('other', well, identityOf({ status: 'healthy', version: '2' }));
    }
    t.equal(log.lines.length, 1);
    t.match(log.lines[0], { message: /answered by the AI-CRM of ai_crm/ });
    t.equal(await isSpared('api'), true);
    probe('api', well, identityOf({ status: 'healthy', config_loaded: false }));
    t.equal(await isSpared('api'), false);
  },
);

t.test('a component is recognised whichever answers first, and when the answer of AI-CRM changes', async (t) => {
  const next = identityOf({ status: 'healthy', config_loaded: false });
  const changes = { components: [direct, api], aiCrm: aiCrm({ url: 'http://127.0.0.1:8000' }) };
  const { isSpared, probe, waitsForSign } = setup(changes);
  probe('api', well, real);
  probe('backend', well, real);
  t.equal(await isSpared('api'), true);
  probe('backend', well, next);
  t.equal(await isSpared('api'), false);
  probe('api', well, next);
  t.equal(await isSpared('api'), true);
  t.equal(await waitsForSign(), true);
  const proxied = setup({ components: [gateway, other], aiCrm: aiCrm({ url: 'https://crm.example/api' }) });
  for (const name of ['gateway', 'other']) proxied.probe(name, well, real);
  t.equal(await proxied.isSpared('other'), false, 'the answer of a proxy says nothing about AI-CRM');
});

t.test('AI-CRM is asked who it is only when no health check of it shows that', async (t) => {
  const url = 'http://127.0.0.1:8000';
  const { lanes, probe, isSpared, waitsForSign } = setup({ components: [api], aiCrm: aiCrm({ url }) });
  t.equal(lanes.wantsIdentity, true);
  probe('api', well, real);
  lanes.identify(real);
  t.equal(lanes.wantsIdentity, false);
  t.equal(await isSpared('api'), true);
  lanes.identify(undefined);
  t.equal(lanes.wantsIdentity, true);
  t.equal(await isSpared('api'), false);
  lanes.identify(real);
  t.equal(await waitsForSign(), true, 'it answers for AI-CRM');
  lanes.configure(config({ components: [api], aiCrm: aiCrm({ url }) }));
  t.equal(lanes.wantsIdentity, false, 'a reload keeps it');
  lanes.configure(config({ components: [api], aiCrm: aiCrm({ url: 'http://127.0.0.1:9000' }) }));
  t.equal(lanes.wantsIdentity, true, 'another AI-CRM is unknown');
  lanes.configure(config({ components: [api] }));
  t.equal(lanes.wantsIdentity, false);
  t.equal(setup({ components: [direct, api], aiCrm: aiCrm({ url }) }).lanes.wantsIdentity, true);
  t.equal(setup({ components: [direct], aiCrm: aiCrm({ url }) }).lanes.wantsIdentity, false, 'no other component');
});

t.test('several health checks of AI-CRM with different answers all identify it', async (t) => {
  const database = httpComponent('database', 'http://127.0.0.1:8000/db/health');
  const pool = identityOf({ status: 'healthy', pool: 'main' });
  const { isSpared, probe, log } = setup({
    components: [direct, database, api, other],
    aiCrm: aiCrm({ url: 'http://127.0.0.1:8000' }),
  });
  for (let i = 0; i < 3; i++) {
    probe('backend', well, real);
    probe('database', well, pool);
    probe('api', well, real);
    probe('other', well, pool);
  }
  t.same(
    log.lines.map(({ fields }) => fields['component']),
    ['api', 'other'],
    'logged once per component, however often the answers alternate',
  );
  t.equal(await isSpared('other'), true);
});

t.test('data requests to an address that leads to AI-CRM wait in the lane of AI-CRM', async (t) => {
  const { lanes, probe } = setup({
    components: [direct, api],
    aiCrm: aiCrm({ url: 'http://127.0.0.1:8000' }),
    jsonSources: [{ url: 'https://crm.example/api/tasks' } as Config['jsonSources'][number]],
  });
  t.not(lanes.laneOf('https://crm.example/api/tasks'), lanes.laneOf('http://localhost:8000/tasks'));
  probe('backend', well, real);
  probe('api', well, real);
  t.equal(lanes.laneOf('https://crm.example/api/tasks'), lanes.laneOf('http://localhost:8000/tasks'));
});

t.test(
  'a transaction with paths that only AI-CRM has waits in the lane of AI-CRM, also when nothing is watched',
  (t) => {
    const laneOf = (paths: readonly string[], watched: Config['components'][number] = direct) => {
      const steps = paths.map((path) => ({ url: `https://crm.example${path}` }));
      const { lanes } = setup({
        components: [watched],
        aiCrm: aiCrm({ url: 'http://127.0.0.1:8000' }),
        transactions: [{ steps, cleanup: [] } as unknown as Config['transactions'][number]],
      });
      return lanes.laneOf('https://crm.example/') === lanes.laneOf('http://127.0.0.1:8000');
    };
    for (const paths of [
      ['/api/auth/login', '/api/tasks'],
      ['/agents/suggest'],
      ['/x', '/api/analytics/task-completion'],
    ])
      t.equal(laneOf(paths), true, paths.join(' '));
    for (const paths of [['/api/tasks'], ['/auth/login', '/orders'], ['/agents']])
      t.equal(laneOf(paths), false, paths.join(' '));
    t.equal(laneOf(['/api/pm/analyze'], gateway), true, 'also where something is watched that is not AI-CRM');
    const { isSpared } = setup({
      components: [direct, gateway],
      aiCrm: aiCrm({ url: 'http://127.0.0.1:8000' }),
      jsonSources: [{ url: 'https://crm.example/api/analytics/task-completion' } as Config['jsonSources'][number]],
    });
    return isSpared('gateway').then((isIt) => t.equal(isIt, false, 'a proxy that answers by itself'));
  },
);

t.test('a health answer identifies a server by constant fields that not every server has', async (t) => {
  const anonymous = [
    { status: 'ok' },
    { status: 'healthy', timestamp: '2026-11-29T10:00:00', uptime_seconds: 7 },
    {},
    [],
    'healthy',
    null,
    { components: { database: {} } },
  ];
  for (const body of anonymous) t.equal(identityOf(body), undefined, JSON.stringify(body));
  t.equal(
    identityOf({ status: 'healthy', version: '1.2', uptime: 5 }),
    identityOf({ uptime: 9, version: '1.2', status: 'degraded' }),
  );
  t.not(identityOf({ status: 'healthy', version: '1.2' }), identityOf({ status: 'healthy', version: '1.3' }));
  t.not(identityOf({ status: 'healthy', version: '1.2' }), identityOf({ ok: true, version: '1.2' }));
});

t.test('requests that AI-CRM answers by itself do not freeze it, all others may', async (t) => {
  for (const path of [
    '/auth/login',
    '/auth/me',
    '/agents',
    '/agents/suggest',
    '/pm/analyze',
    '/users/admin/stats',
    '/health',
  ])
    t.notOk(mayFreeze(`http://crm/api${path}?x=1`), path);
  for (const path of ['/tasks', '/tasks/auth', '/analytics/task-completion', '/agents/metrics', '/', '/auth/me/tasks'])
    t.ok(mayFreeze(`http://crm${path}`), path);
});

t.test('the same server has one name, however its machine is called', async (t) => {
  t.equal(originName('http://127.0.0.1:8000/tasks?x=1'), 'http://localhost:8000');
  t.equal(originName('http://user:secret@localhost:8000'), 'http://localhost:8000');
  t.equal(originName('https://[::1]/'), 'https://localhost');
  t.equal(originName('https://crm.example/'), 'https://crm.example');
  t.equal(originName('{{base}}/x'), undefined);
  t.same(askedUrls(config()), []);
  const { lanes } = setup({ components: [direct], aiCrm: aiCrm({ url: 'http://127.0.0.1:8000' }) });
  t.equal(
    lanes.laneOf('http://localhost:8000/').name,
    'http://127.0.0.1:8000',
    'messages have the name of the configuration',
  );
});
