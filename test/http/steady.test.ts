import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { App } from '../../src/app.js';
import { systemClock } from '../../src/base/clock.js';
import { startServer } from '../../src/http/server.js';
import { ask } from '../support/ask.js';
import { config, httpComponent } from '../support/config.js';
import { samplesIn } from '../support/exposition.js';
import { httpAnswer, rawServer } from '../support/raw-server.js';
import { RecordedLog } from '../support/recorded-log.js';
import { until } from '../support/until.js';

t.test('/metrics is answered at once while components hang, flood and reset', async (t) => {
  const servers = await Promise.all([
    rawServer(() => {}),
    rawServer((socket) => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n')),
    rawServer(
      (socket) => void socket.write(Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\n\r\n'), Buffer.alloc(2 << 20)])),
    ),
    rawServer((socket) => socket.resetAndDestroy()),
    rawServer((socket) => socket.end(httpAnswer('{"status":"healthy"}'))),
  ]);
  const components = servers.flatMap(({ port }, i) =>
    Array.from({ length: 20 }, (_, j) =>
      httpComponent(`c${i}-${j}`, `http://127.0.0.1:${port}/`, { intervalSeconds: 1, timeoutSeconds: 0.9 }),
    ),
  );
  const app = new App({
    clock: systemClock,
    log: new RecordedLog(),
    version: { version: '0', nodeVersion: 'v20' },
    loadConfig: async () => config({ components }),
  });
  await app.start();
  const server = await startServer(app, {
    host: '127.0.0.1',
    port: 0,
    telemetryPath: '/metrics',
    version: '0',
    log: new RecordedLog(),
    clock: systemClock,
  });
  await ask(`${server.url}/metrics`);
  // A server without any work in the same process. A busy machine delays both.
  const idle = createServer((_request, response) => response.end());
  await once(idle.listen(0, '127.0.0.1'), 'listening');
  const idleUrl = `http://127.0.0.1:${(idle.address() as AddressInfo).port}/`;
  const timed = async (url: string) => {
    const startedAt = performance.now();
    const { text } = await ask(url);
    return { text, tookMilliseconds: performance.now() - startedAt };
  };
  const laterMilliseconds: number[] = [];
  let text = '';
  await until(
    'every component has been probed three times',
    async () => {
      const [scrape, other] = await Promise.all([timed(`${server.url}/metrics`), timed(idleUrl)]);
      ({ text } = scrape);
      laterMilliseconds.push(scrape.tookMilliseconds - other.tookMilliseconds);
      const samples = samplesIn(text);
      return components.every(
        ({ name }) => (samples.get(`aicrm_component_probes_total{component="${name}"}`) ?? 0) >= 3,
      );
    },
    60,
  );
  laterMilliseconds.sort((a, b) => a - b);
  const [median = Infinity, slowest = Infinity] = [
    laterMilliseconds[laterMilliseconds.length >> 1],
    laterMilliseconds.at(-1),
  ];
  t.comment(
    `${laterMilliseconds.length} scrapes: ${median.toFixed(1)} ms in the middle, at most ${slowest.toFixed(1)} ms later`,
  );
  t.ok(slowest < 500, 'and none waited for a probe, the shortest of which would be 900 ms');
  for (const [i, reason] of ['timeout', 'timeout', 'size', 'closed'].entries()) {
    t.ok(
      (samplesIn(text).get(`aicrm_component_probe_failures_total{component="c${i}-0",reason="${reason}"}`) ?? 0) >= 3,
      `c${i}: ${reason}`,
    );
  }
  await server.stop();
  await app.stop();
  idle.close();
  await Promise.all(servers.map((each) => each.stop()));
});
