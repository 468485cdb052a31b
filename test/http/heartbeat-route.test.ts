import t, { type Test } from 'tap';
import { Secret } from '../../src/config/secret.js';
import type { HeartbeatConfig } from '../../src/config/sections/heartbeats-section.js';
import { startServer } from '../../src/http/server.js';
import type { WebConfigSource } from '../../src/http/web-config.js';
import { ask } from '../support/ask.js';
import { heartbeatsOf, job } from '../support/heartbeats.js';
import { RecordedLog } from '../support/recorded-log.js';
import { fixtureService, nowSeconds } from '../support/service-fixture.js';

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

async function serve(t: Test, configs: readonly HeartbeatConfig[], webConfig?: WebConfigSource) {
  const { heartbeats, clock } = await heartbeatsOf(configs);
  const service = fixtureService({ components: [], readings: [], heartbeats });
  const server = await startServer(service, {
    host: '127.0.0.1',
    port: 0,
    telemetryPath: '/metrics',
    version: '9.8.7',
    log: new RecordedLog(),
    clock,
    ...(webConfig && { webConfig }),
  });
  t.teardown(() => server.stop());
  return {
    url: server.url,
    post: (path: string, headers = {}, body = '') =>
      ask(`${server.url}/heartbeat/${path}`, { method: 'POST', headers, body }),
    states: () => heartbeats.readings(nowSeconds).map(({ state }) => state),
  };
}

t.test('a job reports its start, its end, a failure and an exit status', async (t) => {
  const { post, states } = await serve(t, [job('backup')]);
  t.match(await post('backup/start'), { status: 200, text: 'ok\n' });
  t.match(states(), [{ isRunning: true }]);
  t.match(await post('backup'), { status: 200 });
  t.match(states(), [{ isRunning: false, lastSuccessSeconds: Number, runtimeSeconds: Number }]);
  t.match(await post('backup/fail', {}, 'no space\r\n\u001b[31mleft at https://me:pw@host/?key=1'), { status: 200 });
  t.match(states(), [{ lastFailureSeconds: Number, message: 'no space [31mleft at https://<secret>@host/?<secret>' }]);
  t.match(await post('backup'), { status: 200 });
  t.notOk('message' in (states()[0] ?? {}), 'a report without a body has no message');
  for (const [status, kind] of [
    ['0', 'success'],
    ['255', 'failure'],
  ] as const) {
    t.match(await post(`backup/${status}`), { status: 200 });
    t.match(states(), [{ exitStatus: Number(status), reports: { [kind]: kind === 'success' ? 3 : 2 } }]);
  }
});

t.test('an invalid report is refused, and changes nothing', async (t) => {
  const { post, states, url } = await serve(t, [job('backup')]);
  t.match(await post('bakup'), {
    status: 404,
    text: 'no job is called "bakup": see heartbeats in the configuration\n',
  });
  t.match(await post('backup/done'), { status: 404, text: /^"done" is not a report: use start, fail,/ });
  t.match(await post('backup/256'), { status: 404 });
  t.match(await post('backup/start/1'), { status: 404 });
  for (const word of ['x1', '1x', '1000', '-1', '1.0']) t.match(await post(`backup/${word}`), { status: 404 }, word);
  for (const method of ['GET', 'HEAD', 'PUT', 'DELETE'])
    t.match(await ask(`${url}/heartbeat/backup`, { method }), { status: 405, headers: { allow: 'POST' } }, method);
  t.match(await post('backup', {}, 'x'.repeat(16_385)), { status: 413 });
  t.match(await post('backup', { 'transfer-encoding': 'chunked' }, 'x'.repeat(16_385)), {
    status: 413,
    text: 'request body too large: at most 16384 bytes\n',
    headers: { connection: 'close' },
  });
  t.match(await post('backup', { origin: 'https://evil.example' }), { status: 403 });
  t.match(states(), [{ reports: { start: 0, success: 0, failure: 0 } }]);
  t.match(await post('backup', {}, 'x'.repeat(16_384)), { status: 200 });
  t.equal(states()[0]?.message?.length, 200);
});

t.test('a missing or wrong token is refused', async (t) => {
  const { post } = await serve(t, [job('backup', { token: new Secret('s3cret') }), job('open')]);
  const wrong = ['Basic czNjcmV0', 's3cret', 'xBearer s3cret', 'Bearer s3cret s3cret', 'Bearers3cret'];
  for (const headers of [
    {},
    ...[bearer('s3cre'), bearer('s3crett'), bearer('')],
    ...wrong.map((authorization) => ({ authorization })),
  ])
    t.match(
      await post('backup', headers),
      {
        status: 401,
        headers: { 'www-authenticate': 'Bearer realm="ai-crm-exporter"' },
        text: 'the token of this job is missing or wrong: send Authorization: Bearer TOKEN\n',
      },
      JSON.stringify(headers),
    );
  for (const authorization of ['Bearer s3cret', 'bearer   s3cret'])
    t.match(await post('backup', { authorization }), { status: 200 }, authorization);
  t.match(await post('open'), { status: 200 });
});

t.test('if there are users, a job with a token needs only the token, and one without needs a user', async (t) => {
  // "hunter2" with the lowest possible cost.
  const { hash } = await import('bcryptjs');
  const users = new Map([['me', new Secret(await hash('hunter2', 4))]]);
  const webConfig: WebConfigSource['latest'] = { users, headers: new Map() };
  const { post, url } = await serve(t, [job('backup', { token: new Secret('s3cret') }), job('open')], {
    latest: webConfig,
    current: async () => webConfig,
  } as WebConfigSource);
  const user = { authorization: `Basic ${Buffer.from('me:hunter2').toString('base64')}` };
  t.match(await post('backup', bearer('s3cret')), { status: 200 });
  t.match(await post('backup/start', bearer('s3cret')), { status: 200 });
  t.match(await post('backup', user), { status: 401 });
  for (const path of ['x/heartbeat/backup', 'heartbeat/backup/start/more', 'heartbeat'])
    t.match(await ask(`${url}/${path}`, { method: 'POST', headers: bearer('s3cret') }), { status: 401 }, path);
  t.match(await post('open', bearer('s3cret')), { status: 401 });
  t.match(await post('open', user), { status: 200 });
  t.match(await post('none', bearer('s3cret')), { status: 401 }, 'without a login nobody learns which jobs exist');
  t.match(await ask(`${url}/metrics`, { headers: bearer('s3cret') }), { status: 401 });
});
