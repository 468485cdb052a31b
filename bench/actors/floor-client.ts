import { get } from 'node:http';
import { connect } from 'node:net';

/** As the exporter's scheduler gathers what is due. */
const tickMilliseconds = 250;

/**
 * A process of its own that does the least that probing in Node.js can be: `[client, port, count, seconds]`. Each path of the target is
 * asked for once an interval, in ticks as the exporter has them, one after the other, over a connection of its own; of the answer
 * only the status is looked at. The client is `socket`, or `http` for that of Node.js, which shows what an HTTP reader of one's own is worth. Nothing is remembered, told or rendered.
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
