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

/** Kind of an address for links. */
function linkKind(example: string) {
  return url((given) => linkRefusal(given, example));
}

const flags = 'false switches measurements of AI-CRM off, true has no effect. Other flags are accepted with a warning.';

/** The keys of the configuration file. */
export const documentOptions = {
  $schema: optional(
    { ...text(), isUrl: true },
    'Where editors find the JSON Schema of this file. Without effect on the exporter.',
  ),
  name: optional(
    textLike(/^(?=.{1,60}$)[^\s\x00-\x1f\x7f-\x9f]+( [^\s\x00-\x1f\x7f-\x9f]+)*$/u, 'one line of 1 to 60 characters'),
    'Name of the monitored system, on the status page, in /api/status and in "check". Names of metrics and alerts do not change.',
    { default: 'AI-CRM', synonyms: 'title product' },
  ),
  endpoints: optional(
    endpointsKind,
    'Components to probe: name -> URL, or a mapping with options. Without this key, the four of AI-CRM on this machine. Names are 1 to 63 letters, digits and "_", ".", ":", "-", and become the label `component`. backend, pm_gateway and database must answer with JSON that has a health status, unless their expect is about the body.',
    { synonyms: 'components targets monitors checks hosts urls' },
  ),
  alert_thresholds: optional(
    mapping(thresholdOptions),
    'Where WARNING and CRITICAL begin: a number is the warning, {warning, critical} gives both; critical must be the worse limit of the two. These thresholds are exported as metrics, and the bundled alerts compare with them.',
  ),
  slo: optional(
    mapping(sloOptions),
    'Service level objective of every component. The bundled alerts of the area slo compare with it.',
    { synonyms: 'slos sla' },
  ),
  check_intervals: optional(mapping(checkIntervalOptions), 'Intervals of the measurements.'),
  ...scheduleOptions,
  maintenance_windows: optional(maintenanceKind, 'Maintenance: times in which components may fail.', {
    synonyms: 'maintenance downtime downtimes silences',
  }),
  host: optional(mapping(hostOptions), 'Measurements of the machine that the exporter runs on.'),
  probe: optional(mapping(probeOptions), 'What /probe may probe besides the components above.'),
  sql_sources: optional(
    sqlSourcesKind,
    'Queries of PostgreSQL databases that become metrics: name -> mapping. The name becomes the label `source`; it must not begin with ai_crm. Each query has its own connection and a read-only transaction. Use a user who can only read.',
    { synonyms: 'sql queries' },
  ),
  request_sources: optional(
    requestSourcesKind,
    'Counts of requests to AI-CRM, which does not count them itself: name -> mapping. Names follow the rules of json_sources and become the label `source` of aicrm_http_requests_total and aicrm_http_request_errors_total. Do not count the same requests twice.',
    { synonyms: 'nginx apache access_logs requests' },
  ),
  transactions: optional(
    transactionsKind,
    'Workflows that the exporter runs regularly, request by request: name -> mapping. Names follow the rules of endpoints and become the label `transaction`.',
    { quotes: 'asUrl', synonyms: 'workflows scenarios' },
  ),
  heartbeats: optional(
    heartbeatsKind,
    'Jobs that report to the exporter, such as a backup: name -> interval, or a mapping. `curl -X POST http://exporter:10059/heartbeat/NAME` is a report, see docs/heartbeats.md. Names follow the rules of endpoints, are not names of components, and become the label `component`. maintenance_windows and the components of a channel may contain them.',
    { synonyms: 'heartbeat cron_jobs jobs backups dead_man' },
  ),
  ...heartbeatTokenOptions,
  json_sources: optional(
    jsonSourcesKind,
    'JSON documents that become metrics: name -> mapping. Names follow the rules of endpoints, do not begin with ai_crm, and are not alertmanager. They become the label `source` of the metrics about the query itself. `ai-crm-exporter map --source NAME --file sample.json` tries one with a document in a file.',
  ),
  ai_crm: optional(
    mapping(aiCrmOptions),
    "AI-CRM's own numbers: tasks, agents, users, PM gateway. AI-CRM answers no other request during some queries. So the exporter sends few requests, one at a time, and none during a health probe. It keeps AI-CRM busy at most for a small share of the time (freeze_limit_percent).",
    { synonyms: 'aicrm crm', defaultIs: 'none: nothing is read' },
  ),
  alertmanager: optional(
    alertmanagerSection.kind,
    'The Alertmanager that notifies. If you set it, a silence of a component, or of everything, is also maintenance for the exporter: on the status page, in aicrm_component_maintenance and for the overall level. A silence of only some alerts of the component is not. The commands "maintenance" and "notify-test" use this Alertmanager, too.',
    { synonyms: 'alert_manager' },
  ),
  prometheus: optional(
    prometheusSection.kind,
    'The Prometheus that scrapes this exporter and has the rules of this project. If you set it, the status page and /api/status show the availability of each component over 24 hours and 30 days; otherwise since the start of the exporter.',
    { defaultIs: 'none: only what the exporter has in memory' },
  ),
  alert_channels: optional(
    alertChannelsKind,
    'Where alerts are sent. Alertmanager notifies: `ai-crm-exporter alertmanager-config` makes its configuration from this section. Each channel is a mapping, or just true or false. Every enabled channel gets each alert that matches its options. A channel may have a name of your own: slack_ops is a second slack. console and watchdog may not. Without any channel the console is used.',
    { quotes: 'never', synonyms: 'alerts alerting notifications notifiers notifier channels' },
  ),
  grafana_url: optional(
    linkKind('https://grafana.example.com'),
    'Address of Grafana, for the links in notifications.',
    {
      defaultIs: 'none: then they lead to Prometheus',
      synonyms: 'grafana',
    },
  ),
  runbooks_url: optional(
    linkKind('https://monitoring.example.com:10059/runbooks'),
    'Address of the runbooks of this exporter (its path /runbooks), for the links in notifications.',
    { defaultIs: "none: then they lead to the project's page on the internet" },
  ),
  retention_days: optional(
    wholeNumber({ minimum: 1, maximum: 3650 }, 'Days'),
    'How long Prometheus should keep the data. Only its flag --storage.tsdb.retention.time sets that, here 7d.',
    { default: 7, synonyms: 'retention' },
  ),
  cleanup_interval: optional(
    duration({ minimum: 60, maximum: 30 * 86_400 }),
    'Accepted because existing configuration files have it. Prometheus removes old data by itself.',
    { defaultIs: '1h, without effect' },
  ),
  performance_metrics: optional(trackingKind('performance_metrics'), flags),
  business_metrics: optional(trackingKind('business_metrics'), flags),
  security_monitoring: optional(trackingKind('security_monitoring'), flags),
};

/** The whole configuration file. */
export const documentKind = mapping(documentOptions, 'a mapping of settings');

type Window = ValueOf<typeof maintenanceKind>[number];

/** A checked configuration file with the keys of the file and without defaults. Durations are in seconds. */
export type Settings = Omit<Given<typeof documentOptions>, 'maintenance_windows'> & {
  /** Undefined replaces a window with an error, so that the others keep their positions. */
  readonly maintenance_windows?: readonly (Window | undefined)[] | undefined;
};

/** The settings within the configuration. They contain secrets, so they are not printed with it. */
export class GivenSettings {
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** The settings with their secrets. */
  reveal(): Settings {
    return this.#settings;
  }
}

/** The JSON Schema (draft 2020-12) of the configuration file, for editors. It describes the file, not the checked settings. */
export function configJsonSchema(): Readonly<Record<string, unknown>> {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Configuration of ai-crm-exporter',
    ...documentKind.schema(),
    // Users may add `x-…`, see `readSettings`.
    patternProperties: { '^x-': {} },
  };
}
