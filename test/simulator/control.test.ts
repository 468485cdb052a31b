import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { startAiCrm } from '../../simulator/ai-crm.js';
import { controlListener } from '../../simulator/control.js';
import { Faults, jobNames, serviceNames, supportedFaults } from '../../simulator/faults.js';
import { ExporterError } from '../../src/base/errors.js';
import { ask, askJson, dial } from './ask.js';

async function start(t: Test) {
  const crm = await startAiCrm();
  t.teardown(() => crm.stop());
  return { crm, url: crm.urls.control };
}

const formHeaders = { 'content-type': 'application/x-www-form-urlencoded' };

t.test('faults are switched with PUT and DELETE and listed as JSON', async (t) => {
  const { crm, url } = await start(t);
  const listed = await askJson(`${url}/faults`);
  t.match(listed.value, {
    services: { backend: { fault: null, supported: ['slow'] } },
    scenarios: { 'database-down': { active: false } },
  });
  t.same(Object.keys((listed.value as { services: object }).services), serviceNames);

  const put = await askJson(`${url}/faults/backend`, { method: 'PUT', body: { fault: 'slow', seconds: 3 } });
  t.match(put, { status: 200, value: { services: { backend: { fault: 'slow', seconds: 3 } } } });
  t.same(crm.faults.active(), [{ service: 'backend', fault: { kind: 'slow', seconds: 3 } }]);
  await ask(`${url}/faults/backend`, { method: 'PUT', body: { fault: 'slow' } });
  t.same(crm.faults.of('backend'), { kind: 'slow', seconds: 2.5 }, 'the default is slow enough for a warning');
  await ask(`${url}/faults/backend`, { method: 'PUT', body: { fault: 'freeze' } });
  t.same(crm.faults.of('backend'), { kind: 'freeze', seconds: 8 }, 'as long as a real freeze');
  t.match(await askJson(`${url}/faults/backend`, { method: 'DELETE' }), {
    status: 200,
    value: { services: { backend: { fault: null } } },
  });
  t.same(crm.faults.active(), []);

  await ask(`${url}/scenarios/database-down`, { method: 'PUT' });
  t.match((await askJson(`${url}/faults`)).value, {
    services: { postgres: { fault: 'refuse' } },
    scenarios: { 'database-down': { active: true } },
  });
  await t.rejects(dial(crm.ports.postgres), { code: 'ECONNREFUSED' });
  await ask(`${url}/scenarios/database-down`, { method: 'DELETE' });
  (await dial(crm.ports.postgres)).destroy();
});

t.test('the page lists every service and works with plain forms', async (t) => {
  const { crm, url } = await start(t);
  const page = await ask(url);
  t.equal(page.headers['content-type'], 'text/html; charset=utf-8');
  t.match(page.headers['content-security-policy'], "default-src 'none'");
  for (const name of serviceNames) t.match(page.body, `<form method="post" action="/faults/${name}">`);
  t.notMatch(page.body, /<script|\son[a-z]+=/i);

  const origin = { ...formHeaders, origin: url, 'sec-fetch-site': 'same-origin' };
  const post = (path: string, body: string) => ask(url + path, { method: 'POST', headers: origin, body });
  const set = await post('/faults/frontend', 'fault=slow&seconds=0.5&do=set');
  t.same([set.status, set.headers.location], [303, '/']);
  t.same(crm.faults.of('frontend'), { kind: 'slow', seconds: 0.5 });
  t.match((await ask(url)).body, '<strong>slow, 0.5 s</strong>');
  await post('/faults/frontend', 'fault=500&seconds=2.5&do=set');
  t.same(crm.faults.of('frontend'), { kind: '500' }, 'the seconds of the form apply only to some faults');
  await post('/faults/frontend', 'lift=lift');
  await post('/scenarios/database-down', 'fault=on');
  t.same(crm.faults.active(), [{ service: 'postgres', fault: { kind: 'refuse' } }]);
  await post('/scenarios/database-down', 'lift=lift');
  t.same(crm.faults.active(), []);
});

t.test('each row of the page shows the fault, and has what changes it', async (t) => {
  const { crm, url } = await start(t);
  const rowOf = async (name: string) => {
    const { body } = await ask(url);
    return new RegExp(`<tr><th scope="row">${name}</th><td>(.*)</td></tr>`).exec(body)?.[1];
  };
  const form = (path: string, controls: string) => `<form method="post" action="${path}">${controls}</form>`;
  const set = '<button name="do" value="set">Switch on</button>';
  const lift = '<button name="lift" value="lift">Lift</button>';
  const options = (kinds: readonly string[], selected?: string) =>
    kinds.map((kind) => `<option${kind === selected ? ' selected' : ''}>${kind}</option>`).join('');
  const select = (name: string, kinds: readonly string[], selected?: string) =>
    `<select name="fault" aria-label="Fault of ${name}">${options(kinds, selected)}</select>`;
  const seconds = (kinds: string, value: number) =>
    `<label>${kinds} for <input type="number" name="seconds" value="${value}" min="0.1" max="600" step="any"> s</label>`;
  const { backend, redis, postgres } = supportedFaults;
  const timed = 'slow or freeze or upstream-slow';

  t.equal(
    await rowOf('database-down'),
    `off</td><td>${form('/scenarios/database-down', '<button name="fault" value="on">Switch on</button>')}`,
  );
  t.equal(
    await rowOf('backend'),
    `none</td><td>${form('/faults/backend', select('backend', backend) + seconds(timed, 2.5) + set)}`,
  );
  t.equal(await rowOf('sync'), `none</td><td>${form('/faults/sync', select('sync', ['stopped', 'failing']) + set)}`);

  await crm.faults.set('backend', { kind: 'freeze', seconds: 8 });
  await crm.faults.set('redis', { kind: 'hang' });
  await crm.faults.setScenario('database-down');
  crm.faults.setOfJob('sync', 'failing');
  t.equal(await rowOf('database-down'), `<strong>on</strong></td><td>${form('/scenarios/database-down', lift)}`);
  t.equal(
    await rowOf('backend'),
    `<strong>freeze, 8 s</strong></td><td>${form('/faults/backend', select('backend', backend, 'freeze') + seconds(timed, 8) + set)} ${form('/faults/backend', lift)}`,
  );
  t.equal(
    await rowOf('redis'),
    `<strong>hang</strong></td><td>${form('/faults/redis', select('redis', redis, 'hang') + seconds('slow', 2.5) + set)} ${form('/faults/redis', lift)}`,
  );
  t.equal(
    await rowOf('postgres'),
    `<strong>refuse</strong></td><td>${form('/faults/postgres', select('postgres', postgres, 'refuse') + set)} ${form('/faults/postgres', lift)}`,
    'without seconds, which no fault of it has',
  );
  t.equal(
    await rowOf('sync'),
    `<strong>failing</strong></td><td>${form('/faults/sync', select('sync', ['stopped', 'failing'], 'failing') + set)} ${form('/faults/sync', lift)}`,
  );
});

t.test('the page applies its own style only, and is never kept', async (t) => {
  const { url } = await start(t);
  const { headers, body } = await ask(url);
  const style = createHash('sha256')
    .update(/<style>([^]*)<\/style>/.exec(body)?.[1] ?? '')
    .digest('base64');
  t.equal(headers['cache-control'], 'no-store');
  t.equal(
    headers['content-security-policy'],
    `default-src 'none'; style-src 'sha256-${style}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
  );
  const head = await ask(url, { method: 'HEAD' });
  t.same([head.status, head.body, head.headers['content-length']], [200, '', headers['content-length']]);
  t.equal((await ask(`${url}/faults`, { method: 'HEAD' })).status, 200);
});

t.test('jobs are made to fail and to stop in the same ways as services', async (t) => {
  const { crm, url } = await start(t);
  const send = (method: string, body?: string) => ask(`${url}/faults/sync`, { method, headers: formHeaders, body });
  const put = await askJson(`${url}/faults/sync`, { method: 'PUT', body: { fault: 'failing' } });
  t.match(put, {
    status: 200,
    value: { jobs: { sync: { fault: 'failing', supported: ['stopped', 'failing'] }, nightly_backup: { fault: null } } },
  });
  t.equal((await send('POST', 'fault=stopped&do=set')).status, 303);
  t.equal(crm.faults.ofJob('sync'), 'stopped');
  t.same(crm.faults.active(), [{ service: 'sync', fault: { kind: 'stopped' } }]);
  t.equal((await send('POST', 'lift=lift')).status, 303);
  t.equal(crm.faults.ofJob('sync'), undefined);
  crm.faults.setOfJob('sync', 'failing');
  t.equal((await send('DELETE')).status, 200);
  t.equal(crm.faults.ofJob('sync'), undefined);
  for (const body of [[], {}, { fault: 'slow' }])
    t.same(await askJson(`${url}/faults/sync`, { method: 'PUT', body }), {
      status: 400,
      value: { error: '"fault" of a job must be one of: stopped, failing' },
    });
});

t.test('bad requests get a clear answer and change nothing', async (t) => {
  const { crm, url } = await start(t);
  const put = (path: string, body: unknown) => askJson(url + path, { method: 'PUT', body });
  const cases: readonly (readonly [path: string, body: unknown, status: number, error: string])[] = [
    [
      '/faults/mars',
      { fault: 'slow' },
      404,
      `no service "mars"; there are: ${[...serviceNames, ...jobNames].join(', ')}`,
    ],
    ['/scenarios/mars', {}, 404, 'no scenario "mars"; there are: database-down'],
    ['/faults/backend', '{', 400, 'the body must be a JSON object such as {"fault": "slow", "seconds": 3}'],
    ['/faults/backend', [], 400, 'the body must be a JSON object such as {"fault": "slow", "seconds": 3}'],
    [
      '/faults/backend',
      {},
      400,
      '"fault" must be one of: slow, freeze, hang, reset, flaky, 500, 404, 401, degraded, unhealthy, wrong-json, html, refuse, expired-certificate, bundle-404, bundle-html, upstream-slow, upstream-hang, upstream-refuse',
    ],
    [
      '/faults/backend',
      { fault: 500 },
      400,
      '"fault" must be one of: slow, freeze, hang, reset, flaky, 500, 404, 401, degraded, unhealthy, wrong-json, html, refuse, expired-certificate, bundle-404, bundle-html, upstream-slow, upstream-hang, upstream-refuse',
    ],
    ['/faults/backend', { fault: 'slow', second: 3 }, 400, 'unknown key "second"; known are: fault, seconds'],
    ['/faults/backend', { fault: 'slow', seconds: 0 }, 400, '"seconds" must be a number above 0 and at most 600'],
    ['/faults/backend', { fault: 'slow', seconds: '3' }, 400, '"seconds" must be a number above 0 and at most 600'],
    ['/faults/backend', { fault: 'slow', seconds: 601 }, 400, '"seconds" must be a number above 0 and at most 600'],
    [
      '/faults/backend',
      { fault: 'hang', seconds: 3 },
      400,
      '"seconds" works with the faults slow and freeze and upstream-slow only, not with "hang"',
    ],
    [
      '/faults/database',
      { fault: 'refuse' },
      400,
      'database cannot have the fault "refuse"; it can have: slow, hang, reset, flaky, 500, 404, 401, degraded, unhealthy, wrong-json, html',
    ],
    ['/', {}, 405, 'only GET here'],
    ['/faults', {}, 405, 'only GET here'],
    ['/faults/backend/more', {}, 404, 'nothing at /faults/backend/more; try /faults'],
    ['/x/faults/backend', {}, 404, 'nothing at /x/faults/backend; try /faults'],
    ['/nothing', {}, 404, 'nothing at /nothing; try /faults'],
    ['/faults/backend', 'x'.repeat(70_000), 413, 'the request body is too large'],
  ];
  for (const [path, body, status, error] of cases) t.same(await put(path, body), { status, value: { error } }, error);
  t.equal((await ask(`${url}/faults/backend`)).headers.allow, 'PUT, DELETE, POST');
  t.equal(
    (await ask(`${url}/faults/backend`, { method: 'POST', headers: formHeaders, body: 'fault=slow&seconds=x' })).status,
    400,
  );
  t.same(crm.faults.active(), []);
});

t.test('pages of other sites can neither switch nor read anything', async (t) => {
  const { crm, url } = await start(t);
  const send = (headers: Readonly<Record<string, string>>, method = 'POST') =>
    ask(`${url}/faults/backend`, {
      method,
      headers: { ...formHeaders, ...headers },
      body: method === 'POST' ? 'fault=500' : '{"fault":"500"}',
    });
  const foreign: readonly Readonly<Record<string, string>>[] = [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: url.replace('http:', 'https:') },
    { host: 'evil.example' },
    {
      host: `evil.example:${crm.ports.control}`,
      origin: `http://evil.example:${crm.ports.control}`,
      'sec-fetch-site': 'same-origin',
    },
  ];
  for (const headers of foreign) {
    for (const method of ['POST', 'PUT', 'DELETE'])
      t.equal((await send(headers, method)).status, 403, JSON.stringify(headers));
  }
  t.equal((await ask(`${url}/faults`, { headers: { host: 'evil.example' } })).status, 403);
  t.same(crm.faults.active(), []);
  const said = async (headers: Readonly<Record<string, string>>) => (await send(headers)).body;
  t.match(await said({ 'sec-fetch-site': 'cross-site' }), 'requests from other sites are refused');
  t.match(await said({ origin: 'https://evil.example' }), 'requests from other origins are refused');
  t.match(
    await said({ host: 'evil.example' }),
    `the host must be one of: 127.0.0.1:${crm.ports.control}, localhost:${crm.ports.control}`,
  );
  t.equal((await send({ host: `localhost:${crm.ports.control}` })).status, 303);
  t.equal((await send({ 'sec-fetch-site': 'none' })).status, 303, 'a person may do this');
  const link = { 'sec-fetch-site': 'cross-site', origin: 'https://wiki.example' };
  for (const method of ['GET', 'HEAD'])
    t.equal((await ask(url, { method, headers: link })).status, 200, `${method} by a link of another page`);
});

t.test('a change that fails is a 500 with the reason', async (t) => {
  const taken = new ExporterError('port_in_use', 'port 8000 on 127.0.0.1 is already in use');
  const faults = new Faults({ setReachable: () => Promise.reject(taken), setCertificate: () => {} });
  const server = createServer(controlListener(faults)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  t.same(await askJson(`${url}/faults/redis`, { method: 'PUT', body: { fault: 'refuse' } }), {
    status: 500,
    value: { error: 'port 8000 on 127.0.0.1 is already in use' },
  });
});
