import t from 'tap';
import { config, httpComponent } from '../support/config.js';
import { configuredCollectors } from '../support/configured-collectors.js';
import { closedPort } from '../support/raw-server.js';

t.test('after the first failure of a component all others are probed soon, except those in maintenance', async (t) => {
  const url = `http://127.0.0.1:${await closedPort()}/`;
  const components = ['a', 'b', 'c', 'maintained'].map((name) => httpComponent(name, url));
  const maintenanceWindows = [
    { name: 'always', components: ['maintained'], cron: '* * * * *', durationSeconds: 3600, timeZone: 'UTC' },
  ];
  const collectors = await configuredCollectors(config({ components, maintenanceWindows }));
  const asked: unknown[] = [];
  for (const name of ['a', 'a', 'b']) {
    const collected = await collectors
      .find((collector) => collector.name === `component:${name}`)
      ?.collect(AbortSignal.timeout(5000));
    asked.push(collected?.alsoSoon);
  }
  t.same(asked, [['component:b', 'component:c'], undefined, undefined], 'once for all of them');
});
