import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { Worker } from 'node:worker_threads';
import { portIfFree } from '../../simulator/demo/demo-stack.js';

/** A server that answers however it likes, byte by byte. */
export interface RawServer {
  readonly port: number;
  /** How many connections it has accepted. */
  readonly accepted: () => number;
  stop(): Promise<void>;
}

/** Starts a server on loopback that calls `answer` with each connection and the first bytes that arrive on it. */
export async function rawServer(
  answer: (socket: Socket, request: string) => void,
  options: {
    readonly certificate?: { readonly certificatePem: string; readonly keyPem: string };
    readonly host?: string;
    /** Any that is free without it. */
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
 * Listens on `host` and takes nobody: whoever connects hears nothing, as from an address that leads nowhere. Linux lets two wait in
 * the queue of such a server, who are here already, and answers no more.
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

/** Tests that run at the same time have different ones of these ranges. */
const portRanges = 73;
const portsInRange = Math.floor((32_768 - 10_000) / portRanges);
let portsGiven = randomInt(portsInRange);

/**
 * A port of the loopback interface on which nobody listens, for a program that takes no port 0. It is below those that the system
 * gives to whoever asks for any, in a range of this process, and is not given again soon: no other test takes it before that program does.
 */
export async function closedPort(): Promise<number> {
  for (;;) {
    const first = 10_000 + (process.pid % portRanges) * portsInRange;
    const port = await portIfFree(first + (portsGiven++ % portsInRange));
    if (port !== undefined) return port;
  }
}

/** An HTTP answer with a length. */
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
