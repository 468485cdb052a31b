import { type Given, mapping, optional, type ValueOf } from './option.js';
import { duration, text, textLike, url, wholeNumber } from './option-kinds.js';
import { aiCrmOptions } from './sections/ai-crm-section.js';
import { alertChannelsKind } from './sections/alert-channels-section.js';
import { endpointsKind } from './sections/endpoints-section.js';
import { heartbeatsKind, heartbeatTokenOptions } from './sections/heartbeats-section.js';
import { hostOptions } from './sections/host-section.js';
import { jsonSourcesKind } from './sections/json-sources-section.js';
import { maintenanceKind } from './sections/maintenance-section.js';
import { probeOptions } from './sections/probe-section.js';
import { alertmanagerSection, prometheusSection } from './sections/programs-section.js';
import { requestSourcesKind } from './sections/request-sources-section.js';
import { checkIntervalOptions, scheduleOptions } from './sections/schedule-section.js';
import { sqlSourcesKind } from './sections/sql-sources-section.js';
import { sloOptions, thresholdOptions } from './sections/thresholds-section.js';
import { trackingKind } from './sections/tracking-section.js';
import { transactionsKind } from './sections/transactions-section.js';
import { linkRefusal } from './target-url.js';

/** Where people are sent to. */
function linkKind(example: string) {
  return url((given) => linkRefusal(given, example));
}

const flags =
  'False switches readings of AI-CRM off, true has no effect. Flags that are not listed here are accepted with a warning.';

/** The keys of the configuration file. */
export const documentOptions = {
  $schema: optional(
    { ...text(), isUrl: true },
    'Where editors find the JSON Schema of this file. Without effect on the exporter.',
  ),
  name: optional(
    textLike(/^(?=.{1,60}$)[^\s\x00-\x1f\x7f-\x9f]+( [^\s\x00-\x1f\x7f-\x9f]+)*$/u, 'one line of 1 to 60 characters'),
    'What the whole is called, on the status page, in /api/status and by "check". The names of metrics and alerts stay.',
    { default: 'AI-CRM', synonyms: 'title product' },
  ),
  endpoints: optional(
    endpointsKind,
    'What is watched: name -> URL, or a mapping with options. Without this key, the four of AI-CRM on this machine. Names are 1 to 63 letters, digits and "_", ".", ":", "-", and become the label `component`. The answers of backend, pm_gateway and database are expected to be JSON with a health status unless expect says what the body is.',
    { synonyms: 'components targets monitors checks hosts urls' },
  ),
  alert_thresholds: optional(
    mapping(thresholdOptions),
    'Where WARNING and CRITICAL begin: a number is the warning, {warning, critical} gives both; critical is the worse of the two. These thresholds are exported as metrics, and the bundled alerts compare with them.',
  ),
  slo: optional(
    mapping(sloOptions),
    'What is promised of every component. The bundled alerts of the area slo tell when it is about to be broken.',
    { synonyms: 'slos sla' },
  ),
  check_intervals: optional(mapping(checkIntervalOptions), 'How often is measured.'),
  ...scheduleOptions,
  maintenance_windows: optional(maintenanceKind, 'When components are expected to misbehave.', {
    synonyms: 'maintenance downtime downtimes silences',
  }),
  host: optional(mapping(hostOptions), 'What is read of the machine that the exporter runs on.'),
  probe: optional(mapping(probeOptions), 'What /probe may be asked for besides the components above.'),
  sql_sources: optional(
    sqlSourcesKind,
    'Queries of PostgreSQL databases that become metrics: name -> mapping. The name becomes the label `source`; it must not begin with ai_crm. Each query has a connection of its own and a transaction that the server lets only read; give it a user who may not do more anyway.',
    { synonyms: 'sql queries' },
  ),
  request_sources: optional(
    requestSourcesKind,
    'Where the requests to AI-CRM are counted, as it does not count them itself: name -> mapping. Names as those of json_sources; they become the label `source` of aicrm_http_requests_total and aicrm_http_request_errors_total. Do not count the same requests twice.',
    { synonyms: 'nginx apache access_logs requests' },
  ),
  transactions: optional(
    transactionsKind,
    'Workflows that are tried again and again, request by request: name -> mapping. Names as those of endpoints; they become the label `transaction`.',
    { quotes: 'asUrl', synonyms: 'workflows scenarios' },
  ),
  heartbeats: optional(
    heartbeatsKind,
    'Jobs that report in, such as a backup: name -> how often, or a mapping. `curl -X POST http://exporter:10059/heartbeat/NAME` is the report, see docs/heartbeats.md. Names as those of endpoints, and none that a component has: they become the label `component`, and maintenance_windows may name them.',
    { synonyms: 'heartbeat cron_jobs jobs backups dead_man' },
  ),
  ...heartbeatTokenOptions,
  json_sources: optional(
    jsonSourcesKind,
    'JSON documents that become metrics: name -> mapping. Names are as those of components, do not begin with ai_crm, are not alertmanager, and become the label `source` of the metrics about the query itself. `ai-crm-exporter map --source NAME --file sample.json` tries one out on a document that is at hand.',
  ),
  ai_crm: optional(
    mapping(aiCrmOptions),
    "Where AI-CRM's own numbers come from: tasks, agents, users, PM gateway. Its handlers block each other, so it is asked seldom, one request at a time, never during a health probe, and so that it is kept busy for a small share of the time at most (freeze_limit_percent).",
    { synonyms: 'aicrm crm', defaultIs: 'none: nothing is read' },
  ),
  alertmanager: optional(
    alertmanagerSection.kind,
    'The Alertmanager that notifies. With it, its silences of a component, or of everything, are maintenance for the exporter as well: the status page, aicrm_component_maintenance and the level of the whole know of them. A silence that leaves some alerts of the component through is none. Also where "maintenance" and "notify-test" of the command line go.',
    { synonyms: 'alert_manager' },
  ),
  prometheus: optional(
    prometheusSection.kind,
    'The Prometheus that scrapes this exporter with the rules of this project. With it, the status page and /api/status know the availability of each component over 24 hours and 30 days; without it, since the exporter began.',
    { defaultIs: 'none: what the exporter remembers itself' },
  ),
  alert_channels: optional(
    alertChannelsKind,
    'Who hears of an alert. Alertmanager notifies: `ai-crm-exporter alertmanager-config` makes its configuration of this section. Each channel is a mapping, or just true or false; every alert comes once over each channel that is enabled and takes it. There may be several of email, slack and webhook: slack_ops is another slack, under a name of your own. With no channel at all, the console.',
    { quotes: 'never', synonyms: 'alerts alerting notifications notifiers notifier channels' },
  ),
  grafana_url: optional(linkKind('https://grafana.example.com'), 'Where Grafana is, for the links in notifications.', {
    defaultIs: 'none: then they lead to Prometheus',
    synonyms: 'grafana',
  }),
  runbooks_url: optional(
    linkKind('https://monitoring.example.com:10059/runbooks'),
    'Where people reach the runbooks of this exporter, for the links in notifications: its path /runbooks.',
    { defaultIs: "none: then they lead to the project's page on the internet" },
  ),
  retention_days: optional(
    wholeNumber({ minimum: 1, maximum: 3650 }, 'Days'),
    'For how long Prometheus shall keep the data. Prometheus is told by its flag --storage.tsdb.retention.time, here 7d.',
    { default: 7, synonyms: 'retention' },
  ),
  cleanup_interval: optional(
    duration({ minimum: 60, maximum: 30 * 86_400 }),
    'Accepted because existing configuration files have it; Prometheus removes old data by itself.',
    { defaultIs: '1h, without effect' },
  ),
  performance_metrics: optional(trackingKind('performance_metrics'), flags),
  business_metrics: optional(trackingKind('business_metrics'), flags),
  security_monitoring: optional(trackingKind('security_monitoring'), flags),
};

/** The whole configuration file, as people write it. */
export const documentKind = mapping(documentOptions, 'a mapping of settings');

type Window = ValueOf<typeof maintenanceKind>[number];

/** A checked configuration file: still with the file's keys and without defaults, durations already in seconds. */
export type Settings = Omit<Given<typeof documentOptions>, 'maintenance_windows'> & {
  /** Undefined stands in the place of one that had a problem, so that the others keep their positions. */
  readonly maintenance_windows?: readonly (Window | undefined)[] | undefined;
};

/** Settings as a part of the configuration: they have secrets in them, and are not printed along with it. */
export class GivenSettings {
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** The settings themselves, secrets included. */
  reveal(): Settings {
    return this.#settings;
  }
}

/** The JSON Schema (draft 2020-12) of the configuration file, for editors: what may be written, not what it becomes. */
export function configJsonSchema(): Readonly<Record<string, unknown>> {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Configuration of ai-crm-exporter',
    ...documentKind.schema(),
    // `x-…` is the user's own, see `readSettings`.
    patternProperties: { '^x-': {} },
  };
}
