import type { Client, CustomTypesConfig, FieldDef, QueryConfig } from 'pg';
import type { SqlSourceConfig } from '../../config/mapping.js';
import { keepDigits } from '../../json.js';
import { ProbeFailure } from '../failure.js';
import { failureOf, newMeasurement } from '../measurement.js';
import type { Network } from '../net/open.js';
import { type Cell, readCell } from './cell.js';
import { postgresFailure } from './failure.js';
import { withPostgres } from './session.js';

/** What a query gave. */
export interface Rows {
  /** By column; of columns with the same name the last. */
  readonly rows: readonly Readonly<Record<string, Cell>>[];
  /** Whether there are more than were asked for. */
  readonly isCut: boolean;
}

/** The server stops a query before we stop waiting for it, so that nothing runs on that nobody wants to know any more. */
const shareOfServer = 0.9;

/** Rows times columns: more would keep the exporter busy for too long. A hundred thousand rows of five columns fit. */
const maxCells = 500_000;

const declare = 'DECLARE ai_crm_exporter NO SCROLL CURSOR FOR ';

/** Leaves values as the server writes them. */
const asText: CustomTypesConfig = { getTypeParser: () => (text: string) => text };

/**
 * Asks a query of an entry of `sql_sources`, over a connection of its own. The server itself sees to it that the query only
 * reads, that it ends in time and, through a cursor, that no more rows are sent than may be. Rejects with a `ProbeFailure`.
 */
export async function readRows(
  source: Pick<SqlSourceConfig, 'address' | 'query' | 'excludedAccounts' | 'timeoutSeconds' | 'maxRows'>,
  network: Network,
  signal: AbortSignal,
): Promise<Rows> {
  const deadline = performance.now() + source.timeoutSeconds * 1000;
  const measurement = newMeasurement();
  try {
    return await withPostgres(source.address, network, measurement, signal, (client) =>
      readAll(client, source, deadline - performance.now()),
    );
  } catch (error) {
    throw failureOf(error, signal, measurement);
  }
}

async function readAll(
  client: Client,
  { query, excludedAccounts, maxRows }: Pick<SqlSourceConfig, 'query' | 'excludedAccounts' | 'maxRows'>,
  leftMilliseconds: number,
): Promise<Rows> {
  const serverMilliseconds = Math.max(1, Math.floor(leftMilliseconds * shareOfServer));
  await client.query(
    `BEGIN READ ONLY; SET LOCAL statement_timeout = ${serverMilliseconds}; SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO'`,
  );
  // In the extended protocol a second statement is an error: there is no way out of the transaction that only reads.
  const declaration: QueryConfig & { readonly queryMode: 'extended' } = {
    text: `${declare}${query}`,
    queryMode: 'extended',
    ...(excludedAccounts === undefined ? {} : { values: [excludedAccounts] }),
  };
  await client.query(declaration).catch((error: unknown) => {
    throw postgresFailure(error, declare.length);
  });
  const { fields, rows } = await client.query<(string | null)[]>({
    text: `FETCH FORWARD ${maxRows + 1} FROM ai_crm_exporter`,
    rowMode: 'array',
    types: asText,
  });
  await client.query('ROLLBACK');
  if (rows.length * fields.length > maxCells) {
    throw new ProbeFailure(
      'size',
      `${rows.length.toLocaleString('en')} rows of ${fields.length.toLocaleString('en')} columns are more than ${maxCells.toLocaleString('en')} values: select fewer columns`,
    );
  }
  return {
    rows: rows.slice(0, maxRows).map((row) => record(fields, row)),
    isCut: rows.length > maxRows,
  };
}

/** Numbers of more digits than a float holds keep them for labels: identifiers are such numbers. */
function record(fields: readonly FieldDef[], row: readonly (string | null)[]): Readonly<Record<string, Cell>> {
  const cells = Object.fromEntries(
    fields.map(({ name, dataTypeID }, column) => [name, readCell(row[column] ?? null, dataTypeID)]),
  );
  for (const [column, { name }] of fields.entries())
    if (typeof cells[name] === 'number') keepDigits(cells, name, row[column] ?? '');
  return cells;
}
