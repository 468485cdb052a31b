import t from 'tap';
import { failureReasons } from '../../src/base/reason.js';
import type { ComponentReading } from '../../src/collector.js';
import { componentFamilies } from '../../src/metrics/component-metrics.js';
import { Recorder } from '../../src/metrics/recorder.js';
import { shownHeaders } from '../../src/probes/component-probe.js';
import { componentSamples, componentSeries, componentZeroes } from '../../src/probes/component-samples.js';
import { samplesIn } from '../support/exposition.js';
import { reading } from '../support/service-fixture.js';

/** The lines of a reading in `/metrics`, without buckets and the prefix of names. */
function shown(found: ComponentReading, restarted = false): readonly string[] {
  const recorder = new Recorder(componentFamilies, { processMetrics: false });
  recorder.record('x', componentSamples(found, componentSeries('crm'), restarted));
  return [...samplesIn(recorder.renderOwn('text'))]
    .filter(([name]) => !name.includes('_bucket'))
    .map(
      ([name, value]) =>
        `${name.replace('aicrm_component_', '').replace('component="crm",', '').replace('{component="crm"}', '')} ${value}`,
    )
    .sort();
}

t.test('a reading gives a sample for each of its values', async (t) => {
  const whole = reading('crm', {
    level: 'warning',
    responseSeconds: 0.25,
    phases: { dns: 0.01, connect: 0.02, tls: 0.03, first_byte: 0.04, transfer: 0.05 },
    uptimeSeconds: 77,
    ipProtocol: 6,
    certificate: { expiryTimestampSeconds: 2_000_000_000, whose: 'leaf of crm', verified: true },
    checks: [{ name: 'db', level: 'critical' }],
    times: { stateSinceSeconds: 100, outageStartSeconds: 90, outageEndSeconds: 95 },
  });
  t.same(shown(whole, true), [
    'check_status{check="db",status="critical"} 1',
    'check_status{check="db",status="healthy"} 0',
    'check_status{check="db",status="unknown"} 0',
    'check_status{check="db",status="warning"} 0',
    'http_status_code 200',
    'ip_protocol 6',
    'last_response_seconds 0.25',
    'outage_end_timestamp_seconds 95',
    'outage_start_timestamp_seconds 90',
    'phase_seconds{phase="connect"} 0.02',
    'phase_seconds{phase="dns"} 0.01',
    'phase_seconds{phase="first_byte"} 0.04',
    'phase_seconds{phase="tls"} 0.03',
    'phase_seconds{phase="transfer"} 0.05',
    'probes_total 1',
    'response_bytes 42',
    'response_seconds_count 1',
    'response_seconds_sum 0.25',
    'restarts_total 1',
    'state_since_timestamp_seconds 100',
    'status{status="critical"} 0',
    'status{status="healthy"} 0',
    'status{status="unknown"} 0',
    'status{status="warning"} 1',
    'tls_certificate_expiry_timestamp_seconds 2000000000',
    'tls_verified 1',
    'up 1',
    'uptime_seconds 77',
  ]);
});

t.test('missing values of a reading are absent', async (t) => {
  const { statusCode: _code, responseBytes: _bytes, ipProtocol: _protocol, ...rest } = reading('crm');
  t.same(shown({ ...rest, up: false, level: 'unknown', reason: 'auth', phases: {} }), [
    'last_response_seconds 0.038',
    'probe_failures_total{reason="auth"} 1',
    'probes_total 1',
    'response_seconds_count 1',
    'response_seconds_sum 0.038',
    'status{status="critical"} 0',
    'status{status="healthy"} 0',
    'status{status="unknown"} 1',
    'status{status="warning"} 0',
    'up 0',
  ]);
  const invalid = reading('crm', {
    certificate: { expiryTimestampSeconds: 1, whose: 'x', verified: false },
    uptimeSeconds: 0,
  });
  for (const line of [
    'tls_verified 0',
    'tls_certificate_expiry_timestamp_seconds 1',
    'restarts_total 0',
    'uptime_seconds 0',
  ])
    t.ok(shown(invalid).includes(line), line);
});

t.test('counters begin at 0, one for each possible reason and cause', async (t) => {
  const names = (causes: Parameters<typeof componentZeroes>[1]) =>
    componentZeroes(componentSeries('crm'), causes).map(
      ({ series, operation, value }) => `${operation} ${value} ${series.definition.name}${series.key}`,
    );
  t.same(names(['exporter_late']), [
    'add 0 aicrm_component_probes_total{component="crm"}',
    'add 0 aicrm_component_probes_discounted_total{component="crm",cause="exporter_late"}',
    ...failureReasons.map((reason) => `add 0 aicrm_component_probe_failures_total{component="crm",reason="${reason}"}`),
  ]);
});

t.test('headers are shown on one line each, cut, and without secrets', async (t) => {
  t.same(
    shownHeaders([
      ['Server', 'nginx\t1'],
      ['Set-Cookie', 'session=hunter2'],
      ['X-Long', 'x'.repeat(5000)],
      ['X-Exact', 'y'.repeat(200)],
    ]).map(([name, value]) => [name, value.replace(/x+/, 'x')]),
    [
      ['Server', 'nginx 1'],
      ['Set-Cookie', '<secret>'],
      ['X-Long', 'x…'],
      ['X-Exact', 'y'.repeat(200)],
    ],
  );
  t.equal(shownHeaders([['X-Long', 'x'.repeat(5000)]])[0]?.[1].length, 200);
});
