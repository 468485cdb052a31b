import t from 'tap';
import { baseUrl, linkRefusal, parseTarget, targetRefusal, withoutFinalSlash } from '../../src/config/target-url.js';

/** The parts of the URL, with secrets as text, or the message that says what it must be. */
function read(text: string): unknown {
  const target = parseTarget(text);
  if (typeof target === 'string' || !('credentials' in target) || target.credentials === undefined) return target;
  const { username, password } = target.credentials;
  return { ...target, credentials: [username, password.reveal()] };
}

t.test('a web target has its credentials apart from its URL, and no fragment', (t) => {
  const parts: Readonly<Record<string, unknown>> = {
    'http://crm.test': { kind: 'http', url: 'http://crm.test/', shown: 'http://crm.test' },
    'HTTPS://CRM.test:8443/a?b#c': {
      kind: 'https',
      url: 'https://crm.test:8443/a?b',
      shown: 'https://crm.test:8443/a',
    },
    'http://u:p%20w@crm.test/': {
      kind: 'http',
      url: 'http://crm.test/',
      shown: 'http://crm.test',
      credentials: ['u', 'p w'],
    },
    'http://u@crm.test/': {
      kind: 'http',
      url: 'http://crm.test/',
      shown: 'http://crm.test',
      credentials: ['u', ''],
    },
    'http://:p@crm.test/': {
      kind: 'http',
      url: 'http://crm.test/',
      shown: 'http://crm.test',
      credentials: ['', 'p'],
    },
    'ws://crm.test/live?x#y': {
      kind: 'ws',
      host: 'crm.test',
      port: 80,
      address: 'http://crm.test/live?x',
      shown: 'ws://crm.test/live',
    },
    'WSS://u:p@[::1]/': {
      kind: 'wss',
      host: '::1',
      port: 443,
      address: 'https://[::1]/',
      shown: 'wss://[::1]',
      credentials: ['u', 'p'],
    },
    'wss://crm.test:8443/': {
      kind: 'wss',
      host: 'crm.test',
      port: 8443,
      address: 'https://crm.test:8443/',
      shown: 'wss://crm.test:8443',
    },
  };
  for (const [text, expected] of Object.entries(parts)) t.strictSame(read(text), expected, text);
  t.end();
});

t.test('the message about an invalid web URL shows the right form', (t) => {
  const web = 'must be a URL such as http://localhost:8000/health';
  const percent = 'must have its credentials percent-encoded: "#" is %23, "/" is %2F, "?" is %3F';
  const port = 'must have a port between 1 and 65535';
  const answers: Readonly<Record<string, string>> = {
    'http:crm.test': web,
    'http:/crm.test': web,
    'http:///crm.test': web,
    ' http://crm.test': web,
    'http://crm.test\n': web,
    'http://crm.test/a b': web,
    'see $CRM_URL': web,
    '$CRM_URL/health': web,
    $CRM_URL: 'must be a URL: variables of the environment are written as ${NAME}',
    'http://crm.test:0/': port,
    'http://crm.test:70000': port,
    'grpc://crm.test:123456/a': port,
    'see http://crm.test:123456/': web,
    'http://u:%ff@crm.test/': 'must have its credentials percent-encoded as UTF-8',
    'http://user:p#w@crm.test/': percent,
    'http://user:pa/word@crm.test/': percent,
    'https://u:p?w@crm.test': percent,
    'http://u:p[w]#x@crm.test': percent,
    'see http://u:p#w@crm.test': web,
    'ws://u:%ff@crm.test/': 'must be a URL such as wss://crm.example.com/live',
    'ws:crm.test': 'must be a URL such as wss://crm.example.com/live',
    'gopher://crm.test':
      'must be a URL that begins with http://, https://, ws://, grpc://, tcp://, tls://, icmp://, dns://, postgres:// or redis://',
  };
  for (const [text, answer] of Object.entries(answers)) {
    t.equal(read(text), answer, text);
    t.equal(targetRefusal(text), answer);
  }
  t.equal(targetRefusal('http://crm.test'), undefined);
  t.end();
});

t.test('a DNS target has one name and one record type', (t) => {
  const parts: Readonly<Record<string, unknown>> = {
    'dns://ns.test/crm.test': { host: 'ns.test', port: 53, question: 'crm.test', recordType: 'A' },
    'dns://ns.test:53/crm.test?type=mx': { port: 53, recordType: 'MX', shown: 'dns://ns.test/crm.test?type=MX' },
    'dns://[::1]:5353/crm.test.?type=A': {
      host: '::1',
      port: 5353,
      recordType: 'A',
      shown: /^dns:\/\/\[::1\]:5353\/crm\.test\.?$/,
    },
    'dns://ns.test/_sip._tcp.crm.test?type=SRV': { question: '_sip._tcp.crm.test', recordType: 'SRV' },
  };
  for (const [text, expected] of Object.entries(parts)) t.match(read(text), { kind: 'dns', ...Object(expected) }, text);
  const example = 'must be dns://server/name or dns://server:port/name?type=MX';
  const types = 'must have one type of A, AAAA, CNAME, MX, NS, PTR, SOA, SRV and TXT';
  const answers: Readonly<Record<string, string>> = {
    'dns://ns.test/crm.test?type=A&type=MX': types,
    'dns://ns.test/crm.test?type=ANY': types,
    'dns://ns.test/': example,
    'dns://ns.test': example,
    'dns:crm.test': example,
    'dns://ns.test:0/crm.test': example,
    'dns://u@ns.test/crm.test': example,
    'dns://u:p@ns.test/crm.test': example,
    'dns://:p@ns.test/crm.test': example,
    'dns://ns.test/crm.test#a': example,
    'dns://ns.test/crm.test?class=IN': example,
    'dns://ns.test/crm.test?a=1?type=A': example,
    'dns://ns.test/crm.test?type=A&a=1': example,
    'dns://ns.test/%ff': example,
    'dns://ns.test/crm..test': example,
    [`dns://ns.test/${'a'.repeat(64)}.test`]: example,
    'dns://ns.test/10.0.0.7': 'must ask for a name: that of 10.0.0.7 is 7.0.0.10.in-addr.arpa?type=PTR',
    'dns://ns.test/fd00::7': 'must ask for a name: that of an IPv6 address ends in .ip6.arpa',
  };
  for (const [text, answer] of Object.entries(answers)) t.equal(read(text), answer, text);
  t.end();
});

t.test('the base URL of an API has no final slash, no credentials, no query and no fragment', (t) => {
  const base = (text: string) => baseUrl(text, { example: 'http://crm.test/api', credentialsKey: 'auth' });
  t.strictSame(base('http://crm.test'), { url: 'http://crm.test' });
  t.strictSame(base('http://crm.test/api//'), { url: 'http://crm.test/api' });
  for (const text of ['crm', 'tcp://crm.test:80'])
    t.strictSame(base(text), { refusal: 'must be a URL such as http://crm.test/api' }, text);
  t.strictSame(base('http://u:p@crm.test'), { refusal: 'the URL contains credentials; they belong under auth' });
  for (const text of ['http://crm.test/?a', 'http://crm.test/#a'])
    t.strictSame(base(text), { refusal: 'must be a URL without query and fragment' }, text);
  t.end();
});

t.test('the base URL of links has no credentials, no query and no fragment', (t) => {
  const refusal = (text: string) => linkRefusal(text, 'http://crm.test/boards');
  t.equal(refusal('https://crm.test/boards/'), undefined);
  for (const text of ['crm', 'tcp://crm.test:80'])
    t.equal(refusal(text), 'must be a URL such as http://crm.test/boards', text);
  t.equal(refusal('http://u:p@crm.test'), 'the URL contains credentials, which everybody who is notified would see');
  for (const text of ['http://crm.test/?a', 'http://crm.test/#a'])
    t.equal(refusal(text), 'must be a URL without query and fragment', text);
  t.equal(withoutFinalSlash('HTTP://CRM.test/boards//'), 'http://crm.test/boards');
  t.end();
});
