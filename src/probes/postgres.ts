import type { Socket } from 'node:net';
import { Client, type CustomTypesConfig, DatabaseError, type FieldDef, type QueryConfig } from 'pg';
import { messageOf, systemCodeOf } from '../base/errors.js';
import { keepDigits } from '../base/json.js';
import { type FailureReason, ProbeFailure } from '../base/reason.js';
import type { DatabaseAddress } from '../config/sections/database-options.js';
import type { SqlSourceConfig } from '../config/sections/sql-sources-section.js';
import { handshake, type Network, openConnection } from '../net/connect.js';
import { addPhase, failureOf, type Measurement, newMeasurement } from '../net/measurement.js';
import { databaseProbe, supervised } from './database-probe.js';

/** Common codes and their meaning, by SQLSTATE (appendix A of PostgreSQL's manual). */
const meanings: Readonly<Record<string, readonly [reason: FailureReason, meaning: string]>> = {
  '28P01': ['auth', 'wrong password, or no such user'],
  '28000': ['auth', 'the server refuses this user: no such role, or its pg_hba.conf requires another address or TLS'],
  '42501': ['auth', 'this user lacks the permission'],
  '3D000': ['status', 'there is no such database'],
  '53300': ['status', 'the server has no free connection'],
  '57P01': ['status', 'the server is being shut down'],
  '57P02': ['status', 'the server has crashed and is recovering'],
  '57P03': ['status', 'the server is starting up or shutting down'],
  '57014': ['timeout', 'the query took too long and was cancelled'],
  '25006': ['status', 'the query writes, but it may only read'],
  '0A000': ['status', 'the query does something that a read-only transaction does not permit'],
  '42601': ['status', 'the query has a syntax error'],
  '42P01': ['status', 'there is no such table'],
  '42703': ['status', 'there is no such column'],
  '42883': ['status', 'there is no such function or operator'],
  '08P01': ['body', 'the server does not understand the protocol'],
};

/**
 * Converts an error of `pg` into a failure with a closed reason. Other errors are returned unchanged. The text of the
 * server is left out, because it quotes data. `prefixCharacters` is the length of the text that the exporter puts
 * before the user's query.
 */
function postgresFailure(error: unknown, prefixCharacters = 0): unknown {
  if (error instanceof ProbeFailure || !(error instanceof Error)) return error;
  if (error instanceof DatabaseError) {
    const { code = '' } = error;
    // A code of another form is not from PostgreSQL. The library creates it from bytes that it cannot read.
    if (!/^[0-9A-Z]{5}$/.test(code))
      return new ProbeFailure('body', 'the server does not speak the protocol of PostgreSQL');
    const [reason, meaning] = meanings[code] ?? ['status', 'the server refused, see its log'];
    const position = Number(error.position) - prefixCharacters;
    return new ProbeFailure(
      reason,
      `${code}: ${meaning}${position > 0 ? ` (character ${position} of the query)` : ''}`,
    );
  }
  if (/^SASL: /.test(error.message))
    return new ProbeFailure(
      'auth',
      'the server could not prove that it knows the password, or requires another login method',
    );
  const code = systemCodeOf(error);
  if (code !== undefined && /^E[A-Z]+$/.test(code))
    return new ProbeFailure('closed', `connection lost before the answer: ${code}`);
  if (/^Connection terminated|^Client has encountered/.test(error.message))
    return new ProbeFailure('closed', 'connection lost before the answer');
  return error;
}

/** `SSLRequest`: its length, and the number in place of the protocol version. */
const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/**
 * Asks a PostgreSQL server on a new connection to start TLS; part of the phase `tls`. Fails with `tls` when the server
 * refuses, or with the reason of `signal`; then the connection is closed.
 */
async function requestTls(socket: Socket, measurement: Measurement, signal: AbortSignal): Promise<void> {
  const startedAt = measurement.elapsedSeconds();
  try {
    const answer = await ask(socket, signal);
    // More bytes than one come from an attacker in between, who wants them to be read as part of the encrypted connection.
    if (answer.length === 1 && answer.toString() === 'S') return;
    throw new ProbeFailure(
      'tls',
      answer.toString() === 'N'
        ? 'the server does not offer TLS'
        : 'the server does not speak the protocol of PostgreSQL',
    );
  } catch (error) {
    socket.on('error', () => {});
    socket.destroy();
    throw error;
  } finally {
    addPhase(measurement, 'tls', startedAt);
  }
}

function ask(socket: Socket, signal: AbortSignal): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const finish = () => {
      signal.removeEventListener('abort', onAbort);
      socket.removeListener('data', onData).removeListener('error', onError).removeListener('close', onClose);
    };
    const fail = (error: Error) => {
      finish();
      reject(error);
    };
    const onAbort = () => fail(signal.reason as Error);
    const onError = (error: Error) =>
      fail(new ProbeFailure('tls', `connection lost before TLS: ${systemCodeOf(error) ?? messageOf(error)}`));
    const onClose = () => fail(new ProbeFailure('tls', 'the server closed the connection when asked for TLS'));
    const onData = (bytes: Buffer) => {
      finish();
      resolve(bytes);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('data', onData).once('error', onError).once('close', onClose);
    if (signal.aborted) onAbort();
    else socket.write(sslRequest);
  });
}

/**
 * Opens a new connection to a PostgreSQL server, logs in, runs `use` and always closes the connection. Rejects with a
 * `ProbeFailure`, or with the reason of `signal` as soon as that is aborted.
 */
async function withPostgres<Result>(
  address: DatabaseAddress,
  network: Network,
  measurement: Measurement,
  signal: AbortSignal,
  use: (client: Client) => Promise<Result>,
): Promise<Result> {
  const { host, port, tls } = address;
  let socket = await openConnection(host, port, network, measurement, signal);
  if (tls !== undefined) {
    await requestTls(socket, measurement, signal);
    socket = await handshake(
      socket,
      host,
      tls,
      { contexts: network.tlsContexts, protocols: ['postgresql'] },
      measurement,
      signal,
    );
  }
  try {
    return await supervised(socket, protocol, measurement, signal, async () => {
      const client = createClient(address, socket);
      try {
        await client.connect();
        measurement.note(() => `logged in as ${address.username}`);
        return await use(client);
      } finally {
        void client.end();
      }
    });
  } catch (error) {
    throw postgresFailure(error);
  }
}

/** The first message of a server is a request to log in, an error, a notice, or a request for another protocol version. */
const protocol = { name: 'PostgreSQL', firstBytes: 'RENv' };

/** User, password, database and TLS are always set, because `pg` takes missing ones from the environment (`PGPASSWORD` and others). */
function createClient(
  { host, port, username, password, database = username }: DatabaseAddress,
  socket: Socket,
): Client {
  const client = new Client({
    host,
    port,
    user: username,
    database,
    password: () => {
      if (password === undefined)
        throw new ProbeFailure('auth', 'the server requires a password, and none is configured');
      return password.reveal();
    },
    ssl: false,
    stream: () => alreadyOpen(socket),
    application_name: 'ai-crm-exporter',
  });
  // The pending query reports the error too.
  client.on('error', () => {});
  return client;
}

/** `pg` calls `connect` of its stream and waits for the event. */
function alreadyOpen(socket: Socket): Socket {
  return Object.assign(socket, {
    connect: () => {
      process.nextTick(() => socket.emit('connect'));
      return socket;
    },
  });
}

/** Logs in to PostgreSQL and runs `SELECT 1`. */
export const probePostgres = databaseProbe(async (address, network, measurement, signal) => {
  await withPostgres(address, network, measurement, signal, (client) => client.query('SELECT 1'));
});

/** A value of a column. */
type Cell = string | number | boolean | null;

/** Numeric types by their id in `pg_type`: int2, int4, int8, oid, float4, float8, numeric. */
const numeric: ReadonlySet<number> = new Set([21, 23, 20, 26, 700, 701, 1700]);
const boolean = 16;
/** date, timestamp, timestamptz. */
const moments: ReadonlySet<number> = new Set([1082, 1114, 1184]);

/**
 * Converts a value that PostgreSQL writes in ISO style and UTC: numbers, dates and timestamps as Unix seconds,
 * booleans, NULL as null. Everything else stays text, also NaN and infinity.
 */
function readCell(text: string | null, type: number): Cell {
  if (text === null) return null;
  if (type === boolean) return text === 't';
  const value = numeric.has(type) ? Number(text) : moments.has(type) ? unixSeconds(text) : Number.NaN;
  return Number.isFinite(value) ? value : text;
}

function unixSeconds(text: string): number {
  const [, date, time = '00:00:00'] = /^(\d{4}-\d\d-\d\d)(?: (\d\d:\d\d:\d\d(?:\.\d+)?)(?:\+00)?)?$/.exec(text) ?? [];
  return date === undefined ? Number.NaN : Date.parse(`${date}T${time}Z`) / 1000;
}

/** The result of a query. */
interface Rows {
  /** By column. Of columns with the same name, the last one. */
  readonly rows: readonly Readonly<Record<string, Cell>>[];
  /** Whether there are more rows than the maximum. */
  readonly isCut: boolean;
}

/** The server cancels a query before the exporter stops waiting, so no query runs on without a reader. */
const shareOfServer = 0.9;

/** Maximum of rows times columns; more would block the exporter for too long. A hundred thousand rows of five columns fit. */
const maxCells = 500_000;

const declare = 'DECLARE ai_crm_exporter NO SCROLL CURSOR FOR ';

/** Keeps values as the server writes them. */
const asText: CustomTypesConfig = { getTypeParser: () => (text: string) => text };

/**
 * Runs the query of an entry of `sql_sources` over a new connection. The server enforces that the query only reads,
 * that it ends in time and, through a cursor, that it sends no more rows than the maximum. Rejects with a
 * `ProbeFailure`.
 */
export async function readRows(
  source: Pick<SqlSourceConfig, 'address' | 'query' | 'excludedAccounts' | 'timeoutSeconds' | 'maxRows'>,
  network: Network,
  signal: AbortSignal,
): Promise<Rows> {
  const measurement = newMeasurement();
  try {
    return await withPostgres(source.address, network, measurement, signal, (client) =>
      readAll(client, source, (source.timeoutSeconds - measurement.elapsedSeconds()) * 1000),
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
  // The extended protocol refuses a second statement. So a query cannot leave the read-only transaction.
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

/** Numbers with more digits than a float holds keep their digits for labels, because identifiers are such numbers. */
function record(fields: readonly FieldDef[], row: readonly (string | null)[]): Readonly<Record<string, Cell>> {
  const cells = Object.fromEntries(
    fields.map(({ name, dataTypeID }, column) => [name, readCell(row[column] ?? null, dataTypeID)]),
  );
  for (const [column, { name }] of fields.entries())
    if (typeof cells[name] === 'number') keepDigits(cells, name, row[column] ?? '');
  return cells;
}
