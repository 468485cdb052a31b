import type { DataAccess } from '../../src/access/data-access.js';
import { aiCrmCollectors } from '../../src/ai-crm/ai-crm-collectors.js';
import { AiCrmMemory } from '../../src/ai-crm/operation.js';
import type { Clock } from '../../src/base/clock.js';
import type { MeasureReading, SourceReading } from '../../src/collector.js';
import { thresholdBounds } from '../../src/collectors/configuration-samples.js';
import type { Config } from '../../src/config/config.js';
import { Secret } from '../../src/config/secret.js';
import { type AiCrmConfig, aiCrmDefaults } from '../../src/config/sections/ai-crm-section.js';
import { agentResponse, pmAnalysis } from '../../src/metrics/agent-metrics.js';
import { catalogue } from '../../src/metrics/catalogue.js';
import { Recorder } from '../../src/metrics/recorder.js';
import { config } from './config.js';
import { samplesIn } from './exposition.js';
import { RecordedLog } from './recorded-log.js';

/** Deviations from the usual set-up. */
export interface Changes {
  readonly aiCrm?: Partial<AiCrmConfig>;
  /** Without a login. */
  readonly isAnonymous?: boolean;
  readonly config?: Partial<Config>;
  readonly memory?: AiCrmMemory;
}

/** The collectors of `ai_crm` at a URL, with a recorder. By default `api` is `real` and there is a login. */
export function collectorsOf(url: string, data: DataAccess, clock: Clock, changes: Changes = {}) {
  const { api, timeoutSeconds, requestsPerHour, freezeLimitRatio, sampleTask, maxBodyBytes } = {
    ...aiCrmDefaults,
    api: 'real' as const,
  };
  const login = { kind: 'password', username: 'somebody', password: new Secret('see the data access') } as const;
  const aiCrm: AiCrmConfig = {
    url,
    api,
    timeoutSeconds,
    requestsPerHour,
    freezeLimitRatio,
    sampleTask,
    maxBodyBytes,
    headers: new Map(),
    tls: { insecureSkipVerify: false },
    ...(changes.isAnonymous === true ? {} : { login }),
    ...changes.aiCrm,
  };
  const settings = config(changes.config);
  const log = new RecordedLog();
  const { memory = new AiCrmMemory() } = changes;
  const collectors = aiCrmCollectors({ config: settings, aiCrm, data, clock, log, memory });
  const recorder = new Recorder(catalogue, { processMetrics: false });
  recorder.useBounds(agentResponse, thresholdBounds(settings.thresholds.agentResponseTimeSeconds));
  recorder.useBounds(pmAnalysis, thresholdBounds(settings.thresholds.taskProcessingTimeSeconds));
  const sources = new Map<string, SourceReading>();
  const measures = new Map<string, MeasureReading>();
  return {
    collectors,
    log,
    /** The readings of the last runs, by name. */
    sources,
    measures,
    /** Runs the named collectors (without `ai_crm:`) one after the other, or all of them. */
    async run(...names: readonly string[]): Promise<void> {
      for (const collector of collectors) {
        const name = collector.name.replace('ai_crm:', '');
        if (names.length > 0 && !names.includes(name)) continue;
        const collected = await collector.collect(new AbortController().signal);
        recorder.record(collector.name, collected.samples);
        for (const reading of collected.readings ?? []) {
          if (reading.subject === 'source') sources.set(name, reading);
          if (reading.subject === 'measure') measures.set(reading.name, reading);
        }
      }
    },
    text: () => recorder.renderOwn('text'),
    samples: () => samplesIn(recorder.renderOwn('text')),
  };
}
