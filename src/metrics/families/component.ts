import { levels } from '../../level.js';
import { failureReasons, phases } from '../../reason.js';
import type { Definition } from '../definition.js';

const area = 'component';

/** The state of AI-CRM as a whole. */
export const status: Definition<'status'> = {
  name: 'aicrm_status',
  type: 'gauge',
  area,
  help: 'Level of AI-CRM as a whole, 1 for the level it has and 0 for the others; the worst of everything that is watched, maintenance left out.',
  labels: ['status'],
  values: { status: levels },
};

/** What each component is. */
export const componentInfo: Definition<'component' | 'target' | 'kind'> = {
  name: 'aicrm_component_info',
  type: 'gauge',
  area,
  help: 'A component of AI-CRM that is probed, always 1; the target is without credentials and query.',
  labels: ['component', 'target', 'kind'],
};

/** Whether the last probe succeeded. */
export const componentUp: Definition<'component'> = {
  name: 'aicrm_component_up',
  type: 'gauge',
  area,
  help: 'Whether the last probe was answered as expected, 1 or 0; a degraded component is up.',
  labels: ['component'],
};

/** The level of each component. */
export const componentStatus: Definition<'component' | 'status'> = {
  name: 'aicrm_component_status',
  type: 'gauge',
  area,
  help: 'Level of a component after its last probe, 1 for the level it has and 0 for the other three.',
  labels: ['component', 'status'],
  values: { status: levels },
};

/** Since when it is at its level. */
export const componentStateSince: Definition<'component'> = {
  name: 'aicrm_component_state_since_timestamp_seconds',
  type: 'gauge',
  area,
  help: 'Unix time since which a component is at its level, all failed probes in a row being one; absent until the first change after a start of the exporter.',
  labels: ['component'],
};

/** When the outage began. */
export const componentOutageStart: Definition<'component'> = {
  name: 'aicrm_component_outage_start_timestamp_seconds',
  type: 'gauge',
  area,
  help: 'Unix time at which the first failed probe of the outage that is on, or else of the last one, was sent; absent without one, and where the exporter started during it.',
  labels: ['component'],
};

/** When it was over. */
export const componentOutageEnd: Definition<'component'> = {
  name: 'aicrm_component_outage_end_timestamp_seconds',
  type: 'gauge',
  area,
  help: 'Unix time of the good answer that ended the last outage; absent while one is on, and until one has ended since the start of the exporter.',
  labels: ['component'],
};

/** The level of each part that a detailed health answer names. */
export const componentCheckStatus: Definition<'component' | 'check' | 'status'> = {
  name: 'aicrm_component_check_status',
  type: 'gauge',
  area,
  help: 'Level of one check inside a detailed health answer, 1 for the level it has; absent when the answer names no checks.',
  labels: ['component', 'check', 'status'],
  values: { status: levels },
};

/** How often a component was probed. */
export const componentProbes: Definition<'component'> = {
  name: 'aicrm_component_probes_total',
  type: 'counter',
  area,
  help: 'Probes of a component that were finished, failures included.',
  labels: ['component'],
};

/** How often a probe failed, and why. */
export const componentProbeFailures: Definition<'component' | 'reason'> = {
  name: 'aicrm_component_probe_failures_total',
  type: 'counter',
  area,
  help: 'Failed probes of a component by reason; every reason is there from the start.',
  labels: ['component', 'reason'],
  values: { reason: failureReasons },
};

/** How fast a component answers. */
export const componentResponse: Definition<'component'> = {
  name: 'aicrm_component_response_seconds',
  type: 'histogram',
  area,
  help: 'Time that a probe of a component took in seconds, failures included; the buckets contain every response time threshold in use.',
  labels: ['component'],
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
};

/** How fast it answered the last time. */
export const componentLastResponse: Definition<'component'> = {
  name: 'aicrm_component_last_response_seconds',
  type: 'gauge',
  area,
  help: 'Time that the last probe of a component took in seconds, failures included.',
  labels: ['component'],
};

/** Where the time of the last probe went. */
export const componentPhase: Definition<'component' | 'phase'> = {
  name: 'aicrm_component_phase_seconds',
  type: 'gauge',
  area,
  help: 'Time of one phase of the last probe in seconds; absent for a phase that the probe did not enter.',
  labels: ['component', 'phase'],
  values: { phase: phases },
};

/** What the last answer's status code was. */
export const componentStatusCode: Definition<'component'> = {
  name: 'aicrm_component_http_status_code',
  type: 'gauge',
  area,
  help: 'HTTP status code of the last answer; absent when there was none.',
  labels: ['component'],
};

/** How much the last answer weighed. */
export const componentResponseBytes: Definition<'component'> = {
  name: 'aicrm_component_response_bytes',
  type: 'gauge',
  area,
  help: 'Size of the body of the last answer in bytes as it was received; absent when there was no answer.',
  labels: ['component'],
};

/** Over which IP version the last connection ran. */
export const componentIpProtocol: Definition<'component'> = {
  name: 'aicrm_component_ip_protocol',
  type: 'gauge',
  area,
  help: 'IP version of the connection of the last probe, 4 or 6; absent when there was no connection.',
  labels: ['component'],
};

/** When the certificate runs out. */
export const componentCertificateExpiry: Definition<'component'> = {
  name: 'aicrm_component_tls_certificate_expiry_timestamp_seconds',
  type: 'gauge',
  area,
  help: 'Unix time at which the first certificate to expire does so, of all redirects and presented chains, verified or not; absent without TLS.',
  labels: ['component'],
};

/** Whether the certificate may be trusted. */
export const componentTlsVerified: Definition<'component'> = {
  name: 'aicrm_component_tls_verified',
  type: 'gauge',
  area,
  help: 'Whether every presented certificate was valid for its host, 1 or 0; absent without TLS.',
  labels: ['component'],
};

/** How long the component has been running. */
export const componentUptime: Definition<'component'> = {
  name: 'aicrm_component_uptime_seconds',
  type: 'gauge',
  area,
  help: 'Uptime that a component states in its health answer in seconds; absent when it states none.',
  labels: ['component'],
};

/** How often the component started anew. */
export const componentRestarts: Definition<'component'> = {
  name: 'aicrm_component_restarts_total',
  type: 'counter',
  area,
  help: 'Times that the uptime a component states went backwards; absent until it has stated one.',
  labels: ['component'],
};

/** Why a probe says nothing about the component: it may have waited for our own request, or we noticed its answer too late. */
export const discountCauses = ['backend_busy', 'exporter_late'] as const;

/** See `discountCauses`. */
export type DiscountCause = (typeof discountCauses)[number];

/** Probes that say nothing about the component. */
export const componentDiscountedProbes: Definition<'component' | 'cause'> = {
  name: 'aicrm_component_probes_discounted_total',
  type: 'counter',
  area,
  help: "Probes that went badly and are counted nowhere else, because the component may have been busy with this exporter's own query (backend_busy, absent where nobody is asked for anything but health) or this exporter was late itself.",
  labels: ['component', 'cause'],
  values: { cause: discountCauses },
};

/** What a component needs. */
export const componentDependsOn: Definition<'component' | 'depends_on'> = {
  name: 'aicrm_component_depends_on',
  type: 'gauge',
  area,
  help: 'A dependency of a component on another one as configured, always 1.',
  labels: ['component', 'depends_on'],
};

/** Whether trouble is expected. */
export const componentMaintenance: Definition<'component'> = {
  name: 'aicrm_component_maintenance',
  type: 'gauge',
  area,
  help: 'Whether a component is in maintenance, by a window of the configuration or a silence of Alertmanager, 1 or 0.',
  labels: ['component'],
};

/** The families of this area, in the order of the exposition. */
export const componentFamilies: readonly Definition[] = [
  status,
  componentInfo,
  componentUp,
  componentStatus,
  componentStateSince,
  componentOutageStart,
  componentOutageEnd,
  componentCheckStatus,
  componentProbes,
  componentProbeFailures,
  componentDiscountedProbes,
  componentResponse,
  componentLastResponse,
  componentPhase,
  componentStatusCode,
  componentResponseBytes,
  componentIpProtocol,
  componentCertificateExpiry,
  componentTlsVerified,
  componentUptime,
  componentRestarts,
  componentDependsOn,
  componentMaintenance,
];
