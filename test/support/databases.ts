import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CertifiedKey } from '../../simulator/certificate.js';
import { Secret } from '../../src/config/secret.js';
import type { DatabaseAddress } from '../../src/config/sections/database-options.js';
import { isRoot, openFolder } from './nobody.js';
import { missing, type RunningProgram, run, start } from './programs.js';
import { closedPort } from './raw-server.js';
import { until } from './until.js';

/** A real database server on loopback, controlled by a test. */
export interface RunningDatabase {
  readonly port: number;
  /** An address on this server, with the superuser. */
  readonly address: DatabaseAddress;
  /** Its output since its last start. */
  readonly log: () => string;
  /** Kills it without a warning. */
  kill(): Promise<void>;
  /** Starts it again on the same port with the same data. */
  restart(): Promise<void>;
  /** Stops it and removes its data. */
  stop(): Promise<void>;
}

const debianFolder = '/usr/lib/postgresql';

/** The folder with the newest PostgreSQL programs. Debian does not put them on PATH. */
function postgresFolder(): string | undefined {
  const versions = existsSync(debianFolder)
    ? readdirSync(debianFolder).filter((name) => existsSync(join(debianFolder, name, 'bin/initdb')))
    : [];
  const newest = versions.sort((one, other) => Number(one) - Number(other)).at(-1);
  return newest === undefined ? undefined : join(debianFolder, newest, 'bin');
}

/** As `missing`, for PostgreSQL. */
export const missingPostgres = (): string | false => (postgresFolder() === undefined ? missing('postgres') : false);

/** As `missing`, for Redis. */
export const missingRedis = (): string | false => missing('redis-server');

/** The beginning of a command line that runs the rest as user `postgres`, because PostgreSQL refuses to run as root. */
const asPostgres = isRoot ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups', '--'] : [];

async function untilItAnswers(what: string, program: () => RunningProgram, ask: () => boolean): Promise<void> {
  let hasEnded = false;
  void program().exitCode.then(() => (hasEnded = true));
  await until(`${what} answers:\n${program().output()}`, () => hasEnded || ask(), 30);
  if (hasEnded) throw new Error(`${what} has ended:\n${program().output()}`);
}

function controlled(
  what: string,
  port: number,
  address: DatabaseAddress,
  launch: () => RunningProgram,
  isUp: () => boolean,
  folder: string,
): Promise<RunningDatabase> {
  let program = launch();
  const ready = () => untilItAnswers(what, () => program, isUp);
  const database: RunningDatabase = {
    port,
    address,
    log: () => program.output(),
    kill: async () => {
      program.signal('SIGKILL');
      await program.exitCode;
    },
    restart: async () => {
      program = launch();
      await ready();
    },
    stop: async () => {
      // With SIGINT PostgreSQL closes connections and does not wait for them.
      program.signal('SIGINT');
      await program.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return ready().then(() => database);
}

/** Starts a PostgreSQL with superuser `postgres` and password `open sesame`. With a certificate it offers TLS. */
export async function startPostgres(
  options: { readonly certificate?: CertifiedKey; readonly settings?: Readonly<Record<string, string>> } = {},
): Promise<RunningDatabase> {
  const folder = await openFolder('postgres-');
  const data = join(folder, 'data');
  const programs = postgresFolder() ?? '';
  await writeFile(join(folder, 'password'), 'open sesame');
  if (asPostgres.length > 0) run('chown', ['-R', 'postgres:postgres', folder]);
  const asUser = (program: string, args: readonly string[]) => {
    const [command = '', ...rest] = [...asPostgres, join(programs, program), ...args];
    return { command, args: rest };
  };
  const initdb = asUser('initdb', [
    '--pgdata',
    data,
    '--username=postgres',
    `--pwfile=${join(folder, 'password')}`,
    '--auth=scram-sha-256',
    '--no-sync',
    '--no-instructions',
    '--encoding=UTF8',
    '--locale=C',
  ]);
  const { exitCode, stderr } = run(initdb.command, initdb.args);
  if (exitCode !== 0) throw new Error(`initdb: ${stderr}`);
  const { certificate } = options;
  if (certificate !== undefined) {
    await writeFile(join(data, 'server.crt'), certificate.certificatePem);
    await writeFile(join(data, 'server.key'), certificate.keyPem, { mode: 0o600 });
    if (asPostgres.length > 0) run('chown', ['postgres:postgres', join(data, 'server.crt'), join(data, 'server.key')]);
  }
  const port = await closedPort();
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: folder,
    fsync: 'off',
    max_connections: '20',
    shared_buffers: '16MB',
    autovacuum: 'off',
    ssl: certificate === undefined ? 'off' : 'on',
    ...options.settings,
  };
  const postgres = asUser('postgres', [
    '-D',
    data,
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]);
  const isUp = () =>
    spawnSync(join(programs, 'pg_isready'), ['-h', '127.0.0.1', '-p', String(port), '-q']).status === 0;
  const address = {
    host: '127.0.0.1',
    port,
    database: 'postgres',
    username: 'postgres',
    password: new Secret('open sesame'),
  };
  return controlled('postgres', port, address, () => start(postgres.command, postgres.args), isUp, folder);
}

/** Starts a Redis with only these settings. With a certificate its port uses TLS instead of plain text. */
export async function startRedis(
  options: { readonly certificate?: CertifiedKey; readonly settings?: readonly string[] } = {},
): Promise<RunningDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'redis-'));
  const port = await closedPort();
  const { certificate } = options;
  const plain = ['--port', String(port)];
  const secured = [
    '--port',
    '0',
    '--tls-port',
    String(port),
    '--tls-cert-file',
    join(folder, 'tls.crt'),
    '--tls-key-file',
    join(folder, 'tls.key'),
    '--tls-auth-clients',
    'no',
    '--tls-ca-cert-file',
    join(folder, 'tls.crt'),
  ];
  if (certificate !== undefined) {
    await writeFile(join(folder, 'tls.crt'), certificate.certificatePem);
    await writeFile(join(folder, 'tls.key'), certificate.keyPem);
  }
  const args = [
    '--bind',
    '127.0.0.1',
    ...(certificate === undefined ? plain : secured),
    '--dir',
    folder,
    '--save',
    '',
    '--appendonly',
    'no',
    ...(options.settings ?? []),
  ];
  const launch = () => start('redis-server', args);
  let program: RunningProgram | undefined;
  const isUp = () => /Ready to accept connections/.test(program?.output() ?? '');
  return controlled('redis-server', port, { host: '127.0.0.1', port }, () => (program = launch()), isUp, folder);
}
