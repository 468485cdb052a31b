import t, { type Test } from 'tap';
import { startAiCrm } from '../../simulator/ai-crm.js';
import { jobNames, serviceNames } from '../../simulator/faults.js';
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
    ['/faults', {}, 405, 'only GET here'],
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
  t.equal((await send({ 'sec-fetch-site': 'none' })).status, 303, 'a person may do this');
});
