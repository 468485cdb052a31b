import t from 'tap';
import { httpRequests, taskCompletion } from '../../src/metrics/business-metrics.js';
import { catalogue } from '../../src/metrics/catalogue.js';
import { set } from '../../src/metrics/definition.js';
import { availabilityOf } from '../../src/status/availability.js';
import {
  component,
  documented,
  type FixtureOptions,
  fixtureService,
  forbidden,
  measureReading,
  off,
  ownReadings,
  ownSamples,
  reading,
  sourceReading,
  withAiCrm,
} from '../support/service-fixture.js';

/** The facts of a service with these parts. */
function said(change: Partial<FixtureOptions> = {}) {
  const service = fixtureService({ components: documented, readings: [], ...change });
  const all = availabilityOf(service.overview(), service.config(), service.figures());
  return { all, of: (name: string) => all.find((fact) => fact.name === name) };
}

/** The rows of the table of the document's promises. */
const promised = [
  'component_health',
  'response_time',
  'error_rate',
  'database_health',
  'pm_gateway_health',
  'pm_analysis_time',
  'agent_response_time',
  'agent_success_rate',
  'agent_utilization',
  'task_creation',
  'task_completion',
  'task_processing_time',
  'active_users',
  'user_engagement',
  'feature_adoption',
  'concurrent_users',
  'throughput',
  'failed_logins',
];

t.test('every fact of the document is present: as a metric, or as "not available" with the remedy', async (t) => {
  const everything = new Set(catalogue.map(({ name }) => name));
  for (const [case_, { all }] of Object.entries({
    nothing: said(),
    configured: said({ config: withAiCrm }),
    asked: said({ config: withAiCrm, samples: ownSamples }),
  })) {
    t.same(
      all.map(({ name }) => name),
      promised,
      case_,
    );
    for (const { name, isAvailable, metrics, message } of all) {
      t.ok(
        metrics.length > 0 && metrics.every((metric) => everything.has(metric)),
        `${case_}, ${name}: its metrics exist`,
      );
      if (isAvailable) t.equal(message, null, `${case_}, ${name}`);
      else t.match(message, /^not available: [A-Za-z].{10,}[^.]$/, `${case_}, ${name}`);
    }
  }
});

t.test('a fact is available as soon as one of its families has series', async (t) => {
  t.match(said().of('task_creation'), { isAvailable: false, message: 'not available: configure ai_crm with a login' });
  t.match(said({ samples: ownSamples }).of('task_creation'), {
    isAvailable: true,
    metrics: ['aicrm_tasks_created_total'],
    message: null,
  });
});

t.test('the remedy depends on the configuration', async (t) => {
  t.match(said().of('active_users')?.message, 'not available: configure ai_crm with a login with role admin');
  t.equal(
    said({ config: withAiCrm }).of('active_users')?.message,
    'not available: AI-CRM has not been queried for it yet',
  );
  t.equal(
    said({ config: withAiCrm, readings: ownReadings }).of('agent_success_rate')?.message,
    'not available: this needs ai_crm with a login, and agents that own tasks',
  );
  t.equal(
    said({ config: withAiCrm }).of('failed_logins')?.message,
    'not available: configure an entry of sql_sources with preset: ai_crm_tables; AI-CRM itself reports it only in the /metrics of the monitoring document',
  );
  t.equal(
    said({ config: withAiCrm }).of('task_processing_time')?.message,
    'not available: AI-CRM itself reports it only in the /business/metrics of the monitoring document',
  );
  t.equal(
    said({ config: withAiCrm, readings: ownReadings }).of('agent_utilization')?.message,
    'not available: this needs ai_crm with a login, and open tasks that have an owner',
  );
  t.match(said().of('pm_gateway_health')?.message, /; or add its health check to endpoints as pm_gateway$/);
  const { aiCrm } = withAiCrm;
  const config = aiCrm === undefined ? {} : { aiCrm: { ...aiCrm, collect: ['tasks'] as const } };
  t.match(said({ config }).of('active_users')?.message, 'not available: add users to ai_crm.collect');
});

t.test('a source that is down is the reason, found by its subject or its mapping', async (t) => {
  t.equal(
    said({
      config: withAiCrm,
      readings: [...ownReadings.filter(({ name }) => name !== 'ai_crm_users'), forbidden('ai_crm_users')],
    }).of('active_users')?.message,
    'not available: source ai_crm_users is down: 403: the account may not read this; log in with an account of role admin',
  );
  t.match(
    said({ config: withAiCrm, readings: [forbidden('ai_crm_business_metrics')] }).of('task_creation')?.message,
    'not available: source ai_crm_business_metrics is down',
  );
  const jsonSources = [{ name: 'shop', metrics: [{ definition: { name: 'aicrm_failed_logins_total' } }] }] as never;
  t.equal(
    said({ config: { jsonSources } }).of('failed_logins')?.message,
    'not available: source shop has not answered yet',
  );
  t.match(
    said({ config: { jsonSources }, readings: [forbidden('shop')] }).of('failed_logins')?.message,
    'not available: source shop is down: 403',
  );
  t.notMatch(said({ config: { jsonSources }, readings: [forbidden('shop')] }).of('throughput')?.message, 'shop');
  const metrics = ['aicrm_tasks', 'aicrm_failed_logins_total'].map((name) => ({ definition: { name } }));
  const two = {
    jsonSources: [
      { name: 'wiki', metrics: [metrics[0]] },
      { name: 'shop', metrics },
    ] as never,
  };
  t.match(
    said({ config: two, readings: [sourceReading('wiki'), forbidden('shop')] }).of('failed_logins')?.message,
    'not available: source shop is down: 403',
    'of several sources the one with the metric',
  );
});

t.test(
  'a value that a source withholds is reported with the reason, and throughput comes from an access log',
  async (t) => {
    const withheld =
      'AI-CRM sends 1000 tasks at most, and there are as many or more: which of them are new or just done cannot be told';
    const cut = said({
      config: withAiCrm,
      samples: [set(taskCompletion, {}, 0.5)],
      readings: [sourceReading('ai_crm_tasks', { withheld })],
    });
    t.match(cut.of('task_creation'), {
      isAvailable: false,
      message: `not available: source ai_crm_tasks: ${withheld}`,
    });
    t.match(cut.of('task_completion'), { isAvailable: true, message: null }, 'the ratio of the sent tasks is known');
    const requestSources = [
      {
        name: 'nginx',
        kind: 'access_log',
        file: '/var/log/nginx/access.log',
        pattern: /(?<status>x)/,
        intervalSeconds: 15,
        timeoutSeconds: 10,
      },
    ] as const;
    t.equal(
      said({ config: { requestSources } }).of('throughput')?.message,
      'not available: source nginx has not answered yet',
    );
    t.match(
      said({
        config: { requestSources },
        readings: [sourceReading('nginx')],
        samples: [set(httpRequests, { source: 'nginx' }, 5)],
      }).of('throughput'),
      { isAvailable: true },
    );
  },
);

t.test('of a source that is down only counters remain, and its facts are not available', async (t) => {
  const counted = { config: withAiCrm, samples: ownSamples } as const;
  const notLoggedIn = sourceReading('ai_crm_tasks', {
    up: false,
    isShared: true,
    reason: 'auth',
    message: 'not logged in; see the source ai_crm_login',
  });
  t.match(said({ ...counted, readings: [notLoggedIn] }).of('task_creation'), {
    isAvailable: false,
    message: 'not available: source ai_crm_tasks is down: not logged in; see the source ai_crm_login',
  });
  t.match(
    said({ ...counted, readings: [notLoggedIn, sourceReading('ai_crm_business_metrics')] }).of('task_creation'),
    { isAvailable: true },
    'another source counts them',
  );
});

t.test('a failed measurement still gives the health of the gateway', async (t) => {
  const down = sourceReading('ai_crm_pm_gateway', {
    up: false,
    reason: 'status',
    message: '500: AI-CRM crashed on POST /pm/analyze',
  });
  const measured = (level: 'critical' | 'unknown') =>
    said({ config: withAiCrm, readings: [down, measureReading('PM analysis', { level })] });
  t.match(measured('critical').of('pm_gateway_health'), { isAvailable: true });
  t.match(measured('critical').of('pm_analysis_time'), { isAvailable: false });
  t.match(measured('unknown').of('pm_gateway_health'), {
    isAvailable: false,
    message: 'not available: source ai_crm_pm_gateway is down: 500: AI-CRM crashed on POST /pm/analyze',
  });
});

t.test('if a document omits a value, the message does not send people to a source without it', async (t) => {
  const readings = ['ai_crm_metrics', 'ai_crm_agents_metrics', 'ai_crm_business_metrics'].map((name) =>
    sourceReading(name),
  );
  const { of } = said({ config: withAiCrm, readings });
  t.equal(of('pm_analysis_time')?.message, 'not available: /business/metrics of AI-CRM does not report it now');
  t.equal(
    of('failed_logins')?.message,
    'not available: configure an entry of sql_sources with preset: ai_crm_tables; /metrics of AI-CRM does not report it now',
  );
  t.equal(
    of('database_health')?.message,
    'not available: add the database to endpoints as postgres://, or its health check as database',
  );
});

t.test('if a part is off, the flag or the account is named', async (t) => {
  t.equal(
    said({ config: withAiCrm, readings: [off('ai_crm_users')] }).of('active_users')?.message,
    'not available: source ai_crm_users: not collected: needs role admin, the account has role user',
  );
  const tracking = {
    performance_metrics: {},
    business_metrics: { track_task_completion: false },
    security_monitoring: {},
  };
  t.equal(
    said({ config: { ...withAiCrm, tracking } }).of('task_creation')?.message,
    'not available: switched off, business_metrics.track_task_completion is false',
  );
});

t.test('a component gives the health of database or gateway, unless its level is unknown', async (t) => {
  t.match(said({ readings: [reading('database', { level: 'critical', up: false })] }).of('database_health'), {
    isAvailable: true,
    components: ['database'],
  });
  t.match(
    said({ readings: [reading('database', { level: 'unknown', up: false, statusCode: 404 })] }).of('database_health'),
    { isAvailable: false, components: [] },
  );
  t.match(
    said({ components: [component('db', { target: 'tcp://db.example:5432' })], readings: [reading('db')] }).of(
      'database_health',
    ),
    { isAvailable: true, components: ['db'] },
  );
  t.match(said({ readings: [reading('pm_gateway')] }).of('pm_gateway_health'), {
    isAvailable: true,
    components: ['pm_gateway'],
  });
});
