import type { DataClient } from '../access/data-access.js';
import { isRecord } from '../base/json.js';
import { levelAgainst } from '../base/level.js';
import { ProbeFailure } from '../base/reason.js';
import type { Collector, MeasureReading } from '../collector.js';
import { type AiCrmDocument, aiCrmDocuments, type PresetName, presetMappings } from '../config/ai-crm-documents.js';
import type { Config } from '../config/config.js';
import { Secret } from '../config/secret.js';
import type { AiCrmConfig } from '../config/sections/ai-crm-section.js';
import type { HttpSettings } from '../config/sections/http-options.js';
import type { MetricMapping } from '../config/sections/mapping-options.js';
import type { Threshold, Thresholds } from '../config/sections/thresholds-section.js';
import type { AiCrmSubject, Tracked } from '../config/sections/tracking-section.js';
import { agentLastResponse, pmLastAnalysis } from '../metrics/agent-metrics.js';
import { failedLogins, httpRequestErrors, httpRequests } from '../metrics/business-metrics.js';
import type { Definition, Sample } from '../metrics/definition.js';
import { documentOf } from '../sources/json-source.js';
import { patienceSeconds, type SourceResult, sourceCollector } from '../sources/source-collector.js';

/** Adds `pm_gateway.analyses_succeeded_total` when AI-CRM reports all analyses and the failed ones instead. */
function withSuccesses(document: unknown): unknown {
  const gateway = isRecord(document) ? document['pm_gateway'] : undefined;
  if (!isRecord(document) || !isRecord(gateway) || Object.hasOwn(gateway, 'analyses_succeeded_total')) return document;
  const { analyses_total: all, analyses_failed_total: failed } = gateway;
  if (typeof all !== 'number' || typeof failed !== 'number' || !(all >= failed)) return document;
  return { ...document, pm_gateway: { ...gateway, analyses_succeeded_total: all - failed } };
}

/** Levels of the response times that AI-CRM reports: of the slowest agent, and of the PM gateway. */
function measureReadings(
  samples: readonly Sample[],
  thresholds: Pick<Thresholds, 'agentResponseTimeSeconds' | 'taskProcessingTimeSeconds'>,
): readonly MeasureReading[] {
  const agents = slowest(samples, agentLastResponse.name);
  const analysis = slowest(samples, pmLastAnalysis.name);
  return [
    ...(agents === undefined
      ? []
      : [
          reading(
            'agent response',
            agents.value,
            `slowest is ${agents.series.labels['agent']} with `,
            thresholds.agentResponseTimeSeconds,
          ),
        ]),
    ...(analysis === undefined
      ? []
      : [reading('PM analysis', analysis.value, '', thresholds.taskProcessingTimeSeconds)]),
  ];
}

function slowest(samples: readonly Sample[], metric: string): Sample | undefined {
  let worst: Sample | undefined;
  for (const sample of samples)
    if (sample.series.definition.name === metric && sample.value > (worst?.value ?? Number.NEGATIVE_INFINITY))
      worst = sample;
  return worst;
}

function reading(name: string, seconds: number, who: string, threshold: Threshold): MeasureReading {
  const limits = `warning above ${threshold.warning} s, critical above ${threshold.critical} s`;
  return {
    subject: 'measure',
    name,
    level: levelAgainst(seconds, threshold),
    message: `${who}${Number(seconds.toFixed(3))} s; ${limits}`,
  };
}

/** What is read from a document. */
interface DocumentedOptions {
  readonly thresholds: Pick<Thresholds, 'agentResponseTimeSeconds' | 'taskProcessingTimeSeconds'>;
  /** Absent: all. */
  readonly subjects?: readonly AiCrmSubject[];
  /** Whether a flag switches off a part of the data. Absent: no. */
  readonly isSwitchedOff?: (what: Tracked) => boolean;
}

interface DocumentedParts extends DocumentedOptions {
  readonly aiCrm: AiCrmConfig;
  readonly intervals: Config['intervals'];
  readonly client: DataClient;
}

/** Maximum number of series, because AI-CRM chooses the names of agents, tiers and features. */
const maxSeries = 5000;

/** Reads a parsed document. Every field is optional; a document that is not an object has none. Rejects like a `Mapping`. */
export async function readDocumented(
  name: PresetName,
  document: unknown,
  { thresholds, ...wanted }: DocumentedOptions,
): Promise<Omit<SourceResult, 'durationSeconds'>> {
  const { createMapping } = await import('../sources/mapping.js');
  const result = await createMapping(wantedMappings(name, wanted), { maxSeries })(withSuccesses(document));
  const notices =
    result.samples.length + result.notices.length === 0
      ? ['the document has none of the documented fields']
      : result.notices;
  return {
    ...result,
    notices,
    readings: measureReadings(result.samples, thresholds),
    message: `${result.samples.length.toLocaleString('en')} series`,
  };
}

/** One collector per document with data to collect: `ai_crm:metrics`, `ai_crm:agents_metrics`, `ai_crm:business_metrics`. */
export function documentedCollectors(parts: DocumentedParts): readonly Collector[] {
  return aiCrmDocuments
    .filter(({ name }) => wantedMappings(name, parts).length > 0)
    .map((document) => documentCollector(document, parts));
}

/** These metrics have their own flags, independent of their subject. */
const tracked: readonly (readonly [what: Tracked, metrics: readonly Definition[]])[] = [
  ['agent_response', [agentLastResponse]],
  ['http_requests', [httpRequests, httpRequestErrors]],
  ['failed_logins', [failedLogins]],
];

function wantedMappings(
  name: PresetName,
  { subjects, isSwitchedOff = () => false }: Omit<DocumentedOptions, 'thresholds'>,
): readonly MetricMapping[] {
  const unwanted = tracked.flatMap(([what, metrics]) => (isSwitchedOff(what) ? metrics : []));
  return presetMappings(name, subjects).filter(({ definition }) => !unwanted.includes(definition));
}

function documentCollector(
  { name, path, interval }: AiCrmDocument,
  { aiCrm, intervals, client, ...options }: DocumentedParts,
): Collector {
  const url = `${aiCrm.url}${path}`;
  const http = httpSettings(aiCrm);
  const { timeoutSeconds, login } = aiCrm;
  const intervalSeconds = intervals[interval];
  const collector = name.replace('ai_crm_', 'ai_crm:');
  return sourceCollector(
    {
      name: collector,
      source: name,
      intervalSeconds,
      timeoutSeconds: timeoutSeconds + patienceSeconds(intervalSeconds),
      place: url,
    },
    async (signal) => {
      const answer = await client.ask(
        { source: name, url, http, timeoutSeconds, usesLogin: login !== undefined },
        signal,
      );
      if (answer.statusCode === 404)
        throw new ProbeFailure(
          'status',
          `404: AI-CRM has no ${path}; to read the API of its web backend, set ai_crm.api to real`,
        );
      return {
        ...(await readDocumented(name, documentOf(answer, url), options)),
        durationSeconds: answer.durationSeconds,
      };
    },
  );
}

function httpSettings({ headers, tls, maxBodyBytes }: AiCrmConfig): HttpSettings {
  return {
    method: 'GET',
    headers: new Map([['accept', new Secret('application/json')], ...headers]),
    expect: { jsonStatus: false, jsonValues: new Map() },
    tls,
    followRedirects: false,
    maxBodyBytes,
  };
}
