import t, { type Test } from 'tap';
import { startAiCrm } from '../../simulator/ai-crm.js';
import { demoLogins } from '../../simulator/population.js';
import { ask } from '../support/ask.js';
import { startExporterOf } from '../support/demo-exporter.js';
import { samplesIn } from '../support/exposition.js';

const bySql =
  'not available: configure an entry of sql_sources with preset: ai_crm_tables; AI-CRM itself reports it only in the';

/** Every promise of the monitoring document: the metric for it, or the message that it is not available, for either AI-CRM. */
const promises: Readonly<Record<string, readonly [documented: string, real: string]>> = {
  component_health: ['aicrm_component_status', 'aicrm_component_status'],
  response_time: ['aicrm_component_response_seconds', 'aicrm_component_response_seconds'],
  error_rate: ['aicrm_component_probe_failures_total', 'aicrm_component_probe_failures_total'],
  database_health: ['aicrm_component_status', 'aicrm_database_up'],
  pm_gateway_health: ['aicrm_component_status', 'aicrm_pm_gateway_analyses_total'],
  pm_analysis_time: ['aicrm_pm_gateway_last_analysis_seconds', 'aicrm_pm_gateway_analysis_seconds'],
  agent_response_time: ['aicrm_agent_last_response_seconds', 'aicrm_agent_response_seconds'],
  agent_success_rate: ['aicrm_agent_success_ratio', 'aicrm_agent_success_ratio'],
  agent_utilization: ['aicrm_agent_utilization_ratio', 'aicrm_agent_utilization_ratio'],
  task_creation: ['aicrm_tasks_created_total', 'aicrm_tasks_created_total'],
  task_completion: ['aicrm_tasks_completed_total', 'aicrm_tasks_completed_total'],
  task_processing_time: [
    'aicrm_task_processing_seconds',
    'not available: AI-CRM itself reports it only in the /business/metrics of the monitoring document',
  ],
  active_users: ['aicrm_users', 'aicrm_users'],
  user_engagement: ['aicrm_feature_usage_total', `${bySql} /business/metrics of the monitoring document`],
  feature_adoption: ['aicrm_feature_usage_total', `${bySql} /business/metrics of the monitoring document`],
  concurrent_users: ['aicrm_concurrent_users', `${bySql} /metrics of the monitoring document`],
  throughput: [
    'aicrm_http_requests_total',
    'not available: configure an entry of request_sources with the access_log or the stub_status of the nginx before AI-CRM; AI-CRM itself reports it only in the /metrics of the monitoring document',
  ],
  failed_logins: ['aicrm_failed_logins_total', `${bySql} /metrics of the monitoring document`],
};

interface Fact {
  readonly name: string;
  readonly available: boolean;
  readonly metrics: readonly string[];
  readonly components: readonly string[];
  readonly message: string | null;
}

/** The facts of an exporter with a minimal configuration and this AI-CRM. */
async function exporterOf(t: Test, hasDocumentedEndpoints: boolean) {
  const aiCrm = await startAiCrm({ hasDocumentedEndpoints });
  // An hour in which tasks are done, agents work and the gateway analyses.
  aiCrm.world.advanceTo(Date.now() / 1000 + 3600);
  const { username, password } = demoLogins.admin;
  const backend = aiCrm.urls.backend;
  const endpoints = {
    backend: `${backend}/health`,
    frontend: aiCrm.urls.frontend,
    pm_gateway: `${backend}/pm/health`,
    database: `${backend}/db/health`,
  };
  const exporter = await startExporterOf(
    aiCrm,
    JSON.stringify({ endpoints, host: { enabled: false }, ai_crm: { url: backend, login: { username, password } } }),
  );
  t.teardown(() => exporter.stop());
  const { facts } = JSON.parse((await ask(`${exporter.url}/api/status`)).text) as { facts: readonly Fact[] };
  const series = samplesIn((await ask(`${exporter.url}/metrics`)).text).keys();
  return {
    facts,
    families: new Set([...series].map((key) => key.replace(/\{.*$/, '').replace(/_(?:bucket|sum|count)$/, ''))),
  };
}

for (const [at, kind] of ['documented', 'real'].entries()) {
  t.test(`the ${kind} AI-CRM: every promise of the document is a metric, or reported as not available`, async (t) => {
    const { facts, families } = await exporterOf(t, kind === 'documented');
    t.same(
      facts.map(({ name }) => name),
      Object.keys(promises),
    );
    for (const { name, available, metrics, components, message } of facts) {
      const expected = promises[name]?.[at] ?? '';
      if (expected.startsWith('not available')) {
        t.equal(message, expected, name);
        t.same(
          metrics.filter((metric) => families.has(metric)),
          [],
          `${name} is absent, and not 0`,
        );
        continue;
      }
      t.match({ available, message }, { available: true, message: null }, `${name}: ${message}`);
      t.ok(families.has(expected), `${name} is ${expected}`);
      t.ok(
        expected === 'aicrm_component_status' && name !== 'component_health'
          ? components.length === 1
          : metrics.includes(expected),
        `${name} points to it`,
      );
    }
  });
}
