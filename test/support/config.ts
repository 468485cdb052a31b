import type { Config } from '../../src/config/config.js';
import { ordinary } from '../../src/config/sections/about-component.js';
import type { DatabaseAddress } from '../../src/config/sections/database-options.js';
import type { DatabaseComponent, HttpComponent, TcpComponent } from '../../src/config/sections/endpoints-section.js';
import type { Expectation } from '../../src/config/sections/expect-options.js';
import type { HttpSettings } from '../../src/config/sections/http-options.js';
import type { JsonSourceConfig } from '../../src/config/sections/json-sources-section.js';
import { resolveThresholds, type Threshold, type Thresholds } from '../../src/config/sections/thresholds-section.js';
import { GivenSettings } from '../../src/config/settings.js';

/** The default HTTP settings with some changes. */
export function httpSettings(
  changes: Partial<Omit<HttpSettings, 'expect'>> & { readonly expect?: Partial<Expectation> } = {},
): HttpSettings {
  return {
    method: 'GET',
    headers: new Map(),
    tls: { insecureSkipVerify: false },
    followRedirects: true,
    maxBodyBytes: 1 << 20,
    ...changes,
    expect: { jsonStatus: false, jsonValues: new Map(), ...changes.expect },
  };
}

/** A JSON source named `shop` at this URL, of the server with the origin `target`. It has no metrics. */
export function jsonSource(url: string, target: string): JsonSourceConfig {
  return {
    name: 'shop',
    url,
    target,
    http: httpSettings(),
    usesLogin: false,
    intervalSeconds: 60,
    timeoutSeconds: 5,
    maxSeries: 10,
    metrics: [],
  };
}

/** A component at this URL, with an interval of 30 s and a timeout of 10 s by default. */
export function httpComponent(name: string, url: string, changes: Partial<HttpComponent> = {}): HttpComponent {
  const { origin, pathname, protocol } = new URL(url);
  return {
    name,
    url,
    target: `${origin}${pathname}`,
    kind: protocol === 'https:' ? 'https' : 'http',
    http: httpSettings(),
    intervalSeconds: 30,
    timeoutSeconds: 10,
    dependsOn: [],
    thresholds: {},
    ...ordinary,
    ...changes,
  };
}

/** A TCP component at this port of the loopback interface. */
export function tcpComponent(name: string, port: number, changes: Partial<TcpComponent> = {}): TcpComponent {
  return {
    name,
    kind: 'tcp',
    host: '127.0.0.1',
    port,
    target: `tcp://127.0.0.1:${port}`,
    intervalSeconds: 30,
    timeoutSeconds: 10,
    dependsOn: [],
    thresholds: {},
    ...ordinary,
    ...changes,
  };
}

/** The usual thresholds, with this one for the response time. */
export function thresholdsWith(responseTimeSeconds: Threshold): Thresholds {
  return { ...resolveThresholds({}, () => {}), responseTimeSeconds };
}

/** A whole configuration without a host, with the thresholds of the monitoring document. */
export function config(changes: Partial<Config> = {}): Config {
  return {
    source: null,
    given: new GivenSettings({}),
    components: [],
    componentNames: [],
    intervals: {
      healthChecksSeconds: 30,
      systemMetricsSeconds: 60,
      detailedAnalysisSeconds: 300,
      agentPerformanceSeconds: 120,
    },
    retryIntervalSeconds: 5,
    retries: 2,
    concurrency: 1000,
    thresholds: resolveThresholds({}, () => {}),
    slo: { availabilityRatio: 0.995 },
    maintenanceWindows: [],
    host: { enabled: false, rootfs: '/' },
    probe: { allowedTargets: [], modules: new Map() },
    jsonSources: [],
    sqlSources: [],
    requestSources: [],
    transactions: [],
    heartbeats: [],
    alertChannels: [],
    tracking: { performance_metrics: {}, business_metrics: {}, security_monitoring: {} },
    name: 'AI-CRM',
    retentionSeconds: 7 * 86_400,
    warnings: [],
    ...changes,
  };
}

/** A database component at this address, with an interval of 30 s and a timeout of 10 s by default. */
export function databaseComponent(
  kind: DatabaseComponent['kind'],
  database: DatabaseAddress,
  changes: Partial<DatabaseComponent> = {},
): DatabaseComponent {
  return {
    name: kind,
    kind,
    database,
    target: `${kind}://${database.host}:${database.port}`,
    intervalSeconds: 30,
    timeoutSeconds: 10,
    dependsOn: [],
    thresholds: {},
    ...ordinary,
    ...changes,
  };
}
