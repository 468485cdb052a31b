import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { startAiCrm } from '../../../simulator/ai-crm.js';
import type { FaultKind, ServiceName, TimedFaultKind } from '../../../simulator/faults.js';
import { type Clock, systemClock } from '../../../src/base/clock.js';
import { requestsPerHour } from '../plenty.js';

/** The addresses of the services of the week. */
export interface WeekBackend {
  readonly urls: Readonly<Record<'backend' | 'frontend' | 'monitoring' | 'gateway' | 'postgres', string>>;
  readonly caFile: string;
  /** A healthy service for any path, and two that never answer well. */
  readonly stub: string;
  readonly rude: readonly string[];
}

/** Sets or removes a fault of an AI-CRM service. The answer comes when it is done. */
export interface FaultOrder {
  readonly service: ServiceName;
  readonly kind: Exclude<FaultKind, TimedFaultKind> | null;
}

/** A thread with the services of the simulated week, on the clock of its parent. */
async function main(): Promise<void> {
  const hands = new Float64Array(workerData as SharedArrayBuffer);
  const clock: Clock = {
    nowSeconds: () => hands[0] ?? 0,
    monotonicSeconds: () => hands[1] ?? 0,
    setTimer: systemClock.setTimer,
  };
  const aiCrm = await startAiCrm({ clock, requestsPerHour });
  const body = JSON.stringify({ status: 'healthy', version: '2.4.1', orders: [{ state: 'open', total: '12.50' }] });
  const portOf = async (server: Server) => {
    await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, resolve));
    return (server.address() as AddressInfo).port;
  };
  const answering = createHttpServer((_request, response) =>
    response
      .writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': body.length, Connection: 'close' })
      .end(body),
  );
  const resetting = createTcpServer(
    (socket) => void socket.on('error', () => {}).once('data', () => socket.resetAndDestroy()),
  );
  const babbling = createTcpServer(
    (socket) => void socket.on('error', () => {}).once('data', () => socket.end('220 mail.example.com ESMTP\r\n')),
  );
  const backend: WeekBackend = {
    urls: aiCrm.urls,
    caFile: aiCrm.caFile,
    stub: `http://127.0.0.1:${await portOf(answering)}`,
    rude: [`http://127.0.0.1:${await portOf(resetting)}/`, `http://127.0.0.1:${await portOf(babbling)}/`],
  };
  parentPort?.on('message', async (order: FaultOrder | 'stop') => {
    if (order === 'stop') await aiCrm.stop();
    else if (order.kind === null) await aiCrm.faults.lift(order.service);
    else await aiCrm.faults.set(order.service, { kind: order.kind });
    parentPort?.postMessage('done');
  });
  parentPort?.postMessage(backend);
}

await main();
