import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type RunningAiCrm, startAiCrm } from '../../../simulator/ai-crm.js';
import {
  missingPostgres,
  missingRedis,
  type RunningDatabase,
  startPostgres,
  startRedis,
} from '../../support/databases.js';
import { type RawServer, rawServer } from '../../support/raw-server.js';
import { requestsPerHour } from '../plenty.js';

/** A backend that can be stopped and started again on the same port. */
export interface Backend {
  readonly name: string;
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** All servers that the exporter uses. */
export interface Backends {
  /** The simulated AI-CRM with faults. Its data is not read. */
  readonly faulty: () => RunningAiCrm;
  /** The simulated AI-CRM whose data is read and whose transaction is run. */
  readonly asked: () => RunningAiCrm;
  /** Undefined if it is not installed. */
  readonly postgres: RunningDatabase | undefined;
  readonly redis: RunningDatabase | undefined;
  /** The address of a JSON document. */
  readonly documentUrl: string;
  /** Servers that never answer well, by name. Each has its own fault. */
  readonly rude: ReadonlyMap<string, RawServer>;
  readonly restartable: readonly Backend[];
  stop(): Promise<void>;
}

export async function startBackends(): Promise<Backends> {
  const faulty = await restartableAiCrm('the simulated AI-CRM');
  const asked = await restartableAiCrm('the AI-CRM that is asked for data');
  const document = await restartableDocument();
  const postgres = missingPostgres() === false ? await startPostgres() : undefined;
  const redis = missingRedis() === false ? await startRedis() : undefined;
  const rude = new Map([
    ['hangs', await rawServer(() => {})],
    ['resets', await rawServer((socket) => void socket.resetAndDestroy())],
    [
      'pours',
      await rawServer(
        (socket) => void socket.write(Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\n\r\n'), Buffer.alloc(2 << 20)])),
      ),
    ],
    ['stops', await rawServer((socket) => void socket.end('HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalf'))],
    ['babbles', await rawServer((socket) => void socket.end('220 mail.example.com ESMTP\r\n'))],
  ]);
  const databases = Object.entries({ postgres, redis }).flatMap(([name, database]): Backend[] =>
    database === undefined ? [] : [{ name, stop: () => database.kill(), start: () => database.restart() }],
  );
  return {
    faulty: faulty.running,
    asked: asked.running,
    postgres,
    redis,
    documentUrl: document.url,
    rude,
    restartable: [faulty, asked, document, ...databases],
    stop: async () => {
      await Promise.all([
        faulty.stop(),
        asked.stop(),
        document.stop(),
        postgres?.stop(),
        redis?.stop(),
        ...[...rude.values()].map((server) => server.stop()),
      ]);
    },
  };
}

async function restartableAiCrm(name: string): Promise<Backend & { readonly running: () => RunningAiCrm }> {
  let running = await startAiCrm({ requestsPerHour });
  return {
    name,
    running: () => running,
    stop: () => running.stop(),
    // It gets a certificate of another authority, as after a real renewal.
    start: async () => void (running = await startAiCrm({ requestsPerHour, ports: running.ports })),
  };
}

async function restartableDocument(): Promise<Backend & { readonly url: string }> {
  const create = () =>
    createServer((_request, response) =>
      response.setHeader('Content-Type', 'application/json').end(
        JSON.stringify({
          status: 'healthy',
          orders: [
            { state: 'open', total: '12.50' },
            { state: 'paid', total: '3' },
          ],
        }),
      ),
    );
  let server = create();
  const listen = (on: Server, port: number) =>
    new Promise<void>((resolve, reject) => on.once('error', reject).listen(port, '127.0.0.1', resolve));
  await listen(server, 0);
  const { port } = server.address() as AddressInfo;
  return {
    name: 'the JSON document',
    url: `http://127.0.0.1:${port}/`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
    start: async () => {
      server = create();
      await listen(server, port);
    },
  };
}
