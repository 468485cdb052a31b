import { generateKeyPairSync } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { messageOf } from '../../src/base/errors.js';
import { loadConfig } from '../../src/config/load.js';

const tls = async (name: string) => readFile(join('test/fixtures/config/tls', name), 'utf8');

/** Loads one endpoint with these options and files next to it. Returns its problems without their places. */
async function problemsOf(t: Test, options: string, files: Readonly<Record<string, string>> = {}) {
  const directory = t.testdir({ ...files, 'monitoring.yml': `endpoints: {a: {url: "https://crm.test", ${options}}}` });
  try {
    await loadConfig('monitoring.yml', { environment: {}, directory });
    return [];
  } catch (error) {
    return messageOf(error)
      .split(/ (?=monitoring\.yml:)/)
      .map((line) => line.replace(/^\S+ endpoints\.a\./, ''));
  }
}

t.test('credentials are either a user name with a password, or a token', async (t) => {
  t.strictSame(await problemsOf(t, 'auth: {}'), ['auth: needs either basic, bearer or oauth2']);
  const both = 'auth: {basic: {username: u, password: p}, bearer: {token: x}}';
  t.match(await problemsOf(t, both), [/^auth: /]);
  t.strictSame(await problemsOf(t, 'auth: {basic: {username: "a:b", password: p}}'), [
    'auth.basic.username: must not contain a colon',
  ]);
  t.strictSame(await problemsOf(t, 'auth: {bearer: {}}'), ['auth.bearer: needs either token or token_file']);
  t.strictSame(await problemsOf(t, 'auth: {bearer: {token: "a b"}}'), [
    'auth.bearer: the token contains spaces or characters that no header may have',
  ]);
});

t.test('a file with a secret must be an ordinary file of at most 1 MiB', async (t) => {
  const megabyte = 'x'.repeat(1024 * 1024);
  const files = { secret: 'hunter2', large: megabyte, larger: `${megabyte}x` };
  const problems = (name: string) => problemsOf(t, `auth: {bearer: {token_file: ${JSON.stringify(name)}}}`, files);
  t.strictSame(await problems('secret'), []);
  t.strictSame(await problems('large'), []);
  const place = 'auth.bearer.token_file:';
  t.strictSame(await problems('larger'), [`${place} must be the name of a file of at most 1 MiB, not "larger"`]);
  t.strictSame(await problems('gone'), [`${place} must be the name of a file that exists, not "gone"`]);
  t.strictSame(await problems('secret/x'), [`${place} must be the name of a file that exists, not "secret/x"`]);
  t.strictSame(await problems('.'), [`${place} is a folder, not a file`]);
});

t.test('a secret that is given instead of a file name does not print', async (t) => {
  for (const secret of ['hunter2\0', 'hunter2'.repeat(50)]) {
    const problems = await problemsOf(t, `auth: {bearer: {token_file: ${JSON.stringify(secret)}}}`);
    t.match(problems, [/(?:not the name of a file|control character)/]);
    t.notMatch(problems.join(), 'hunter2');
  }
});

t.test('TLS certificates and keys are checked when the file is loaded', async (t) => {
  const [ca, certificate, key] = [await tls('ca.pem'), await tls('client.pem'), await tls('client.key')];
  const other = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey;
  const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
  const files = {
    'ca.pem': ca,
    'chain.pem': ca + broken,
    'cut.pem': `${ca}-----BEGIN CERTIFICATE-----\nAAAA\n`,
    'trusted.pem': broken.replaceAll('CERTIFICATE', 'TRUSTED CERTIFICATE'),
    'c.pem': certificate,
    'c.key': key,
    'broken.pem': broken,
    'other.key': other.export({ type: 'sec1', format: 'pem' }).toString(),
    'pkcs8.key': other.export({ type: 'pkcs8', format: 'pem' }).toString(),
    empty: 'x',
  };
  const problems = async (options: string) => (await problemsOf(t, `tls: {${options}}`, files)).map(withoutGiven);
  t.strictSame(await problems('ca_file: ca.pem, cert_file: c.pem, key_file: c.key, server_name: crm.test'), []);
  const pem = 'must be the name of a PEM file with a';
  t.strictSame(await problems('ca_file: empty, cert_file: empty, key_file: empty'), [
    `tls.ca_file: ${pem} certificate`,
    `tls.cert_file: ${pem} certificate`,
    `tls.key_file: ${pem} private key`,
  ]);
  for (const name of ['chain.pem', 'cut.pem', 'trusted.pem'])
    t.strictSame(await problems(`ca_file: ${name}`), [
      'tls.ca_file: must be the name of a file with valid certificates',
    ]);
  t.strictSame(await problems('cert_file: broken.pem, key_file: c.key'), [
    'tls.cert_file: must be the name of a file with a valid certificate',
  ]);
  for (const name of ['other.key', 'pkcs8.key'])
    t.strictSame(await problems(`cert_file: c.pem, key_file: ${name}`), [
      'tls.key_file: must be the name of the file with the unencrypted private key of cert_file',
    ]);
  const none = 'must be the name of a file that exists';
  t.strictSame(await problems('cert_file: c.pem, key_file: gone'), [`tls.key_file: ${none}`]);
  t.strictSame(await problems('cert_file: gone, key_file: c.key'), [`tls.cert_file: ${none}`]);
  t.strictSame(await problems('cert_file: c.pem'), ['tls: needs both cert_file and key_file']);
  t.strictSame(await problems('key_file: c.key'), ['tls: needs both cert_file and key_file']);
  t.strictSame(await problems('server_name: "a b"'), ['tls.server_name: must be a host name']);
});

function withoutGiven(problem: string): string {
  return problem.replace(/, not "[^"]*"$/, '');
}
