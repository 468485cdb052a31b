import type { ClientTokens } from '../access/client-tokens.js';
import type { DataAccess } from '../access/data-access.js';
import type { HealthGates } from '../access/lanes.js';
import { dataAccessCollector } from '../ai-crm/access-collector.js';
import type { AiCrmMemory } from '../ai-crm/operation.js';
import type { Clock } from '../base/clock.js';
import type { Lateness } from '../base/lateness.js';
import type { Log } from '../base/log.js';
import type { Collector } from '../collector.js';
import type { Config } from '../config/config.js';
import type { ComponentConfig } from '../config/sections/endpoints-section.js';
import { hostCollectors } from '../host/host-collectors.js';
import type { HostSource } from '../host/host-source.js';
import type { ExplainingCalendar } from '../maintenance/maintenance-calendar.js';
import type { CurrentSilences } from '../maintenance/silences.js';
import type { HttpProber } from '../net/http-client.js';
import { askedUrls } from '../net/origin-name.js';
import {
  type ComponentMemory,
  componentCollector,
  probeRounds,
  type SharedServer,
} from '../probes/component-collector.js';
import { createProbe } from '../probes/component-probe.js';
import type { RememberedHistory } from '../sources/history-collector.js';
import { maintenanceCollector } from '../sources/maintenance-collector.js';
import type { LogCounts } from '../sources/request-source.js';
import { transactionCollector } from '../transactions/transaction-collector.js';

interface CollectorParts {
  readonly config: Config;
  readonly prober: HttpProber;
  /** The access to all data sources. */
  readonly data: DataAccess;
  /** Keeps probes and data requests from overlapping. */
  readonly healthGates: HealthGates;
  /** Null when the host is not monitored. */
  readonly host: HostSource | null;
  readonly calendar: ExplainingCalendar;
  /** Alertmanager's silences, which the calendar reads. */
  readonly silences: CurrentSilences;
  readonly clock: Clock;
  readonly log: Log;
  /** The state of components, by name. Entries are added when needed and survive a reload. */
  readonly memories: Map<string, ComponentMemory>;
  /** The state of AI-CRM; survives a reload. */
  readonly aiCrmMemory: AiCrmMemory;
  /** Counts of access logs; survive a reload. */
  readonly logCounts: LogCounts;
  /** Tokens of OAuth 2.0 clients, when others use them too. */
  readonly tokens?: ClientTokens;
  /** Takes the availability of components from Prometheus; absent when it is not shown. */
  readonly onHistory?: (history: RememberedHistory | undefined) => void;
  /** Measures how late this process is; absent when every probe counts. */
  readonly lateness?: Lateness;
  /** Keep a log of the steps in each component's reading, for `check --verbose`. */
  readonly isVerbose: boolean;
}

/** All collectors of a configuration, in the order in which they start. */
export async function createCollectors(parts: CollectorParts): Promise<readonly Collector[]> {
  const { config, host, log } = parts;
  const { intervals, thresholds } = config;
  return [
    ...components(parts),
    ...(host === null
      ? []
      : hostCollectors({
          source: host,
          config: config.host,
          intervalSeconds: intervals.systemMetricsSeconds,
          thresholds,
          log,
        })),
    ...(await aiCrm(parts)),
    ...(await jsonSources(parts)),
    ...(await sqlSources(parts)),
    ...(await requestSources(parts)),
    ...config.transactions.map((transaction) =>
      transactionCollector(transaction, {
        client: parts.data.client,
        clock: parts.clock,
        ...(parts.lateness && { lateness: parts.lateness }),
      }),
    ),
    maintenanceCollector({
      ...parts,
      components: [...config.components, ...config.heartbeats],
      ...(config.alertmanager === undefined ? {} : { alertmanager: config.alertmanager }),
    }),
    ...(await history(parts)),
    ...(askedUrls(config).length === 0 ? [] : [dataAccessCollector(parts.data, config.aiCrm)]),
  ];
}

/** Loaded only if Prometheus is configured. */
async function history({
  config: { prometheus },
  prober,
  clock,
  onHistory,
}: CollectorParts): Promise<readonly Collector[]> {
  if (prometheus === undefined || onHistory === undefined) return [];
  const { historyCollector } = await import('../sources/history-collector.js');
  return [historyCollector({ prometheus, prober, clock, onHistory })];
}

/** Loaded only if there is something to collect. */
async function jsonSources({ config, data }: CollectorParts): Promise<readonly Collector[]> {
  if (config.jsonSources.length === 0) return [];
  const { jsonSourceCollector } = await import('../sources/json-source.js');
  return config.jsonSources.map((source) => jsonSourceCollector(source, data.client));
}

/** Loaded only if there is something to collect. */
async function requestSources({ config, data, logCounts }: CollectorParts): Promise<readonly Collector[]> {
  if (config.requestSources.length === 0) return [];
  const { requestSourceCollector } = await import('../sources/request-source.js');
  return config.requestSources.map((source) => requestSourceCollector(source, data.client, logCounts));
}

/** Loaded only if there is something to collect; the mapping only at the first run. */
async function sqlSources({ config, prober }: CollectorParts): Promise<readonly Collector[]> {
  if (config.sqlSources.length === 0) return [];
  const { sqlSourceCollector } = await import('../sources/sql-source.js');
  return config.sqlSources.map((source) =>
    sqlSourceCollector(source, {
      network: prober,
      createMapping: async () => (await import('../sources/mapping.js')).createMapping(source.metrics, source),
    }),
  );
}

/** Loaded only if there is something to collect. */
async function aiCrm({ config, data, clock, log, aiCrmMemory: memory }: CollectorParts): Promise<readonly Collector[]> {
  if (config.aiCrm === undefined) return [];
  const { aiCrmCollectors } = await import('../ai-crm/ai-crm-collectors.js');
  return aiCrmCollectors({ config, aiCrm: config.aiCrm, data, clock, log, memory });
}

function components({
  config,
  prober,
  healthGates,
  calendar,
  clock,
  memories,
  lateness,
  tokens,
  isVerbose,
}: CollectorParts): readonly Collector[] {
  const { retryIntervalSeconds, retries } = config;
  const quiet = createProbe(prober, config.thresholds, { clock, ...(tokens && { tokens }) });
  const probe: typeof quiet = isVerbose ? (component, signal) => quiet(component, signal, []) : quiet;
  const sharedServer = sharedServers(config, healthGates);
  const rounds = probeRounds(config.components, { clock, calendar });
  return config.components.map((component) => {
    const memory = memories.get(component.name) ?? { failuresInARow: 0, uptimeSeconds: undefined };
    memories.set(component.name, memory);
    const shared = sharedServer(component);
    const own = lateness && {
      lateness,
      threshold: component.thresholds.responseTimeSeconds ?? config.thresholds.responseTimeSeconds,
    };
    return componentCollector(component, {
      probe,
      memory,
      retryIntervalSeconds,
      retries,
      clock,
      rounds,
      ...(shared && { shared }),
      ...(own && { own }),
    });
  });
}

/** Which components may share their server with data requests, and the gate that keeps probes and requests from overlapping. */
export function sharedServers(
  config: Config,
  healthGates: HealthGates,
): (component: ComponentConfig) => SharedServer | undefined {
  const isAsked = askedUrls(config).length > 0;
  return (component) => {
    // Whether its server gets data requests may be found out later.
    if (!isAsked || (component.kind !== 'http' && component.kind !== 'https')) return undefined;
    const { warning: warningSeconds } =
      component.thresholds.responseTimeSeconds ?? config.thresholds.responseTimeSeconds;
    return { gate: healthGates.gateFor(component.name, component.url), warningSeconds };
  };
}
