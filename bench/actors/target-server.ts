import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';

/** The size of a small health answer. White space fills it up, which JSON allows. */
const bodyBytes = 200;

/**
 * A separate process that simulates the probed services. `answering` answers every path with the same healthy JSON. `hanging` accepts
 * connections and sends nothing. Its first message has its port. Then it answers every message with the number of requests so far; if it
 * hangs, with the number of connections.
 */
function main(mode: string | undefined): void {
  const body = JSON.stringify({
    status: 'healthy',
    version: '2.4.1',
    uptime_seconds: 86_400,
    config_loaded: true,
  }).padEnd(bodyBytes);
  let count = 0;
  const hanging = () =>
    createTcpServer((socket) => {
      count += 1;
      socket.on('error', () => {});
    });
  const answering = () =>
    createHttpServer((_request, response) => {
      count += 1;
      response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': bodyBytes }).end(body);
    });
  const server = mode === 'hanging' ? hanging() : answering();
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () =>
    process.send?.((server.address() as AddressInfo).port),
  );
  process.on('message', () => process.send?.(count));
  // The channel closes when the benchmark ends, even after a crash.
  process.on('disconnect', () => process.exit());
}

main(process.argv[2]);
