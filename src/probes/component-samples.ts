import { type Level, levels } from '../base/level.js';
import { type FailureReason, failureReasons, type Phase, phases } from '../base/reason.js';
import type { ComponentReading } from '../collector.js';
import * as families from '../metrics/component-metrics.js';
import { componentCheckStatus, type DiscountCause } from '../metrics/component-metrics.js';
import { addSeries, observeSeries, type Sample, type Series, seriesOf, set, setSeries } from '../metrics/definition.js';

/**
 * The series that every probe of a component writes. Label text is built and escaped once at start, not four thousand
 * times a minute. Series that only some components have are built when written, because a thousand components would
 * keep unused ones in memory.
 */
interface ComponentSeries {
  readonly up: Series;
  readonly status: Readonly<Record<Level, Series>>;
  readonly stateSince: Series;
  readonly probes: Series;
  readonly failures: Readonly<Record<FailureReason, Series>>;
  readonly response: Series;
  readonly lastResponse: Series;
  readonly phase: Readonly<Record<Phase, Series>>;
  readonly statusCode: Series;
  readonly responseBytes: Series;
  readonly ipProtocol: Series;
  readonly uptime: Series;
  readonly restarts: Series;
  readonly discounted: Readonly<Record<families.DiscountCause, Series>>;
}

/** Builds the series of a component. */
export function componentSeries(component: string): ComponentSeries {
  const labels = { component };
  return {
    up: seriesOf(families.componentUp, labels),
    status: forEach(levels, (status) => seriesOf(families.componentStatus, { component, status })),
    stateSince: seriesOf(families.componentStateSince, labels),
    probes: seriesOf(families.componentProbes, labels),
    failures: forEach(failureReasons, (reason) => seriesOf(families.componentProbeFailures, { component, reason })),
    response: seriesOf(families.componentResponse, labels),
    lastResponse: seriesOf(families.componentLastResponse, labels),
    phase: forEach(phases, (phase) => seriesOf(families.componentPhase, { component, phase })),
    statusCode: seriesOf(families.componentStatusCode, labels),
    responseBytes: seriesOf(families.componentResponseBytes, labels),
    ipProtocol: seriesOf(families.componentIpProtocol, labels),
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

/** Counters that exist at 0 before the first failure: one per reason, and one per possible cause of discounted probes. */
export function componentZeroes(series: ComponentSeries, causes: readonly DiscountCause[]): readonly Sample[] {
  return [
    addSeries(series.probes, 0),
    ...causes.map((cause) => addSeries(series.discounted[cause], 0)),
    ...Object.values(series.failures).map((failure) => addSeries(failure, 0)),
  ];
}

/** The samples of one reading. `restarted` says that the reported uptime went backwards. */
export function componentSamples(
  reading: ComponentReading,
  series: ComponentSeries,
  restarted: boolean,
): readonly Sample[] {
  const samples = [
    setSeries(series.up, reading.up ? 1 : 0),
    ...levels.map((level) => setSeries(series.status[level], level === reading.level ? 1 : 0)),
    addSeries(series.probes, 1),
    observeSeries(series.response, reading.responseSeconds),
    setSeries(series.lastResponse, reading.responseSeconds),
  ];
  const setIfKnown = (name: Series, value: number | undefined) => {
    if (value !== undefined) samples.push(setSeries(name, value));
  };
  if (reading.reason !== null) samples.push(addSeries(series.failures[reading.reason], 1));
  for (const phase of phases) setIfKnown(series.phase[phase], reading.phases[phase]);
  setIfKnown(series.stateSince, reading.times?.stateSinceSeconds);
  setIfKnown(series.statusCode, reading.statusCode);
  setIfKnown(series.responseBytes, reading.responseBytes);
  setIfKnown(series.ipProtocol, reading.ipProtocol);
  setIfKnown(series.uptime, reading.uptimeSeconds);
  const labels = { component: reading.name };
  const { outageStartSeconds, outageEndSeconds } = reading.times ?? {};
  if (outageStartSeconds !== undefined) samples.push(set(families.componentOutageStart, labels, outageStartSeconds));
  if (outageEndSeconds !== undefined) samples.push(set(families.componentOutageEnd, labels, outageEndSeconds));
  if (reading.page !== undefined) {
    const { loadSeconds, bytes, resources, failed } = reading.page;
    samples.push(
      set(families.componentPageLoad, labels, loadSeconds),
      set(families.componentPageBytes, labels, bytes),
      set(families.componentPageResources, labels, resources),
      ...families.pageFailures.map((reason) =>
        set(
          families.componentPageFailedResources,
          { ...labels, reason },
          failed.filter((each) => each.reason === reason).length,
        ),
      ),
    );
  }
  if (reading.certificate !== undefined) {
    samples.push(
      set(families.componentCertificateExpiry, labels, reading.certificate.expiryTimestampSeconds),
      set(families.componentTlsVerified, labels, reading.certificate.verified ? 1 : 0),
    );
  }
  if (reading.uptimeSeconds !== undefined) samples.push(addSeries(series.restarts, restarted ? 1 : 0));
  for (const check of reading.checks) {
    for (const status of levels)
      samples.push(set(componentCheckStatus, { ...labels, check: check.name, status }, status === check.level ? 1 : 0));
  }
  return samples;
}
