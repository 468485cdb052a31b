import type { AiCrmConfig, AiCrmSubject, Config, HttpSettings, Thresholds } from '../../config/config.js';
import type { MetricMapping } from '../../config/mapping.js';
import { type AiCrmDocument, aiCrmDocuments, presetMappings } from '../../config/presets/ai-crm-documents.js';
import type { PresetName } from '../../config/presets/names.js';
import { Secret } from '../../config/secret.js';
import type { Tracked } from '../../config/tracking.js';
import type { Definition } from '../../metrics/definition.js';
import { agentLastResponse } from '../../metrics/families/agents.js';
import { failedLogins, httpRequestErrors, httpRequests } from '../../metrics/families/business.js';
import type { DataClient } from '../../sources/data/data-client.js';
import { ProbeFailure } from '../../sources/failure.js';
import type { Collector } from '../collector.js';
import { documentOf } from '../source/json-document.js';
import { patienceSeconds } from '../source/patience.js';
import { type SourceResult, sourceCollector } from '../source/source-collector.js';
import { withSuccesses } from './documented-analyses.js';
import { measureReadings } from './documented-measures.js';

/** What is read of a document. */
export interface DocumentedOptions {
  readonly thresholds: Pick<Thresholds, 'agentResponseTimeSeconds' | 'taskProcessingTimeSeconds'>;
  /** Absent: everything. */
  readonly subjects?: readonly AiCrmSubject[];
  /** Whether a flag keeps a part of what is told from being read. Absent: no. */
  readonly isSwitchedOff?: (what: Tracked) => boolean;
}

/** What the collectors of the documented interface are made from. */
export interface DocumentedParts extends DocumentedOptions {
  readonly aiCrm: AiCrmConfig;
  readonly intervals: Config['intervals'];
  readonly client: DataClient;
}

/** Agents, tiers and features are AI-CRM's to name; nobody has more of them than this. */
const maxSeries = 5000;

/** Reads a parsed document; every field is optional, and a document that is no object has none. Rejects like a `Mapping`. */
export async function readDocumented(
  name: PresetName,
  document: unknown,
  { thresholds, ...wanted }: DocumentedOptions,
): Promise<Omit<SourceResult, 'durationSeconds'>> {
  const { createMapping } = await import('../mapping/create-mapping.js');
  const result = await createMapping(wantedMappings(name, wanted), { maxSeries })(withSuccesses(document));
  const notices =
    result.samples.length + result.notices.length === 0
      ? ['none of the documented fields is in the document']
      : result.notices;
  return {
    ...result,
    notices,
    readings: measureReadings(result.samples, thresholds),
    message: `${result.samples.length.toLocaleString('en')} series`,
  };
}

/** One collector for each document of which there is anything to collect: `ai_crm:metrics`, `ai_crm:agents_metrics`, `ai_crm:business_metrics`. */
export function documentedCollectors(parts: DocumentedParts): readonly Collector[] {
  return aiCrmDocuments
    .filter(({ name }) => wantedMappings(name, parts).length > 0)
    .map((document) => documentCollector(document, parts));
}

/** What is told of these depends on a flag of its own, whichever subject it belongs to. */
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
          `404: AI-CRM has no ${path}; the API of its web backend is read with ai_crm.api: real`,
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
