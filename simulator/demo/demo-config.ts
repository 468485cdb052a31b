import type { RunningAiCrm } from '../ai-crm.js';
import { jobTimes } from '../jobs.js';
import { demoLogins } from '../population.js';

/** The simulated backend's rate limit for each login in a demo: twenty times the real one, so that numbers change fast. */
export const demoRequestsPerHour = 20_000;

/** Options of the demo's exporter. */
interface DemoConfigOptions {
  /** Seconds between probes of a component; the document's 30 s are too slow for a demo. */
  readonly intervalSeconds: number;
  /** Addresses of the stack; absent when only the exporter runs. */
  readonly stack?: DemoStackUrls;
  /** Whether the simulated jobs report to this exporter. */
  readonly hasJobs?: boolean;
  /** Path of the authority's certificate in the file. Default: its path on this machine. */
  readonly caFile?: string;
}

/** Addresses of the other programs, for `alert_channels` and links; undefined for those that do not run. */
interface DemoStackUrls {
  readonly exporter: string;
  readonly alertmanager: string | undefined;
  readonly prometheus: string | undefined;
  readonly grafana: string | undefined;
}

/**
 * The text of a `monitoring.yml` for a running simulation: the components of the document, those of the real
 * installation, and examples of most endpoint options. It is meant to be read.
 */
export function demoConfig(
  { urls, ...aiCrm }: RunningAiCrm,
  { intervalSeconds, stack, hasJobs = false, caFile = aiCrm.caFile }: DemoConfigOptions,
): string {
  const { admin, pro: account } = demoLogins;
  // JSON is valid YAML, so this quotes any path and URL correctly.
  const text = (value: string) => JSON.stringify(value);
  return `# The simulated AI-CRM of "demo" and "simulate". Copy what you like.
endpoints:
  frontend:
    url: ${text(`${urls.frontend}/`)}
    expect: {status: [200], body_regex: 'id="root"'}
    # Loads its scripts, styles and images, too: without its bundle the page would be empty.
    page: true

  # json: true – the answer must contain a health word; HTML or invalid JSON is UNKNOWN.
  backend:
    url: ${text(`${urls.backend}/health`)}
    expect: {json: true}
    depends_on: [postgres]

  pm_gateway:
    url: ${text(`${urls.backend}/pm/health`)}
    expect: {json: true}
    depends_on: [backend]

  database:
    url: ${text(`${urls.backend}/db/health`)}
    expect: {json: true}
    depends_on: [backend, postgres]
    # Stricter than the others: a database that takes half a second has a problem.
    thresholds: {response_time_ms: {warning: 500, critical: 2000}}

  # The Flask monitoring app also reports the state of its parts. Its outage is only a warning.
  monitoring:
    url: ${text(`${urls.monitoring}/health/detailed`)}
    expect: {json: true}
    depends_on: [postgres, redis]
    severity: warning
    labels: {team: platform}
    group: Tools

  # The path of a user: through the reverse proxy, over TLS, to the backend.
  gateway:
    url: ${text(`${urls.gateway}/api/health`)}
    expect: {json: true}
    tls: {ca_file: ${text(caFile)}, server_name: localhost}
    depends_on: [backend]
    labels: {team: web, tier: 1}
    group: Web
    description: all users reach AI-CRM through it

  # With default options a URL is enough.
  postgres: ${text(urls.postgres)}
  # An open port does not prove much: Redis must also answer.
  redis:
    url: ${text(urls.redis)}
    dialog: [{send: 'PING\\r\\n', expect: '^\\+PONG$'}]

# Steps of a user who assigns a task, repeated regularly. A failure names the first failed step and the reason.
transactions:
  assign_task:
    base_url: ${text(urls.backend)}
    steps:
      # In a real installation the password comes from the environment: "\${CRM_PASSWORD}".
      - name: log_in
        path: /auth/login
        json: {username_or_email: ${text(account.username)}, password: ${text(account.password)}}
        capture: {token: $.access_token}
      # {{token}} is what log_in captured, {{run_id}} a random word for each run.
      - name: suggest_agent
        path: /agents/suggest
        headers: {Authorization: "Bearer {{token}}"}
        json: &task
          title: Review the query optimizer
          description: A slow customer query, reported by monitoring ({{run_id}})
        # No step uses it, but it checks the answer: a capture that finds nothing is a failure.
        capture: {agent: "$[0].agent"}
      - name: analyse
        path: /pm/analyze
        headers: {Authorization: "Bearer {{token}}"}
        json: *task
        expect: {body_regex: '"workflow"'}
      - name: list_tasks
        path: /tasks
        headers: {Authorization: "Bearer {{token}}"}
    # Always logs out, also after a failure.
    cleanup:
      - name: log_out
        path: /auth/logout
        method: POST
        headers: {Authorization: "Bearer {{token}}"}

# AI-CRM's own numbers: tasks, agents, users, the PM gateway and the database behind it.
ai_crm:
  url: ${text(urls.backend)}
  login: {username: ${text(admin.username)}, password: ${text(admin.password)}}
  # The simulation has both interfaces. Without this line the exporter uses the documented one.
  api: real
  # High, so that the demo changes quickly. A real AI-CRM allows 1000 requests an hour for each login and answers them one by one:
  # leave this at its default of 500, and the intervals below at theirs.
  requests_per_hour: ${demoRequestsPerHour / 2}

# Numbers that the real interface does not have, from JSON documents.
json_sources:
  # A preset: requests, errors, concurrent users, failed logins.
  traffic:
    url: ${text(`${urls.backend}/metrics`)}
    preset: ai_crm_metrics
    interval: 15
  # Metrics of your own. The exporter knows these names, so they need no help text.
  usage:
    url: ${text(`${urls.backend}/business/metrics`)}
    interval: 15
    metrics:
      - {name: aicrm_feature_usage_total, type: counter, path: $.feature_usage.*, labels: {feature: {key: 0}}}
      - {name: aicrm_task_processing_seconds, path: $.tasks.average_processing_time_ms, scale: ms}

check_intervals:
  health_checks: ${intervalSeconds}
  system_metrics: ${intervalSeconds}
  agent_performance: 15
  # Users and PM gateway, and the transaction.
  detailed_analysis: 60

alert_thresholds:
  response_time_ms: {warning: 2000, critical: 5000}
  cpu_usage_percent: 80
  memory_usage_percent: 85
  disk_usage_percent: 90

# During this time the frontend does not count in the overall level: it is deployed on New Year's morning.
maintenance_windows:
  - name: new year release
    components: [frontend]
    cron: "0 4 1 1 *"
    duration: 30m
    time_zone: Europe/Berlin
${hasJobs ? jobs() : ''}${stack === undefined ? '' : notifications(stack, intervalSeconds)}`;
}

function jobs(): string {
  const { nightly_backup: backup, sync } = jobTimes;
  return `
# Jobs that report: POST /heartbeat/NAME. The intervals are short for the demo; a real job has a token.
heartbeats:
  nightly_backup:
    every: ${backup.everySeconds}s
    grace: 15s
    max_runtime: 20s
    description: Database and uploads to the other site
  sync: {every: ${sync.everySeconds}s, grace: 15s, severity: warning, description: Tasks and calendars}
`;
}

function notifications(
  { exporter, alertmanager, prometheus, grafana }: DemoStackUrls,
  intervalSeconds: number,
): string {
  return `
# Where alerts are sent: the demo prints them in this terminal.
alert_channels:
  console: {url: ${JSON.stringify(`${exporter}/alerts`)}}
${grafana === undefined ? '' : `grafana_url: ${JSON.stringify(grafana)}\n`}${
  prometheus === undefined
    ? ''
    : `# The status page shows the availability that Prometheus has stored.\nprometheus: {url: ${JSON.stringify(prometheus)}, job: ai-crm, interval: 1m}\n`
}${
  alertmanager === undefined
    ? ''
    : `# Silences of Alertmanager are maintenance for the exporter, too.\nalertmanager: {url: ${JSON.stringify(alertmanager)}, job: ai-crm, interval: ${intervalSeconds}}\n`
}`;
}
