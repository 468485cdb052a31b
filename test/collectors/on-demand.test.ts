import { setMaxListeners } from 'node:events';
import type { Socket } from 'node:net';
import t, { type Test } from 'tap';
import { ClientTokens } from '../../src/access/client-tokens.js';
import { PoliteDataAccess } from '../../src/access/polite-access.js';
import { ExporterError } from '../../src/base/errors.js';
import { Lateness } from '../../src/base/lateness.js';
import { OnDemandProbes } from '../../src/collectors/on-demand.js';
import type { Config } from '../../src/config/config.js';
import { createResolver } from '../../src/net/resolve.js';
import { TlsContexts } from '../../src/net/tls.js';
import { config, httpComponent, httpSettings, jsonSource } from '../support/config.js';
import { samplesIn } from '../support/exposition.js';
import { ManualClock } from '../support/manual-clock.js';
import { httpAnswer, rawServer } from '../support/raw-server.js';
import { RecordedLog } from '../support/recorded-log.js';
import { until } from '../support/until.js';

const healthy = httpAnswer('{"status":"healthy"}');
const never = new AbortController().signal;
// Many requests of one test share it.
setMaxListeners(0, never);
const modules = new Map([['default', { http: httpSettings(), timeoutSeconds: 5 }]]);

/** On-demand probes of a server that delays its answers until the test sends them. */
async function start(
  t: Test,
  change: (url: string) => Partial<Config> = () => ({}),
  others: Partial<ConstructorParameters<typeof OnDemandProbes>[1]> = {},
) {
  const asked: Socket[] = [];
  const server = await rawServer((socket) => void asked.push(socket));
  t.teardown(() => server.stop());
  const url = `http://127.0.0.1:${server.port}`;
  const clock = new ManualClock();
  const prober = { resolve: createResolver(), tlsContexts: new TlsContexts(), userAgent: 'test' };
  const data = new PoliteDataAccess({ prober, clock, log: new RecordedLog() });
  const settings = config({
    components: [httpComponent('a', `${url}/health`, { timeoutSeconds: 5 })],
    probe: { allowedTargets: [`${url}/*`], modules },
    ...change(url),
  });
  data.configure(settings);
  const probes = new OnDemandProbes(settings, {
    prober,
    clock,
    healthGates: data,
    lateness: new Lateness(clock),
    tokens: new ClientTokens({ prober, clock }),
    ...others,
  });
  const total = (recorder: { renderOwn(format: 'text'): string }) =>
    samplesIn(recorder.renderOwn('text')).get('aicrm_component_probes_total{component="a"}');
  return { probes, asked, clock, url, data, total };
}

/** A configuration with a data source on the server. */
const asksForData = (url: string) => ({ jsonSources: [jsonSource(`${url}/numbers`, url)] });

/** Its data request never ends. */
const alwaysBusy = { gateFor: () => ({ beginProbe: () => undefined, endProbe: () => false }) };

t.test('requests for a target that is being probed share one probe and its answer', async (t) => {
  const { probes, asked, total } = await start(t);
  const all = Array.from({ length: 50 }, (_, i) => probes.probe('a', undefined, i % 2 === 0 ? undefined : 4.5, never));
  await until('the request', () => asked.length === 1);
  asked[0]?.end(healthy);
  for (const one of await Promise.all(all)) {
    t.match(one.reading, { up: true, log: [/^ *\d/] });
    t.equal(total(one.recorder), 1);
  }
  t.equal(asked.length, 1);
});

t.test('a result is shared for one second', async (t) => {
  const { probes, asked, clock, url } = await start(t);
  const ask = (target: string) => probes.probe(target, undefined, undefined, never);
  const first = ask(`${url}/x`);
  await until('the request', () => asked.length === 1);
  asked[0]?.end(healthy);
  await first;
  clock.advance(0.9);
  // In any spelling.
  for (const target of [`${url}/x`, `${url}/x#part`, `${url}/y/../x`]) await ask(target);
  t.equal(asked.length, 1);
  clock.advance(0.1);
  const second = ask(`${url}/x`);
  await until('another request', () => asked.length === 2);
  asked[1]?.end(healthy);
  t.match(await second, { reading: { up: true } });
});

t.test('a probe goes on while a client waits for it', async (t) => {
  const { probes, asked } = await start(t);
  const client = new AbortController();
  const abandoned = probes.probe('a', undefined, undefined, client.signal);
  const other = probes.probe('a', undefined, undefined, never);
  await until('the request', () => asked.length === 1);
  client.abort(new Error('the client hung up'));
  await t.rejects(abandoned, { message: 'the client hung up' });
  asked[0]?.end(healthy);
  t.match(await other, { reading: { up: true } });
  t.equal(asked.length, 1);
});

t.test('a client with a shorter deadline gets a timeout, the others do not', async (t) => {
  const { probes, asked, clock, total } = await start(t);
  const patient = probes.probe('a', undefined, undefined, never);
  await until('the request', () => asked.length === 1);
  const hasty = probes.probe('a', undefined, 2, never);
  clock.advance(2);
  const { reading, recorder } = await hasty;
  t.match(reading, {
    up: false,
    reason: 'timeout',
    level: 'critical',
    responseSeconds: 2,
    message: 'no answer before the deadline',
    checks: { length: 0 },
    headers: { length: 0 },
    log: ['the probe was started for another request and is still running'],
  });
  t.equal(total(recorder), 1);
  asked[0]?.end(healthy);
  t.match(await patient, { reading: { up: true } });
  t.equal(total(recorder), 2);
});

t.test('clients with the deadline of the probe get its own timeout, with its steps', async (t) => {
  const { probes, asked, clock, total } = await start(t);
  const both = [1, 2].map(() => probes.probe('a', undefined, undefined, never));
  await until('the request', () => asked.length === 1);
  clock.advance(5);
  for (const { reading, recorder } of await Promise.all(both)) {
    t.match(reading, { up: false, reason: 'timeout' });
    t.match(reading.log.join(' '), 'connected');
    t.equal(total(recorder), 1);
  }
  t.equal(asked.length, 1);
});

t.test('a timeout is shared with clients that would not have waited longer', async (t) => {
  const { probes, asked, clock } = await start(t);
  const hasty = probes.probe('a', undefined, 2, never);
  await until('the request', () => asked.length === 1);
  clock.advance(2);
  const { reading } = await hasty;
  t.match(reading, { reason: 'timeout' });
  t.equal((await probes.probe('a', undefined, 2, never)).reading, reading);
  const patient = probes.probe('a', undefined, 3, never);
  await until('a request of its own', () => asked.length === 2);
  asked[1]?.end(healthy);
  t.match(await patient, { reading: { up: true } });
});

t.test('when the probe of a client with a short deadline ends, all who wait longer share the next one', async (t) => {
  const { probes, asked, clock } = await start(t);
  const hasty = probes.probe('a', undefined, 2, never);
  const patient = [1, 2, 3].map(() => probes.probe('a', undefined, undefined, never));
  await until('the request', () => asked.length === 1);
  clock.advance(2);
  t.match(await hasty, { reading: { reason: 'timeout' } });
  await until('a request of their own', () => asked.length === 2);
  asked[1]?.end(healthy);
  for (const one of patient) t.match(await one, { reading: { up: true } });
  t.equal(asked.length, 2);
});

t.test('after the timeout of one client the others keep the rest of their time', async (t) => {
  const { probes, asked } = await start(t);
  const hasty = probes.probe('a', undefined, 0.05, never);
  const patient = probes.probe('a', undefined, undefined, never);
  t.match(await hasty, { reading: { reason: 'timeout' } });
  await until('a request of its own', () => asked.length === 2);
  asked[1]?.end(healthy);
  t.match(await patient, { reading: { up: true } });
});

t.test('at most fifty probes of allowed URLs per server begin in a second', async (t) => {
  const { probes, url, clock } = await start(t);
  const client = new AbortController();
  setMaxListeners(0, client.signal);
  const ask = (path: string) => probes.probe(`${url}/${path}`, undefined, undefined, client.signal);
  const begun = Array.from({ length: 50 }, (_, i) => ask(String(i)));
  const message = `50 probes of ${new URL(url).host} were started within this second`;
  await t.rejects(ask('more'), { code: 'overloaded', message, expose: true });
  clock.advance(1);
  const next = ask('more');
  client.abort(new Error('enough'));
  for (const one of [...begun, next]) await t.rejects(one, { message: 'enough' });
});

t.test('a probe waits while this exporter asks the same server for data', async (t) => {
  const { probes, asked, clock, url, data } = await start(t, asksForData);
  // The components of a server are probed before data is requested.
  const before = probes.probe('a', undefined, undefined, never);
  await until('the first probe', () => asked.length === 1);
  asked[0]?.end(healthy);
  await before;
  const numbers = data.client.ask(
    { source: 'shop', url: `${url}/numbers`, http: httpSettings(), timeoutSeconds: 5 },
    never,
  );
  await until('the request for data', () => asked.length === 2);
  clock.advance(2);
  const probe = probes.probe('a', undefined, undefined, never);
  await clock.pass(1);
  t.equal(asked.length, 2);
  asked[1]?.end(httpAnswer('{}'));
  await numbers;
  await clock.pass(1);
  await until('the probe', () => asked.length === 3);
  asked[2]?.end(healthy);
  t.match(await probe, { reading: { up: true } });
});

t.test('a permitted URL is a target of its own, and its fragment makes no other one', async (t) => {
  const { probes, asked, url } = await start(t);
  const first = probes.probe(`${url}/x?y#z`, undefined, undefined, never);
  await until('the request', () => asked.length === 1);
  asked[0]?.end(httpAnswer('{}'));
  const { reading, recorder } = await first;
  const name = new URL(url).host;
  t.match(reading, { subject: 'component', name, target: `${url}/x`, kind: 'http', up: true });
  const same = await probes.probe(`${url}/x?y#other`, 'default', undefined, never);
  t.equal(same.recorder, recorder);
  t.equal(asked.length, 1);
  const other = probes.probe(`${url}/x?other`, undefined, undefined, never);
  await until('the second request', () => asked.length === 2);
  asked[1]?.end(httpAnswer('{}'));
  t.not((await other).recorder, recorder);
  t.notMatch(recorder.renderOwn('text'), /process_|nodejs_/, 'only series of the target');
});

t.test('when nobody waits for a probe any more it is called off, and the next request starts another', async (t) => {
  const { probes, asked, total } = await start(t);
  const client = new AbortController();
  const abandoned = probes.probe('a', undefined, undefined, client.signal);
  await until('the request', () => asked.length === 1);
  client.abort(new Error('the client hung up'));
  await t.rejects(abandoned, { message: 'the client hung up' });
  await until('the end of its connection', () => asked[0]?.closed === true);
  const next = probes.probe('a', undefined, undefined, never);
  await until('another request', () => asked.length === 2);
  asked[1]?.end(healthy);
  const { reading, recorder } = await next;
  t.match(reading, { up: true, failuresInARow: 0 });
  t.equal(total(recorder), 1, 'the first one does not count');
  await t.rejects(probes.probe('a', undefined, undefined, client.signal), { message: 'the client hung up' });
});

t.test('at most 250 probes run at once', async (t) => {
  const names = Array.from({ length: 251 }, (_, index) => `c${index}`);
  const { probes } = await start(
    t,
    (url) => ({ ...asksForData(url), components: names.map((name) => httpComponent(name, `${url}/health`)) }),
    { healthGates: alwaysBusy },
  );
  const client = new AbortController();
  setMaxListeners(0, client.signal);
  const ask = (name: string) => probes.probe(name, undefined, undefined, client.signal);
  const running = names.slice(0, 250).map(ask);
  const refusal = new ExporterError('overloaded', '250 probes are running already', { expose: true });
  await t.rejects(ask('c250'), refusal);
  client.abort(new Error('enough'));
  for (const one of running) await t.rejects(one, { message: 'enough' });
  const last = new AbortController();
  const next = probes.probe('c250', undefined, undefined, last.signal);
  last.abort(new Error('it was not refused'));
  await t.rejects(next, { message: 'it was not refused' });
});

t.test('the counters of the 2000 targets that were used last are kept', async (t) => {
  const { probes, asked, url } = await start(t);
  const gone = AbortSignal.abort(new Error('gone'));
  const touch = (path: string) => probes.probe(`${url}/${path}`, undefined, undefined, gone).catch(() => {});
  /** The series of a target. A probe gets an answer if there is one. */
  const seriesOf = async (path: string) => {
    const before = asked.length;
    const found = probes.probe(`${url}/${path}`, undefined, undefined, never);
    let isFound = false;
    void found.then(() => (isFound = true));
    await until('the answer', () => {
      if (asked.length > before) asked.at(-1)?.end(healthy);
      return isFound;
    });
    return (await found).recorder;
  };
  const [first, second] = [await seriesOf('first'), await seriesOf('second')];
  for (let index = 0; index < 1998; index++) await touch(String(index));
  t.equal(await seriesOf('first'), first);
  await touch('more');
  t.equal(await seriesOf('first'), first);
  t.not(await seriesOf('second'), second);
});

t.test('a probe that a late exporter may have made slow gives no result', async (t) => {
  const late = { watch: () => ({ lost: { totalSeconds: 60, longestSeconds: 60 }, end: () => {} }) };
  const patient = { responseTimeSeconds: { warning: 4, critical: 9 } };
  const { probes, asked, clock } = await start(
    t,
    (url) => ({
      components: [httpComponent('a', `${url}/health`), httpComponent('b', `${url}/health`, { thresholds: patient })],
    }),
    { lateness: late as unknown as Lateness },
  );
  const ask = async (name: string) => {
    const before = asked.length;
    const found = probes.probe(name, undefined, undefined, never);
    await until('the request', () => asked.length > before);
    clock.advance(3);
    asked.at(-1)?.end(healthy);
    return found;
  };
  const message = 'this probe of a does not count: the exporter was late, or its own query may have delayed the probe';
  await t.rejects(ask('a'), new ExporterError('overloaded', message, { expose: true }));
  t.match(await ask('b'), { reading: { up: true, responseSeconds: 3 } }, 'its own threshold counts');
});

t.test('a probe ends when the data request takes longer than the probe may', async (t) => {
  const { probes, clock } = await start(t, asksForData, { healthGates: alwaysBusy });
  const probe = probes.probe('a', undefined, 2.5, never);
  const refusal = new ExporterError('overloaded', 'a is busy with a data query of this exporter', { expose: true });
  const refused = t.rejects(probe, refusal);
  await clock.pass(2);
  await refused;
  t.equal(clock.waiting, 0, 'no timer is left behind');
});

t.test('a probe of a permitted URL has the settings of its module and does not leave its origin', async (t) => {
  const others: Socket[] = [];
  const elsewhere = await rawServer((socket) => void others.push(socket.end(healthy)));
  t.teardown(() => elsewhere.stop());
  const { probes, asked, clock, url } = await start(t, (origin) => ({
    probe: {
      allowedTargets: [`${origin}/*`],
      modules: new Map([
        ...modules,
        ['strict', { http: httpSettings({ expect: { jsonStatus: true } }), timeoutSeconds: 3 }],
      ]),
    },
  }));
  const ask = async (module: string | undefined, answer: Buffer) => {
    const before = asked.length;
    const found = probes.probe(`${url}/x`, module, undefined, never);
    await until('the request', () => asked.length > before);
    asked.at(-1)?.end(answer);
    return found;
  };
  t.match(await ask('strict', httpAnswer('{}')), { reading: { up: false } });
  const { reading, recorder } = await ask(undefined, httpAnswer('{}'));
  t.match(reading, { up: true }, 'a result of another module is not shared');
  const series = samplesIn(recorder.renderOwn('text'));
  const name = new URL(url).host;
  const about = `component="${name}",target="${url}/x",kind="http",severity="critical"`;
  t.equal(series.get(`aicrm_component_info{${about}}`), 1);
  t.equal(series.get(`aicrm_component_response_seconds_bucket{component="${name}",le="5.0"}`), 1);
  const away = httpAnswer('', { code: 302, headers: [`Location: http://127.0.0.1:${elsewhere.port}/`] });
  clock.advance(1);
  t.match(await ask('default', away), { reading: { up: false, reason: 'refused_target' } });
  t.same(others, []);
});
