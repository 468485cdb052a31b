import { levels } from '../../level.js';
import type { Series } from '../../metrics/definition.js';
import { componentCheckStatus, type DiscountCause } from '../../metrics/families/component.js';
import { addSeries, observeSeries, type Sample, set, setSeries } from '../../metrics/sample.js';
import { phases } from '../../reason.js';
import type { ComponentReading } from '../reading.js';
import type { ComponentSeries } from './series.js';

/** The counters that are visible before the first failure: one per reason, at 0; and how many probes were discounted, for each cause that there may be. */
export function zeroFill(series: ComponentSeries, causes: readonly DiscountCause[]): readonly Sample[] {
  return [
    addSeries(series.probes, 0),
    ...causes.map((cause) => addSeries(series.discounted[cause], 0)),
    ...Object.values(series.failures).map((failure) => addSeries(failure, 0)),
  ];
}

/** What one reading adds to the metrics; `restarted` says whether the stated uptime went backwards. */
export function samplesOf(reading: ComponentReading, series: ComponentSeries, restarted: boolean): readonly Sample[] {
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
  setIfKnown(series.outageStart, reading.times?.outageStartSeconds);
  setIfKnown(series.outageEnd, reading.times?.outageEndSeconds);
  setIfKnown(series.statusCode, reading.statusCode);
  setIfKnown(series.responseBytes, reading.responseBytes);
  setIfKnown(series.ipProtocol, reading.ipProtocol);
  setIfKnown(series.uptime, reading.uptimeSeconds);
  if (reading.certificate !== undefined) {
    samples.push(
      setSeries(series.certificateExpiry, reading.certificate.expiryTimestampSeconds),
      setSeries(series.tlsVerified, reading.certificate.verified ? 1 : 0),
    );
  }
  if (reading.uptimeSeconds !== undefined) samples.push(addSeries(series.restarts, restarted ? 1 : 0));
  for (const check of reading.checks) {
    for (const status of levels)
      samples.push(
        set(
          componentCheckStatus,
          { component: reading.name, check: check.name, status },
          status === check.level ? 1 : 0,
        ),
      );
  }
  return samples;
}
