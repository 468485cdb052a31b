import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { readDocumented } from '../ai-crm/documented.js';
import { ExporterError, messageOf, systemCodeOf } from '../base/errors.js';
import { ProbeFailure } from '../base/reason.js';
import { oneLine, printable, printableLine } from '../base/text.js';
import { ownDefinitions } from '../collectors/configuration-samples.js';
import { aiCrmDocuments, type PresetName, presetMappings } from '../config/ai-crm-documents.js';
import type { Config } from '../config/config.js';
import { loadConfig } from '../config/load.js';
import type { Needs } from '../config/resolving.js';
import { maximumBodyBytes } from '../config/sections/http-options.js';
import { presetNames } from '../config/sections/json-sources-section.js';
import { catalogue } from '../metrics/catalogue.js';
import type { Sample } from '../metrics/definition.js';
import { Recorder } from '../metrics/recorder.js';
import { parseDocument } from '../sources/json-source.js';
import { createMapping, type MappingResult } from '../sources/mapping.js';
import type { CommandSurroundings } from './options.js';

/** Flags of `map`. */
export interface MapOptions {
  readonly 'config.file'?: string;
  readonly source: string;
  readonly file: string;
}

type Result = Pick<MappingResult, 'samples' | 'notices'>;

/** A source to try: its metrics, and the function that makes samples from a document. */
interface Trial {
  readonly url: string;
  readonly metrics: ReadonlySet<string>;
  readonly map: (document: unknown) => Promise<Result>;
}

/**
 * `map`: prints the metrics that a source makes from the JSON document in a file (`-`: standard input; for SQL sources
 * the rows as a list of objects), and on standard error what was left out. Returns 0 if there is at least one series,
 * otherwise 1. Throws `ExporterError` for an invalid configuration, an unknown source, and a file that is not JSON.
 */
export async function map(
  options: MapOptions,
  { environment, directory, out, errors }: CommandSurroundings,
): Promise<number> {
  // The source is not queried, so no secret is needed. If the source was not found, it is read with its secrets, so
  // that the error says which one is missing.
  const load = (needs: Needs) => loadConfig(options['config.file'], { environment, directory, needs });
  let config = await load(() => false);
  if (![...config.jsonSources, ...config.sqlSources].some(({ name }) => name === options.source)) {
    config = await load(
      ([section, name]) => (section === 'json_sources' || section === 'sql_sources') && name === options.source,
    );
  }
  const { url, metrics, map: toMetrics } = find(config, options.source);
  const file = options.file === '-' ? 'standard input' : options.file;
  const document = readDocument(await readBytes(options.file, file, directory), file, url);
  const { samples, notices } = await toMetrics(document).catch((error: unknown) => {
    throw unreadable(error, file);
  });
  for (const notice of [...notices, ...unmade(metrics, samples, notices)]) errors.write(`${printableLine(notice)}\n`);
  if (samples.length === 0) {
    errors.write(`ai-crm-exporter: ${file}: no metrics for ${options.source}\n`);
    return 1;
  }
  const recorder = new Recorder(catalogue, { processMetrics: false });
  recorder.define(ownDefinitions(config));
  recorder.record('map', samples);
  out.write(printable(recorder.renderOwn('text')));
  return 0;
}

function find(config: Config, name: string): Trial {
  const { jsonSources, sqlSources } = config;
  const preset = presetNames.find((each) => each === name);
  if (preset !== undefined) return ofDocument(preset, config);
  const source = [...jsonSources, ...sqlSources].find((each) => each.name === name);
  if (source === undefined) {
    const names = [...jsonSources, ...sqlSources].map((each) => each.name);
    throw new ExporterError(
      'usage',
      `there is no source ${JSON.stringify(oneLine(name, 64))}; use one of ${[...names, ...presetNames].join(', ')}`,
    );
  }
  const mapping = createMapping(source.metrics, { maxSeries: source.maxSeries });
  return {
    url: 'url' in source ? source.url : source.target,
    metrics: new Set(source.metrics.map(({ definition }) => definition.name)),
    map: mapping,
  };
}

function ofDocument(name: PresetName, { aiCrm, thresholds }: Config): Trial {
  const path = aiCrmDocuments.find((document) => document.name === name)?.path ?? '';
  return {
    url: `${aiCrm?.url ?? 'http://localhost:8000'}${path}`,
    metrics: new Set(presetMappings(name).map(({ definition }) => definition.name)),
    map: async (document) => {
      const { samples, notices = [] } = await readDocumented(name, document, { thresholds });
      return { samples, notices };
    },
  };
}

/** Metrics without a value. That is no error in the exporter, but somebody who tries a path wants to know. */
function unmade(
  metrics: ReadonlySet<string>,
  samples: readonly Sample[],
  notices: readonly string[],
): readonly string[] {
  const made = new Set(samples.map(({ series }) => series.definition.name));
  return [...metrics]
    .filter((name) => !made.has(name) && !notices.some((notice) => notice.startsWith(`${name}: `)))
    .map((name) => `${name}: nothing found`);
}

function readDocument(bytes: Buffer, file: string, url: string): unknown {
  try {
    return parseDocument(bytes, url);
  } catch (error) {
    throw unreadable(error, file);
  }
}

function unreadable(error: unknown, file: string): unknown {
  return error instanceof ProbeFailure
    ? new ExporterError('document_unreadable', `${file}: ${error.message}`, { cause: error })
    : error;
}

async function readBytes(file: string, shownAs: string, directory: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let readBytes = 0;
  try {
    const stream = file === '-' ? process.stdin : createReadStream(resolve(directory, file));
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      readBytes += chunk.length;
      // Counted while reading, because a pipe has no size.
      if (readBytes > maximumBodyBytes)
        throw new ExporterError('document_unreadable', `${shownAs}: larger than ${maximumBodyBytes / 1024 / 1024} MiB`);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof ExporterError) throw error;
    const why =
      systemCodeOf(error) === 'ENOENT' ? 'no such file' : `cannot be read (${systemCodeOf(error) ?? messageOf(error)})`;
    throw new ExporterError('document_unreadable', `${shownAs}: ${why}`, { cause: error });
  }
  return Buffer.concat(chunks);
}
