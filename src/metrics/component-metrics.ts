import { levels } from '../base/level.js';
import { failureReasons, phases } from '../base/reason.js';
import { definitionsOf } from './definition.js';

const { counter, gauge, histogram, all } = definitionsOf('component');

/**
 * Why a probe does not count: the component may have been busy with a request of this exporter, or the exporter noticed
 * the answer too late.
 */
export const discountCauses = ['backend_busy', 'exporter_late'] as const;

/** See `discountCauses`. */
export type DiscountCause = (typeof discountCauses)[number];

/** Severities of alerts about a component, the worst first. */
export const componentSeverities = ['critical', 'warning'] as const;

/** Labels for alerts about a component that a configuration can set, besides its group. The rules name each of them. */
export const componentLabels = ['team', 'service', 'owner', 'tier', 'environment'] as const;

/**
 * Labels of a metric have this prefix, because targets of a scrape may have the same names, such as `service` in
 * Kubernetes.
 */
type InfoLabel = `label_${(typeof componentLabels)[number]}`;

/** The label of `aicrm_component_info` that has a label of alerts. */
export function infoLabel(label: (typeof componentLabels)[number]): InfoLabel {
  return `label_${label}`;
}

export const overallStatus = gauge(
  'aicrm_status',
  'Level of everything that is watched: 1 for the level it has and 0 for the others; the worst one counts, maintenance left out.',
  ['status'],
  { values: { status: levels } },
);

/** Kinds of things that have a level and are not components. */
export const partKinds = ['host', 'measure', 'transaction', 'heartbeat'] as const;

export const partStatus = gauge(
  'aicrm_part_status',
  'Level of each other part that counts in aicrm_status: cpu, memory, each disk, what users do, each transaction and each job of heartbeats; 1 for its level and 0 for the other three; absent while it does not count.',
  ['kind', 'part', 'status'],
  { values: { kind: partKinds, status: levels } },
);

export const componentInfo = gauge(
  'aicrm_component_info',
  'A component that is probed, always 1, with its target without credentials and query, the severity of its outage, and its labels in the configuration; a label that is not configured is absent.',
  ['component', 'target', 'kind', 'severity', ...componentLabels.map(infoLabel), 'group', 'description', 'runbook_url'],
  { values: { severity: componentSeverities } },
);

export const componentTimeout = gauge(
  'aicrm_component_timeout_seconds',
  'Time in seconds after which a probe of a component is given up and counts as failed.',
  ['component'],
);

export const componentUp = gauge(
  'aicrm_component_up',
  'Whether the last probe was answered as expected: 1, also for a degraded or slow component, or 0, also for UNKNOWN; absent until the first probe.',
  ['component'],
);

export const componentStatus = gauge(
  'aicrm_component_status',
  'Level of a component after its last probe, 1 for the level it has and 0 for the other three.',
  ['component', 'status'],
  { values: { status: levels } },
);

export const componentStateSince = gauge(
  'aicrm_component_state_since_timestamp_seconds',
  'Unix time since which a component has its level, failed probes in a row being one state; absent until the first change after a start of the exporter.',
  ['component'],
);

export const componentOutageStart = gauge(
  'aicrm_component_outage_start_timestamp_seconds',
  'Unix time of the first failed probe of the present outage, otherwise of the last one; absent without an outage, and if the exporter started during it.',
  ['component'],
);

export const componentOutageEnd = gauge(
  'aicrm_component_outage_end_timestamp_seconds',
  'Unix time of the good answer that ended the last outage; absent during an outage, and until one has ended since the start of the exporter.',
  ['component'],
);

export const componentCheckStatus = gauge(
  'aicrm_component_check_status',
  'Level of one check inside a detailed health answer, 1 for the level it has; absent when the answer names no checks.',
  ['component', 'check', 'status'],
  { values: { status: levels } },
);

export const componentProbes = counter(
  'aicrm_component_probes_total',
  'Probes of a component that were finished, failures included.',
  ['component'],
);

export const componentProbeFailures = counter(
  'aicrm_component_probe_failures_total',
  'Failed probes of a component by reason; every reason is there from the start.',
  ['component', 'reason'],
  { values: { reason: failureReasons } },
);

export const componentDiscountedProbes = counter(
  'aicrm_component_probes_discounted_total',
  'Failed or slow probes that no other metric counts; backend_busy: the component may have been busy with a query of this exporter (absent without such queries); exporter_late: this exporter was late.',
  ['component', 'cause'],
  { values: { cause: discountCauses } },
);

export const componentResponse = histogram(
  'aicrm_component_response_seconds',
  'Time that a probe of a component took in seconds, failures included; the buckets contain every response time threshold in use.',
  ['component'],
  { buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] },
);

export const componentLastResponse = gauge(
  'aicrm_component_last_response_seconds',
  'Time that the last probe of a component took in seconds, failures included.',
  ['component'],
);

export const componentPhase = gauge(
  'aicrm_component_phase_seconds',
  'Time of one phase of the last probe in seconds; absent for a phase that the probe did not enter.',
  ['component', 'phase'],
  { values: { phase: phases } },
);

export const componentStatusCode = gauge(
  'aicrm_component_http_status_code',
  'HTTP status code of the last answer; absent when there was none.',
  ['component'],
);

export const componentResponseBytes = gauge(
  'aicrm_component_response_bytes',
  'Size of the body of the last answer in bytes as it was received; absent when there was no answer.',
  ['component'],
);

/** Why a browser cannot use a file of a page. */
export const pageFailures = ['status', 'type', 'mixed', 'refused', 'size', 'timeout', 'connect'] as const;
/** See `pageFailures`. */
export type PageFailure = (typeof pageFailures)[number];

export const componentPageLoad = gauge(
  'aicrm_component_page_load_seconds',
  'Seconds until the page of an endpoint with page: true and all of its scripts, styles and images were loaded, or had failed; absent when there was no page.',
  ['component'],
);

export const componentPageBytes = gauge(
  'aicrm_component_page_bytes',
  'Size in bytes of that page and of its files as they were received; absent when there was no page.',
  ['component'],
);

export const componentPageResources = gauge(
  'aicrm_component_page_resources',
  'Number of files of that page, loaded or failed; absent when there was no page.',
  ['component'],
);

export const componentPageFailedResources = gauge(
  'aicrm_component_page_failed_resources',
  'Number of files of that page that a browser cannot use, by reason: status, type (such as a script with the Content-Type of HTML), mixed (http:// on a page of https://), refused (its integrity is wrong, or another origin does not allow it), size, timeout or connect; absent when there was no page.',
  ['component', 'reason'],
);

export const componentIpProtocol = gauge(
  'aicrm_component_ip_protocol',
  'IP version of the connection of the last probe, 4 or 6; absent when there was no connection, or one that a proxy has made.',
  ['component'],
);

export const componentCertificateExpiry = gauge(
  'aicrm_component_tls_certificate_expiry_timestamp_seconds',
  'Unix time at which the first certificate of all redirects and chains expires, verified or not; absent without TLS.',
  ['component'],
);

export const componentTlsVerified = gauge(
  'aicrm_component_tls_verified',
  'Whether every presented certificate was valid for its host, 1 or 0; absent without TLS.',
  ['component'],
);

export const componentUptime = gauge(
  'aicrm_component_uptime_seconds',
  'Uptime in the health answer of a component in seconds; absent if the answer has none.',
  ['component'],
);

export const componentRestarts = counter(
  'aicrm_component_restarts_total',
  'How often the uptime in the health answer went backwards; absent until an answer has one.',
  ['component'],
);

export const componentDependsOn = gauge(
  'aicrm_component_depends_on',
  'A configured dependency of a component on another one, always 1.',
  ['component', 'depends_on'],
);

export const componentMaintenance = gauge(
  'aicrm_component_maintenance',
  'Whether a component, or a job of heartbeats, is in maintenance, by a window of the configuration or a silence of Alertmanager, 1 or 0.',
  ['component'],
);

export const maintenanceInfo = gauge(
  'aicrm_maintenance_info',
  'Why a component is in maintenance, always 1: the comment of the silence or the name of the window, and the author of the silence ("configuration" for a window); absent outside of maintenance.',
  ['component', 'reason', 'author'],
);

/** All metrics of this area, in the order of the exposition. */
export const componentFamilies = all;
