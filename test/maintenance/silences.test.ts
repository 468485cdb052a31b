import t from 'tap';
import {
  componentsOf,
  isMaintenanceOf,
  type Matcher,
  matchersOf,
  readSilences,
} from '../../src/maintenance/silences.js';
import { cpuSeconds } from '../support/cpu-time.js';

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
      if (components === 'all') t.ok(isMaintenanceOf({ matchers }, null, job));
      else for (const name of components) t.ok(isMaintenanceOf({ matchers }, name, job), name);
      t.equal(isMaintenanceOf({ matchers }, 'dbxmain:5432', job), components === 'all');
    }
  }
  t.equal(componentsOf({ matchers: [matcher('component="a"'), matcher('alertname="x"')] }, undefined), undefined);
  t.equal(componentsOf({ matchers: [matcher('component=~"back.*"')] }, undefined), undefined);
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
