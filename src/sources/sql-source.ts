import { isCalledOff } from '../base/deadline.js';
import type { Collector } from '../collector.js';
import type { SqlSourceConfig } from '../config/sections/sql-sources-section.js';
import type { Sample } from '../metrics/definition.js';
import type { Network } from '../net/connect.js';
import { sourceCollector } from './source-collector.js';

/** Maps the rows, given as a list of objects by column. Rejects with a `ProbeFailure` when it takes too long. */
export type ApplyMapping = (
  rows: unknown,
  signal: AbortSignal,
) => Promise<{
  readonly samples: readonly Sample[];
  readonly notices: readonly string[];
  readonly rejectedValues: number;
  readonly isTruncated: boolean;
}>;

/**
 * The collector of an entry of `sql_sources`. Each run opens a new connection. The first run calls `createMapping`, so
 * the database client and the library of the mapping are loaded only if needed.
 */
export function sqlSourceCollector(
  source: SqlSourceConfig,
  parts: { readonly network: Network; readonly createMapping: () => Promise<ApplyMapping> },
): Collector {
  const { name, intervalSeconds, timeoutSeconds, maxRows } = source;
  let mapping: Promise<ApplyMapping> | undefined;
  return sourceCollector(
    { name: `sql:${name}`, source: name, intervalSeconds, timeoutSeconds, place: source.address },
    async (signal) => {
      const { readRows } = await import('../probes/postgres.js');
      const applyMapping = await (mapping ??= parts.createMapping());
      const startedAt = performance.now();
      const { rows, isCut } = await readRows(source, parts.network, signal).catch((error: unknown) => {
        throw isCalledOff(signal) ? signal.reason : error;
      });
      const durationSeconds = (performance.now() - startedAt) / 1000;
      const { samples, notices, rejectedValues, isTruncated } = await applyMapping(rows, signal);
      return {
        samples,
        message: `${rows.length.toLocaleString('en')} ${rows.length === 1 ? 'row' : 'rows'}`,
        notices: isCut
          ? [
              `there are more than ${maxRows.toLocaleString('en')} rows (max_rows): the others were not read`,
              ...notices,
            ]
          : notices,
        rejectedValues,
        isTruncated: isCut || isTruncated,
        durationSeconds,
      };
    },
  );
}
