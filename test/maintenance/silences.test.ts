import t from 'tap';
import {
  askSilences,
  CurrentSilences,
  componentsOf,
  isMaintenanceOf,
  type Matcher,
  matchersOf,
  readSilences,
} from '../../src/maintenance/silences.js';
import { createResolver } from '../../src/net/resolve.js';
import { TlsContexts } from '../../src/net/tls.js';
import { httpSettings } from '../support/config.js';
import { cpuSeconds } from '../support/cpu-time.js';
import { httpAnswer, rawServer } from '../support/raw-server.js';

/** A matcher as `amtool` writes it: `component="backend"`, `=~`, `!=`, `!~`. */
function matcher(text: string): Matcher {
  const [, name = '', operator = '', value = ''] = /^(\w+)(=~|!~|!=|=)"(.*)"$/s.exec(text) ?? [];
  return { name, value, isRegex: operator.endsWith('~'), isEqual: operator.startsWith('=') };
}

t.test('a silence is maintenance of a component only if it covers all alerts of that component', async (t) => {
  const table: readonly [matchers: readonly string[], backend: boolean, other: boolean, everything: boolean][] = [
    [['component="backend"'], true, false, false],
    [['component=~"backend|redis"'], true, false, false],
    [['component=~"redis|back.*"'], true, false, false],
    [['component!="redis"'], true, true, true],
    [['component!~"redis|backend"'], false, true, true],
    [['component=~".+"'], true, true, false],
    [['alertname=~"AiCrm.+"', 'severity!="none"'], true, true, true],
    [['alertname=~"AiCrm.*"', 'component="backend"'], true, false, false],
    [['severity=~"warning|critical"', 'component="backend"'], true, false, false],
    [['area=~"services|slo"', 'component="backend"'], true, false, false],
    // It covers only one alert of the component, or half of them, so it is not maintenance.
    [['alertname="AiCrmComponentDown"', 'component="backend"'], false, false, false],
    [['severity="warning"', 'component="backend"'], false, false, false],
    [['area="services"', 'component="backend"'], false, false, false],
    [['component="backend"', 'instance="a:10059"'], false, false, false],
    // The job of this AI-CRM is not known.
    [['component="backend"', 'job="crm"'], false, false, false],
    // Unsupported expressions do not count.
    [['component=~"(backend)+"'], false, false, false],
    [['component!~"(redis)+"'], false, false, false],
    [['component=~"[a-z]+"'], false, false, false],
    [['component=~"backend|(redis)+"'], false, false, false],
    // Without an expression, a dot is a dot.
    [['component="back.nd"'], false, false, false],
  ];
  for (const [texts, ...expected] of table) {
    const silence = { matchers: texts.map(matcher) };
    t.strictSame(
      [
        isMaintenanceOf(silence, 'backend', undefined),
        isMaintenanceOf(silence, 'frontend', undefined),
        isMaintenanceOf(silence, null, undefined),
      ],
      expected,
      texts.join(),
    );
  }
});

t.test('with a job, silences of this job and of no job count', async (t) => {
  const of = (...texts: readonly string[]) => isMaintenanceOf({ matchers: texts.map(matcher) }, 'backend', 'crm');
  t.equal(of('component="backend"', 'job="crm"'), true);
  t.equal(of('component="backend"', 'job=~"crm|shop"'), true);
  t.equal(of('component="backend"', 'job="shop"'), false);
  t.equal(of('component="backend"'), true);
});

t.test('an expression that would make a backtracking engine run for hours is answered at once', async (t) => {
  const before = cpuSeconds();
  for (const value of ['(a+)+$', '.*.*.*.*.*.*.*.*.*x', `${'.*|'.repeat(2000)}x`, 'a'.repeat(100_000)]) {
    isMaintenanceOf(
      { matchers: [{ name: 'component', value, isRegex: true, isEqual: true }] },
      'a'.repeat(63),
      undefined,
    );
  }
  t.ok(cpuSeconds() - before < 1);
});

t.test('the silences of "maintenance start" are read back, and cover only those components', async (t) => {
  for (const job of [undefined, 'ai-crm']) {
    for (const components of [['backend'], ['backend', 'db.main:5432'], ['a-b', 'c_d', 'e'], 'all'] as const) {
      const matchers = matchersOf(components, job);
      t.strictSame(componentsOf({ matchers }, job), components);
      t.strictSame(componentsOf({ matchers: matchers.toReversed() }, job), components, 'in any order');
      if (components === 'all') t.ok(isMaintenanceOf({ matchers }, null, job));
      else for (const name of components) t.ok(isMaintenanceOf({ matchers }, name, job), name);
      t.equal(isMaintenanceOf({ matchers }, 'dbxmain:5432', job), components === 'all');
    }
  }
  t.equal(componentsOf({ matchers: [matcher('component="a"'), matcher('alertname="x"')] }, undefined), undefined);
  t.equal(componentsOf({ matchers: [matcher('component=~"back.*"')] }, undefined), undefined);
  t.equal(componentsOf({ matchers: [matcher('severity="warning"')] }, undefined), undefined);
  t.equal(componentsOf({ matchers: [matcher('component="a"'), matcher('job="other"')] }, 'ai-crm'), undefined);
});

t.test('expired silences and invalid entries of an answer are left out', async (t) => {
  const silence = {
    id: 'b',
    status: { state: 'active' },
    matchers: [{ name: 'component', value: 'a', isRegex: false }],
    startsAt: '2026-11-23T10:00:00.5Z',
    endsAt: '2026-11-23T12:00:00Z',
    createdBy: 'ali',
    comment: 'update',
  };
  t.strictSame(
    readSilences([
      silence,
      { ...silence, id: 'a', status: { state: 'pending' } },
      { ...silence, status: { state: 'expired' } },
      { ...silence, id: 5 },
      { ...silence, matchers: [] },
      { ...silence, matchers: [{ name: 'x' }] },
      { ...silence, endsAt: 'soon' },
      null,
      7,
    ]),
    [
      {
        id: 'a',
        matchers: [{ name: 'component', value: 'a', isRegex: false, isEqual: true }],
        startsAtSeconds: 1_795_428_000.5,
        endsAtSeconds: 1_795_435_200,
        createdBy: 'ali',
        comment: 'update',
      },
      {
        id: 'b',
        matchers: [{ name: 'component', value: 'a', isRegex: false, isEqual: true }],
        startsAtSeconds: 1_795_428_000.5,
        endsAtSeconds: 1_795_435_200,
        createdBy: 'ali',
        comment: 'update',
      },
    ],
  );
  t.equal(readSilences({ error: 'no' }), undefined);
});

const entry = {
  id: 'a',
  status: { state: 'active' },
  matchers: [{ name: 'component', value: 'a', isRegex: false, isEqual: true }],
  startsAt: '2026-11-23T10:00:00Z',
  endsAt: '2026-11-23T12:00:00Z',
  createdBy: 'ali',
  comment: 'update',
};

t.test('a silence counts only if all of its conditions are complete', async (t) => {
  const [condition] = entry.matchers;
  for (const wrong of [
    { status: 'active' },
    { status: null },
    { matchers: 'component="a"' },
    { matchers: [condition, null] },
    { matchers: [condition, { ...condition, name: 5 }] },
    { matchers: [condition, { ...condition, value: 5 }] },
    { matchers: [condition, { ...condition, isRegex: 'no' }] },
    { matchers: [condition, { ...condition, isEqual: 'yes' }] },
    { startsAt: 5 },
    { startsAt: 'soon' },
  ])
    t.same(readSilences([{ ...entry, ...wrong }]), [], JSON.stringify(wrong));
  t.match(readSilences([{ ...entry, createdBy: 5, comment: null }]), [{ createdBy: '', comment: '' }]);
});

t.test('the silence that ends first comes first, and then the one with the lower id', async (t) => {
  const ids = (...silences: readonly object[]) => readSilences(silences)?.map(({ id }) => id);
  const later = { ...entry, id: '0', endsAt: '2026-11-23T12:00:01Z' };
  t.same(ids(later, { ...entry, id: 'b' }, entry), ['a', 'b', '0']);
  t.same(ids(entry, { ...entry, id: 'b' }, later), ['a', 'b', '0']);
});

t.test('a silence is current from its first moment until before its last, for its own components', async (t) => {
  const silences = new CurrentSilences();
  const begin = Date.parse(entry.startsAt) / 1000;
  t.notOk(silences.isActive('a', begin), 'none is known yet');
  silences.replace(readSilences([entry]) ?? [], undefined);
  t.same(
    [begin - 1, begin, begin + 7199, begin + 7200].map((now) => silences.isActive('a', now)),
    [false, true, true, false],
  );
  t.notOk(silences.isActive('b', begin));
  t.notOk(silences.isActive(null, begin));
  t.equal(silences.active('a', begin)?.comment, 'update');
  const ofJob = { ...entry, matchers: [...entry.matchers, { name: 'job', value: 'crm', isRegex: false }] };
  silences.replace(readSilences([ofJob]) ?? [], 'shop');
  t.notOk(silences.isActive('a', begin), 'of another AI-CRM');
  silences.replace(readSilences([ofJob]) ?? [], 'crm');
  t.ok(silences.isActive('a', begin));
});

t.test('an expression is supported up to 4096 characters and three wildcards for each name', async (t) => {
  const covers = (value: string, component: string) =>
    isMaintenanceOf({ matchers: [{ name: 'component', value, isRegex: true, isEqual: true }] }, component, undefined);
  t.ok(covers(`a|${'b'.repeat(4094)}`, 'a'));
  t.notOk(covers(`a|${'b'.repeat(4095)}`, 'a'));
  t.ok(covers('.*a.+b.*', 'xaxbx'));
  t.notOk(covers('.*a.+b.*c.*', 'xaxbxcx'));
  t.ok(covers('a\\.b|c:/@ -x', 'a.b'));
  t.notOk(covers('a\\.b', 'axb'));
  t.ok(covers('a.b', 'axb'));
  t.notOk(covers('a', 'ab'), 'it matches the whole name');
  t.notOk(covers('b', 'ab'), 'it matches the whole name');
});

t.test('an answer of Alertmanager that is no list of silences is a failure that names the option', async (t) => {
  let [body, code] = [JSON.stringify([entry]), 200];
  let path = '';
  const server = await rawServer((socket, request) => {
    path = request.split(' ')[1] ?? '';
    socket.end(httpAnswer(body, { code }));
  });
  t.teardown(() => server.stop());
  const alertmanager = {
    url: `http://127.0.0.1:${server.port}/am`,
    http: httpSettings(),
    timeoutSeconds: 5,
    intervalSeconds: 60,
  };
  const prober = { resolve: createResolver(), tlsContexts: new TlsContexts(), userAgent: 'test' };
  const ask = () => askSilences(alertmanager, prober, new AbortController().signal);
  t.match(await ask(), [{ id: 'a' }]);
  t.equal(path, '/am/api/v2/silences');
  body = '{"error":"no"}';
  await t.rejects(ask(), {
    reason: 'json',
    message: 'the answer is not a list of silences; check alertmanager.url',
  });
  code = 404;
  await t.rejects(ask(), { message: /^404: this is not Alertmanager, .* check alertmanager\.url$/ });
});

t.test('the silence of all alerts has the matchers that the guide names', async (t) => {
  const all = [matcher('alertname=~"AiCrm.+"'), matcher('severity!="none"')];
  t.strictSame(matchersOf('all', undefined), all);
  t.strictSame(matchersOf('all', 'crm'), [matcher('job="crm"'), ...all]);
  t.strictSame(matchersOf(['a'], undefined), [matcher('component="a"')]);
  t.strictSame(matchersOf(['a', 'b.c'], undefined), [matcher('component=~"a|b\\.c"')]);
});
