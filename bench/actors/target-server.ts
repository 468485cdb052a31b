import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';

/** What a small health check answers, filled up with white space, which JSON allows. */
const bodyBytes = 200;

/**
 * A process of its own that plays the probed services: `answering` gives every path the same healthy JSON, `hanging`
 * accepts connections and says nothing. Tells its port first, then answers every message with how many requests, or
 * connections where it hangs, it has had.
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
  // The channel ends with the benchmark, however that ended.
  process.on('disconnect', () => process.exit());
}

main(process.argv[2]);
