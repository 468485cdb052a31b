import t from 'tap';
import { createCalendar } from '../../src/maintenance/maintenance-calendar.js';
import { CurrentSilences } from '../../src/maintenance/silences.js';
import { createResolver } from '../../src/net/resolve.js';
import { TlsContexts } from '../../src/net/tls.js';
import { maintenanceCollector } from '../../src/sources/maintenance-collector.js';
import { httpSettings } from '../support/config.js';
import { ManualClock } from '../support/manual-clock.js';
import { httpAnswer, rawServer } from '../support/raw-server.js';

const signal = new AbortController().signal;
const components = ['a', 'b', 'c'].map((name) => ({ name }));
const everyMinute = { name: 'w', components: ['b'], cron: '* * * * *', durationSeconds: 60, timeZone: 'UTC' };

/** A silence of all alerts about a component, for an hour. */
function silenceOf(component: string, startSeconds: number) {
  const at = (seconds: number) => new Date(seconds * 1000).toISOString();
  return {
    id: component,
    status: { state: 'active' },
    matchers: [{ name: 'component', value: component, isRegex: false, isEqual: true }],
    startsAt: at(startSeconds),
    endsAt: at(startSeconds + 3600),
    createdBy: 'ops',
    comment: 'an update',
  };
}

/** A collector with the windows of a configuration, and optionally an Alertmanager at this port. */
async function setup(port?: number) {
  const clock = new ManualClock();
  const silences = new CurrentSilences();
  const program = {
    url: `http://127.0.0.1:${port}`,
    intervalSeconds: 30,
    timeoutSeconds: 5,
    http: httpSettings(),
  };
  const collector = maintenanceCollector({
    components,
    calendar: await createCalendar([everyMinute], silences),
    clock,
    silences,
    prober: { resolve: createResolver(), tlsContexts: new TlsContexts(), userAgent: 'test' },
    ...(port === undefined ? {} : { alertmanager: program }),
  });
  const run = async () => {
    const { samples, readings = [] } = await collector.collect(signal);
    const said = samples.filter(({ series }) => series.definition.name === 'aicrm_component_maintenance');
    return { said: said.map(({ series, value }) => [series.labels, value]), readings };
  };
  return { collector, clock, run };
}

const of = (...flags: readonly number[]) =>
  components.map(({ name: component }, index) => [{ component }, flags[index]]);

t.test('without an Alertmanager the windows of the configuration count, four times a minute', async (t) => {
  const { collector, run } = await setup();
  t.match(collector, { name: 'maintenance', intervalSeconds: 15, timeoutSeconds: 5, isLocal: true });
  const { said, readings } = await run();
  t.same(said, of(0, 1, 0));
  t.same(readings, []);
});

t.test('silences of an Alertmanager count too, and still count when it does not answer any more', async (t) => {
  const now = new ManualClock().nowSeconds();
  const server = await rawServer((socket) => socket.end(httpAnswer(JSON.stringify([silenceOf('a', now - 60)]))));
  t.teardown(() => server.stop());
  const { collector, clock, run } = await setup(server.port);
  t.match(collector, { name: 'maintenance', intervalSeconds: 30, timeoutSeconds: 6, asks: { name: 'alertmanager' } });
  const told = await run();
  t.same(told.said, of(1, 1, 0));
  t.match(told.readings, [
    { name: 'alertmanager', up: true, message: '1 silence, 1 of 3 components in maintenance through them' },
  ]);
  await server.stop();
  clock.advance(600);
  const untold = await run();
  t.same(untold.said, of(1, 1, 0));
  t.match(untold.readings, [{ name: 'alertmanager', up: false, reason: 'connect' }]);
  clock.advance(3600);
  t.same((await run()).said, of(0, 1, 0), 'to their own end');
});
