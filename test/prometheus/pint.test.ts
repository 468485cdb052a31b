import t from 'tap';
import { missing, run } from '../support/programs.js';

// Builds pint if it is not built yet, see scripts/pint.sh.
t.setTimeout(900_000);

/** Accepted findings of pint by rule, with the reason. */
const exceptions: readonly { readonly check: string; readonly why: string; readonly rules: readonly string[] }[] = [
  {
    check: 'group/interval',
    why: 'one value an hour is what the baselines of a week count; nothing asks for the value of now',
    rules: [
      'job:aicrm_agents:max1h',
      'job:aicrm_failed_logins:increase1h',
      'job:aicrm_task_completion_ratio:avg1h',
      'job:aicrm_tasks_open:avg1h',
      'job_agent:aicrm_agent_success_ratio:avg1h',
      'job_agent:aicrm_agent_tasks_open:max1h',
      'job_component:aicrm_component_availability:avg1h',
      'job_instance:aicrm_host_network_connections_in_use:avg1h',
    ],
  },
  {
    check: 'rule/dependency',
    why: 'these look over minutes, hours, days or weeks at what another group records more or less often: a value that is an evaluation old changes nothing',
    rules: [
      'job:aicrm_agents:median1w',
      'job:aicrm_alerts_held:min',
      'job:aicrm_failed_logins:avg1w',
      'job:aicrm_task_completion_ratio:avg1w',
      'job:aicrm_task_completion_ratio:stddev1w',
      'job:aicrm_tasks_created:usual2h',
      'job:aicrm_tasks_open:avg1h',
      'job:aicrm_tasks_open:avg1w',
      'job:aicrm_tasks_open:stddev1w',
      'job_agent:aicrm_agent_success_ratio:avg1w',
      'job_agent:aicrm_agent_success_ratio:stddev1w',
      'job_component:aicrm_component_availability:avg1d',
      'job_component:aicrm_component_availability:avg1h',
      'job_component:aicrm_component_availability:avg30d',
      'job_component:aicrm_component_availability:avg5m',
      'job_component:aicrm_component_availability:avg7d',
      'job_component:aicrm_component_out:max10m',
      'job_component:aicrm_component_failures_explained:max15m',
      'job_component:aicrm_component_recovered:max',
      'job_component:aicrm_slo_budget_remaining:ratio30d',
      'job_component:aicrm_slo_burn_rate:ratio1d',
      'job_component:aicrm_slo_burn_rate:ratio2h',
      'job_component:aicrm_slo_burn_rate:ratio3d',
      'job_component:aicrm_slo_burn_rate:ratio6h',
      'job_instance:aicrm_host_network_connections_in_use:avg1w',
      'job_instance:aicrm_host_network_connections_in_use:stddev1w',
      'job_source:aicrm_source_excused:max10m',
      'job_transaction:aicrm_transaction_excused:max10m',
    ],
  },
  { check: 'alerts/comparison', why: 'it is there to fire always', rules: ['AiCrmWatchdog'] },
  {
    check: 'promql/regexp',
    why: 'the label is of Prometheus, which puts the path of the file before the name of the group',
    rules: ['AiCrmRulesFailing'],
  },
];

t.test(
  'pint finds only the listed exceptions in the rules, and every exception is still needed',
  { skip: missing('go') },
  async (t) => {
    t.match(run('scripts/pint.sh', ['--build'], { timeoutSeconds: 840 }), { exitCode: 0 }, 'pint can be built');
    const { exitCode, stdout, stderr } = run('scripts/pint.sh', [
      '--offline',
      '--no-color',
      '--show-duplicates',
      'lint',
      'prometheus/rules',
    ]);
    t.equal(exitCode, 0, stderr);
    t.match(stdout + stderr, /Checking Prometheus rules/);
    const found = [...`${stdout}${stderr}`.matchAll(/^\w+: .* \((\w+\/\w+)\)\n\s+---> \S+ -> `([^`]+)`/gm)].map(
      ([, check, rule]) => `${check} ${rule}`,
    );
    t.same(
      [...new Set(found)].sort(),
      exceptions.flatMap(({ check, rules }) => rules.map((rule) => `${check} ${rule}`)).sort(),
    );
  },
);
