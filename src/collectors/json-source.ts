import type { JsonSourceConfig } from '../config/mapping.js';
import type { DataClient } from '../sources/data/data-client.js';
import type { Collector } from './collector.js';
import type { Mapping } from './mapping/create-mapping.js';
import { documentOf } from './source/json-document.js';
import { patienceSeconds } from './source/patience.js';
import { sourceCollector } from './source/source-collector.js';

/**
 * The collector of an entry of `json_sources`. Its mappings are compiled once, at the first answer, and the JSONPath library is
 * loaded with them.
 */
export function jsonSourceCollector(source: JsonSourceConfig, client: DataClient): Collector {
  const { name, url, http, timeoutSeconds, intervalSeconds, usesLogin, metrics, maxSeries } = source;
  let mapping: Promise<Mapping> | undefined;
  return sourceCollector(
    {
      name: `json:${name}`,
      source: name,
      intervalSeconds,
      timeoutSeconds: timeoutSeconds + patienceSeconds(intervalSeconds),
      place: url,
    },
    async (signal) => {
      const answer = await client.ask({ source: name, url, http, timeoutSeconds, usesLogin }, signal);
      const document = documentOf(answer, url);
      mapping ??= import('./mapping/create-mapping.js').then(({ createMapping }) =>
        createMapping(metrics, { maxSeries }),
      );
      const result = await (await mapping)(document, signal);
      return {
        ...result,
        message: `${result.samples.length.toLocaleString('en')} series of ${answer.body.length.toLocaleString('en')} bytes`,
        durationSeconds: answer.durationSeconds,
      };
    },
  );
}
