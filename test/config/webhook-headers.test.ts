import t from 'tap';
import { authorizationParts, headerRefusal } from '../../src/config/sections/webhook-headers.js';

/** The parts of the header, with secrets as text, or the message of the refusal. */
function parts(value: string): unknown {
  const read = authorizationParts(value);
  if (typeof read === 'string') return read;
  return 'scheme' in read ? [read.scheme, read.credentials.reveal()] : { [read.username]: read.password.reveal() };
}

t.test('an Authorization header is a scheme with credentials, or a user with a password', (t) => {
  t.strictSame(parts('Bearer hunter2'), ['Bearer', 'hunter2']);
  t.strictSame(parts('  Token   a b  '), ['Token', 'a b']);
  const basic = (text: string) => parts(`basic ${Buffer.from(text).toString('base64')}`);
  t.strictSame(basic('me:hunter:2\n'), { me: 'hunter:2\n' });
  t.strictSame(basic('me:'), { me: '' });
  for (const text of [':hunter2', 'hunter2', ''])
    t.equal(basic(text || 'x'), 'the credentials are not user:password in Base64', text);
  for (const value of ['hunter2', 'Bearer', 'Be(arer hunter2', '', 'Bearer\thunter2', 'Bearer a\nb'])
    t.equal(parts(value), 'Alertmanager can send it only with a scheme, as in "Bearer …"', value);
  t.end();
});

t.test('a header that Alertmanager writes itself, or cannot send, is refused', (t) => {
  for (const name of `host content-encoding content-length user-agent connection keep-alive proxy-authenticate
    proxy-authorization www-authenticate accept-encoding x-prometheus-remote-write-version
    x-prometheus-remote-read-version x-prometheus-scrape-timeout-seconds x-amz-date x-amz-security-token
    x-amz-content-sha256`.split(/\s+/))
    t.equal(headerRefusal(name, 'x'), 'Alertmanager writes this header itself', name);
  for (const name of ['x-tenant', 'accept']) t.equal(headerRefusal(name, 'x'), undefined, name);
  t.equal(headerRefusal('authorization', 'Bearer x'), undefined);
  t.match(headerRefusal('authorization', 'x'), 'only with a scheme');
  for (const type of ['application/json', 'Application/JSON ; charset=utf-8'])
    t.equal(headerRefusal('content-type', type), undefined, type);
  for (const type of ['text/plain', 'application/jsonl', 'x-application/json'])
    t.equal(headerRefusal('content-type', type), 'Alertmanager sends application/json and nothing else', type);
  t.end();
});
