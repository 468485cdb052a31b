import { get } from 'node:http';
import { connect } from 'node:net';

/** The interval of the exporter's scheduler. */
const tickMilliseconds = 250;

/**
 * A separate process that does the minimum of probing in Node.js. Arguments: `[client, port, count, seconds]`. It requests each path of the
 * target once in `seconds`. As in the exporter, a tick sends what is due, one request after the other, each over a new connection. It
 * checks only the status of an answer, and keeps no results. The client is `socket`, or `http` for the HTTP client of Node.js. The
 * difference shows what the exporter's own HTTP reader saves.
 */
function main(client: string | undefined, port: number, count: number, seconds: number): void {
  const ask = client === 'http' ? askByHttp : askBySocket;
  const startedAt = performance.now();
  let asked = 0;
  const tick = () => {
    const passed = (performance.now() - startedAt) / 1000;
    const due = Math.floor((passed / seconds) * count);
    const next = () => {
      if (asked >= due) return;
      asked += 1;
      ask(port, `/component/${asked % count}/health`, next);
    };
    next();
  };
  setInterval(tick, tickMilliseconds);
  process.on('disconnect', () => process.exit());
  process.send?.('ready');
}

function askBySocket(port: number, path: string, done: () => void): void {
  const socket = connect({ port, host: '127.0.0.1' });
  let answer = '';
  socket.on('error', ({ message }) => fail(path, message));
  socket.on('data', (bytes: Buffer) => (answer += bytes.toString('latin1')));
  socket.on('close', () => {
    if (!answer.startsWith('HTTP/1.1 200 ')) fail(path, answer.slice(0, 40));
    setImmediate(done);
  });
  socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`);
}

function askByHttp(port: number, path: string, done: () => void): void {
  get({ port, host: '127.0.0.1', path, agent: false }, (response) => {
    if (response.statusCode !== 200) fail(path, String(response.statusCode));
    let answer = '';
    response.on('data', (bytes: Buffer) => (answer += bytes.toString('latin1')));
    response.on('close', () => setImmediate(done));
  }).on('error', ({ message }) => fail(path, message));
}

function fail(path: string, what: string): never {
  process.stderr.write(`${path}: ${what}\n`);
  process.exit(1);
}

const [client, ...numbers] = process.argv.slice(2);
main(client, ...(numbers.map(Number) as [number, number, number]));
