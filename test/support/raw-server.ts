import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { Worker } from 'node:worker_threads';
import { portIfFree } from '../../simulator/demo/demo-stack.js';

/** A server that answers any bytes. */
export interface RawServer {
  readonly port: number;
  /** The number of accepted connections. */
  readonly accepted: () => number;
  stop(): Promise<void>;
}

/** Starts a server on loopback that calls `answer` with each connection and the first bytes that arrive on it. */
export async function rawServer(
  answer: (socket: Socket, request: string) => void,
  options: {
    readonly certificate?: { readonly certificatePem: string; readonly keyPem: string };
    readonly host?: string;
    /** Any free port by default. */
    readonly port?: number;
  } = {},
): Promise<RawServer> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  const onSocket = (socket: Socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    socket.once('data', (bytes: Buffer) => answer(socket, bytes.toString()));
  };
  const { certificate } = options;
  const server: Server =
    certificate === undefined
      ? createServer(onSocket)
      : createTlsServer({ cert: certificate.certificatePem, key: certificate.keyPem }, onSocket);
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, options.host ?? '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    accepted: () => accepted,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/**
 * Listens on `host` without accepting: a client hears nothing, as from an unreachable address. Linux lets two connections wait in the queue
 * of such a server. Both exist already, so that further ones get no answer.
 */
export async function deafServer(host: string, port = 0): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const worker = new Worker(
    `const { createServer } = require('node:net');
    const { parentPort, workerData } = require('node:worker_threads');
    const server = createServer().listen({ ...workerData, backlog: 1 }, () => {
      parentPort.postMessage(server.address().port);
      setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
    });`,
    { eval: true, workerData: { host, port } },
  );
  const [bound] = (await once(worker, 'message')) as [number];
  const queued = [connect(bound, host), connect(bound, host)];
  await Promise.all(
    queued.map((socket) =>
      once(
        socket.on('error', () => {}),
        'connect',
      ),
    ),
  );
  return {
    port: bound,
    stop: async () => {
      for (const socket of queued) socket.destroy();
      await worker.terminate();
    },
  };
}

/** The number of port ranges. Tests that run at the same time use different ones. */
const portRanges = 73;
const portsInRange = Math.floor((32_768 - 10_000) / portRanges);
let portsGiven = randomInt(portsInRange);

/**
 * A free port of the loopback interface, for a program that does not accept port 0. It is below the ports that the system assigns, in a
 * range of this process, and is not used again soon. So no other test takes it before the program does.
 */
export async function closedPort(): Promise<number> {
  for (;;) {
    const first = 10_000 + (process.pid % portRanges) * portsInRange;
    const port = await portIfFree(first + (portsGiven++ % portsInRange));
    if (port !== undefined) return port;
  }
}

/** An HTTP answer with Content-Length. */
export function httpAnswer(
  body: string | Buffer,
  options: { readonly code?: number; readonly headers?: readonly string[] } = {},
): Buffer {
  const bytes = Buffer.from(body as string);
  const head = [
    `HTTP/1.1 ${options.code ?? 200} X`,
    `Content-Length: ${bytes.length}`,
    ...(options.headers ?? ['Content-Type: application/json']),
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), bytes]);
}
