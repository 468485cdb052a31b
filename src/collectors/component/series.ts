import { type Level, levels } from '../../level.js';
import { type Series, seriesOf } from '../../metrics/definition.js';
import * as families from '../../metrics/families/component.js';
import { type FailureReason, failureReasons, type Phase, phases } from '../../reason.js';

/**
 * All series that probes of one component write, named once: label text is put together and escaped here, at start, and
 * not four thousand times a minute.
 */
export interface ComponentSeries {
  readonly up: Series;
  readonly status: Readonly<Record<Level, Series>>;
  readonly stateSince: Series;
  readonly outageStart: Series;
  readonly outageEnd: Series;
  readonly probes: Series;
  readonly failures: Readonly<Record<FailureReason, Series>>;
  readonly response: Series;
  readonly lastResponse: Series;
  readonly phase: Readonly<Record<Phase, Series>>;
  readonly statusCode: Series;
  readonly responseBytes: Series;
  readonly ipProtocol: Series;
  readonly certificateExpiry: Series;
  readonly tlsVerified: Series;
  readonly uptime: Series;
  readonly restarts: Series;
  readonly discounted: Readonly<Record<families.DiscountCause, Series>>;
}

/** Names the series of a component. */
export function componentSeries(component: string): ComponentSeries {
  const labels = { component };
  return {
    up: seriesOf(families.componentUp, labels),
    status: forEach(levels, (status) => seriesOf(families.componentStatus, { component, status })),
    stateSince: seriesOf(families.componentStateSince, labels),
    outageStart: seriesOf(families.componentOutageStart, labels),
    outageEnd: seriesOf(families.componentOutageEnd, labels),
    probes: seriesOf(families.componentProbes, labels),
    failures: forEach(failureReasons, (reason) => seriesOf(families.componentProbeFailures, { component, reason })),
    response: seriesOf(families.componentResponse, labels),
    lastResponse: seriesOf(families.componentLastResponse, labels),
    phase: forEach(phases, (phase) => seriesOf(families.componentPhase, { component, phase })),
    statusCode: seriesOf(families.componentStatusCode, labels),
    responseBytes: seriesOf(families.componentResponseBytes, labels),
    ipProtocol: seriesOf(families.componentIpProtocol, labels),
    certificateExpiry: seriesOf(families.componentCertificateExpiry, labels),
    tlsVerified: seriesOf(families.componentTlsVerified, labels),
    uptime: seriesOf(families.componentUptime, labels),
    restarts: seriesOf(families.componentRestarts, labels),
    discounted: forEach(families.discountCauses, (cause) =>
      seriesOf(families.componentDiscountedProbes, { component, cause }),
    ),
  };
}

function forEach<K extends string>(keys: readonly K[], make: (key: K) => Series): Readonly<Record<K, Series>> {
  return Object.fromEntries(keys.map((key) => [key, make(key)])) as Record<K, Series>;
}
