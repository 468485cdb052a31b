import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { createRest } from './rest.js';

t.test('rest is reached when no turn of the event loop and no request is pending', async (t) => {
  const rest = createRest();
  let turns = 0;
  const turn = () => void (++turns < 100 && setImmediate(turn));
  turn();
  await rest();
  t.equal(turns, 100);

  const server = createServer(
    (_request, response) => void setImmediate(() => response.setHeader('Connection', 'close').end('ok')),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const restBesides = createRest();
  let body: string | undefined;
  fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    .then((response) => response.text())
    .then((text) => void (body = text), t.error);
  await restBesides();
  t.equal(body, 'ok');
});
