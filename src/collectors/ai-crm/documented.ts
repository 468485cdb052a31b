import type { AiCrmConfig, AiCrmSubject, Config, HttpSettings, Thresholds } from '../../config/config.js';
import { presetMappings, aiCrmDocuments, type AiCrmDocument } from '../../config/presets/ai-crm-documents.js';
import type { PresetName } from '../../config/presets/names.js';
import { Secret } from '../../config/secret.js';
import type { DataClient } from '../../sources/data/data-client.js';
import type { Collector } from '../collector.js';
import { documentOf } from '../source/json-document.js';
import { patienceSeconds } from '../source/patience.js';
import { sourceCollector, type SourceResult } from '../source/source-collector.js';
import { measureReadings } from './documented-measures.js';
import { withSuccesses } from './documented-analyses.js';

/** What is read of a document. */
export interface DocumentedOptions {
  readonly thresholds: Pick<Thresholds, 'agentResponseTimeSeconds' | 'taskProcessingTimeSeconds'>;
  /** Absent: everything. */
  readonly subjects?: readonly AiCrmSubject[];
}

/** What the collectors of the documented interface are made from. */
export interface DocumentedParts extends DocumentedOptions {
  readonly aiCrm: AiCrmConfig;
  readonly intervals: Config['intervals'];
  readonly client: DataClient;
}

/** Agents, tiers and features are AI-CRM's to name; nobody has more of them than this. */
const maxSeries = 5000;

/** Reads a parsed document; every field is optional, and a document that is no object has none. Never throws, whatever is in it. */
export async function readDocumented(name: PresetName, document: unknown, { thresholds, subjects }: DocumentedOptions): Promise<Omit<SourceResult, 'durationSeconds'>> {
  const { createMapping } = await import('../mapping/create-mapping.js');
  const result = createMapping(presetMappings(name, subjects), { maxSeries })(withSuccesses(document));
  const notices = result.samples.length + result.notices.length === 0 ? ['none of the documented fields is in the document'] : result.notices;
  return { ...result, notices, readings: measureReadings(result.samples, thresholds), message: `${result.samples.length.toLocaleString('en')} series` };
}

/** One collector for each document of which there is anything to collect: `ai_crm:metrics`, `ai_crm:agents_metrics`, `ai_crm:business_metrics`. */
export function documentedCollectors(parts: DocumentedParts): readonly Collector[] {
  return aiCrmDocuments.filter(({ name }) => presetMappings(name, parts.subjects).length > 0).map((document) => documentCollector(document, parts));
}

function documentCollector({ name, path, interval }: AiCrmDocument, { aiCrm, intervals, client, ...options }: DocumentedParts): Collector {
  const url = `${aiCrm.url}${path}`;
  const http = httpSettings(aiCrm);
  const { timeoutSeconds, login } = aiCrm;
  const intervalSeconds = intervals[interval];
  const collector = name.replace('ai_crm_', 'ai_crm:');
  return sourceCollector({ name: collector, source: name, intervalSeconds, timeoutSeconds: timeoutSeconds + patienceSeconds(intervalSeconds) }, async (signal) => {
    const answer = await client.ask({ source: name, url, http, timeoutSeconds, usesLogin: login !== undefined }, signal);
    return { ...(await readDocumented(name, documentOf(answer, url), options)), durationSeconds: answer.durationSeconds };
  });
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
