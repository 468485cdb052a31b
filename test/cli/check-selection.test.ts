import t from 'tap';
import { type CheckedParts, needsOf, selected } from '../../src/cli/check-selection.js';
import type { Config } from '../../src/config/config.js';
import { jsonSource } from '../support/config.js';
import { job } from '../support/heartbeats.js';
import { component, configOf, withAiCrm } from '../support/service-fixture.js';

/** A configuration with every part. */
const whole: Config = {
  ...configOf([component('a', { dependsOn: ['b', 'c'] }), component('b'), component('c')]),
  ...withAiCrm,
  jsonSources: [jsonSource('http://shop.example/orders', 'shop')],
  sqlSources: [{ name: 'sessions' }] as never,
  requestSources: [{ name: 'nginx' }] as never,
  heartbeats: [job('nightly'), job('hourly')],
  maintenanceWindows: [{ name: 'always' }] as never,
  alertmanager: { url: 'http://alertmanager.example' } as never,
  prometheus: { url: 'http://prometheus.example' } as never,
};

/** The names of everything that is checked, by part. */
function parts({ component: names, without }: CheckedParts) {
  const config = selected(whole, {
    ...(names === undefined ? {} : { component: names }),
    ...(without === undefined ? {} : { without }),
  });
  const namesOf = (some: readonly { readonly name: string }[]) => some.map(({ name }) => name).join(' ');
  return {
    components: namesOf(config.components),
    host: config.host.enabled,
    aiCrm: config.aiCrm?.url,
    json: namesOf(config.jsonSources),
    sql: namesOf(config.sqlSources),
    requests: namesOf(config.requestSources),
    transactions: namesOf(config.transactions),
    heartbeats: namesOf(config.heartbeats),
    windows: config.maintenanceWindows.length,
    alertmanager: config.alertmanager?.url,
    prometheus: config.prometheus?.url,
  };
}

const everything = {
  components: 'a b c',
  host: true,
  aiCrm: 'http://backend.example:8000',
  json: 'shop',
  sql: 'sessions',
  requests: 'nginx',
  transactions: 'delegate',
  heartbeats: 'nightly hourly',
  windows: 1,
  alertmanager: 'http://alertmanager.example',
  prometheus: undefined,
};

t.test('everything is checked, without the history that Prometheus has', async (t) => {
  t.strictSame(parts({}), everything);
});

t.test('--without leaves out the parts that it names, and nothing else', async (t) => {
  for (const [part, rest] of [
    ['host', { host: false }],
    ['ai_crm', { aiCrm: undefined }],
    ['json_sources', { json: '' }],
    ['sql_sources', { sql: '' }],
    ['request_sources', { requests: '' }],
    ['transactions', { transactions: '' }],
    ['heartbeats', { heartbeats: '' }],
  ] as const)
    t.strictSame(parts({ without: [part] }), { ...everything, ...rest }, part);
  t.match(parts({ without: ['host', 'heartbeats'] }), { host: false, heartbeats: '', json: 'shop' });
});

t.test('a host that is switched off stays so', async (t) => {
  t.equal(selected({ ...whole, host: { enabled: false, rootfs: '/' } }, {}).host.enabled, false);
});

t.test('--component checks these components and jobs only, also during their maintenance', async (t) => {
  const only = {
    ...everything,
    components: 'a c',
    host: false,
    aiCrm: undefined,
    json: '',
    sql: '',
    requests: '',
    transactions: '',
    heartbeats: 'hourly',
    windows: 0,
    alertmanager: undefined,
  };
  t.strictSame(parts({ component: ['a', 'hourly', 'c'] }), only);
  t.same(
    selected(whole, { component: ['a', 'c'] }).components.map(({ dependsOn }) => dependsOn),
    [['c'], []],
    'what is not checked explains nothing',
  );
  t.throws(() => parts({ component: ['d'] }), { code: 'usage', message: /there is no "d"/ });
});

t.test('only secrets of what is checked are needed', async (t) => {
  const needed = (flags: CheckedParts, ...path: readonly string[]) => needsOf(flags)(path);
  for (const section of ['endpoints', 'sql_sources', 'json_sources', 'ai_crm', 'alertmanager', 'alert_channels'])
    t.ok(needed({}, section, 'a', 'password'), section);
  for (const section of ['heartbeats', 'heartbeat_token', 'heartbeat_token_file'])
    t.notOk(needed({}, section), `${section}: no job reports to a check`);
  t.notOk(needed({ without: ['sql_sources'] }, 'sql_sources', 'a'));
  t.ok(needed({ without: ['sql_sources'] }, 'json_sources', 'a'));
  const one = { component: ['a'] };
  t.ok(needed(one, 'endpoints', 'a', 'auth'));
  t.notOk(needed(one, 'endpoints', 'b', 'auth'));
  t.ok(needed(one, 'tls'), 'settings that components share');
  for (const section of ['host', 'ai_crm', 'json_sources', 'sql_sources', 'request_sources', 'transactions'])
    t.notOk(needed(one, section), section);
  for (const section of ['alertmanager', 'prometheus', 'alert_channels', 'probe', 'name', 'heartbeat_token'])
    t.notOk(needed(one, section), section);
  for (const section of ['maintenance_windows', 'grafana_url', 'runbooks_url', 'heartbeats'])
    t.notOk(needed(one, section), section);
});

t.test('the login of AI-CRM is needed while a part that uses it is checked', async (t) => {
  const needed = (...without: NonNullable<CheckedParts['without']>) => needsOf({ without })(['ai_crm', 'login']);
  t.ok(needed('ai_crm'));
  t.ok(needed('ai_crm', 'json_sources'));
  t.ok(needed('ai_crm', 'transactions'));
  t.ok(needed('json_sources', 'transactions'));
  t.notOk(needed('ai_crm', 'json_sources', 'transactions'));
});
