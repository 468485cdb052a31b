import t from 'tap';
import { ExporterError } from '../../src/base/errors.js';
import { Secret } from '../../src/config/secret.js';
import { programAccess } from '../../src/stack/program-access.js';
import { httpSettings } from '../support/config.js';

const program = { name: 'Grafana', flag: 'grafana', defaultUrl: 'http://localhost:3001' };
const from = { environment: {}, directory: '.', timeoutSeconds: 5 };
type Given = Parameters<typeof programAccess>;
const access = (flags: Given[1] = {}, configured?: Given[2], more: Partial<Given[3]> = {}) =>
  programAccess(program, flags, configured, { ...from, ...more });
const refusal = async (...given: Parameters<typeof access>) =>
  access(...given).then(
    () => 'accepted',
    (error: unknown) => (error instanceof ExporterError ? `${error.code}: ${error.message}` : String(error)),
  );

t.test('an address comes from the flag, the variable, the configuration, or is that of this machine', async (t) => {
  const environment = { AICRM_GRAFANA_URL: 'http://variable/' };
  const configured = { url: 'http://configured' };
  const url = async (...given: Parameters<typeof access>) => (await access(...given)).url;
  t.equal(await url({ url: 'http://flag/g//' }, configured, { environment }), 'http://flag/g');
  t.equal(await url({}, configured, { environment }), 'http://variable');
  t.equal(await url({}, configured, { environment: { AICRM_GRAFANA_URL: '' } }), 'http://configured');
  t.strictSame(await access(), { name: 'Grafana', flag: 'grafana', url: 'http://localhost:3001', timeoutSeconds: 5 });
});

t.test('a bad address is refused with the name of its flag or variable', async (t) => {
  const example = 'must be a URL such as http://localhost:3001';
  t.equal(await refusal({ url: 'grafana:3000' }), `usage: --grafana.url: ${example}`);
  t.equal(
    await refusal({}, undefined, { environment: { AICRM_GRAFANA_URL: 'grafana' } }),
    `usage: AICRM_GRAFANA_URL: ${example}`,
  );
  t.equal(
    await refusal({ url: 'http://a:b@c' }),
    'usage: --grafana.url: the URL contains credentials; they belong under --grafana.username and --grafana.password-file',
  );
});

t.test('the settings of the configuration are used only for the origin of its URL', async (t) => {
  const http = httpSettings({ auth: { kind: 'bearer', token: new Secret('t') } });
  const configured = { url: 'http://configured:1/a', http };
  t.equal((await access({}, configured)).http, http);
  t.equal((await access({ url: 'http://configured:1/b' }, configured)).http, http);
  t.notOk('http' in (await access({ url: 'http://configured:2/a' }, configured)));
  t.notOk('http' in (await access({}, { url: 'http://configured:1/a' })));
});

t.test('credentials are read from files', async (t) => {
  const directory = t.testdir({ secret: ' hunter2 \n' });
  const basic = await access({ username: 'me', passwordFile: 'secret' }, undefined, { directory });
  t.match(basic.auth, { kind: 'basic', username: 'me' });
  t.equal(basic.auth?.kind === 'basic' && basic.auth.password.reveal(), 'hunter2');
  const bearer = await access({ tokenFile: `${directory}/secret` });
  t.equal(bearer.auth?.kind === 'bearer' && bearer.auth.token.reveal(), 'hunter2');
});

t.test('incomplete credentials and unusable files are refused', async (t) => {
  const directory = t.testdir({
    empty: ' \n',
    two: 'a\nb',
    binary: Buffer.from([0xff, 0xfe, 0xfd]),
    zero: 'a\0b',
    cr: 'a\rb',
  });
  const together = 'usage: --grafana.username and --grafana.password-file must be given together';
  t.equal(await refusal({ username: 'me' }), together);
  t.equal(await refusal({ passwordFile: 'empty' }), together);
  t.equal(
    await refusal({ username: 'me', passwordFile: 'empty', tokenFile: 'two' }),
    'usage: --grafana.token-file: a user name is given, too: use only one of them',
  );
  for (const file of ['empty', 'two', 'binary', 'zero', 'cr'])
    t.equal(
      await refusal({ tokenFile: file }, undefined, { directory }),
      `usage: --grafana.token-file: ${file}: must have the secret on one line and nothing else`,
    );
  t.equal(
    await refusal({ username: 'me', passwordFile: 'gone' }, undefined, { directory }),
    'usage: --grafana.password-file: gone: cannot be read (ENOENT)',
  );
});
