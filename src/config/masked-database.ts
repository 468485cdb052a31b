import { mask } from '../base/sensitive.js';
import type { DatabaseAddress } from './config.js';
import type { SqlSourceConfig } from './mapping.js';
import { maskedTls } from './masked-http.js';
import { withoutTexts } from './read-only-query.js';

/** Credentials and TLS of a database with the file's keys and without their secrets. */
export function maskedDatabase({ username = '', password, tls }: DatabaseAddress): Readonly<Record<string, unknown>> {
  return {
    ...((username !== '' || password !== undefined) && {
      auth: { basic: { username, ...(password !== undefined && { password: mask }) } },
    }),
    ...(tls !== undefined && { tls: maskedTls(tls) }),
  };
}

/** An entry of `sql_sources`. The mappings are shown by what they make. */
export function maskedSqlSource(source: SqlSourceConfig): unknown {
  return {
    url: source.target,
    ...maskedDatabase(source.address),
    query: withoutTexts(source.query),
    ...(source.excludedAccounts !== undefined && { exclude_accounts: [...source.excludedAccounts] }),
    interval: source.intervalSeconds,
    timeout: source.timeoutSeconds,
    max_rows: source.maxRows,
    max_series: source.maxSeries,
    metrics: source.metrics.map(({ definition: { name, type, help } }) => ({ name, type, help })),
  };
}
