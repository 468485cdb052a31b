import t from 'tap';
import { asciiHost, hostOf, readUrl } from '../../src/base/host-name.js';
import { loadConfig } from '../../src/config/load.js';
import { targetPattern } from '../../src/config/sections/probe-section.js';
import { parseTarget } from '../../src/config/target-url.js';

t.test('a host name that is not ASCII is accepted with every scheme, and shown as it is resolved', async (t) => {
  const ascii = 'xn--mnchen-3ya.example';
  const table: Readonly<Record<string, object>> = {
    'tcp://münchen.example:5432': { kind: 'tcp', host: ascii, port: 5432, shown: `tcp://${ascii}:5432` },
    'tcp://MÜNCHEN.example:5432': { host: ascii },
    'tcp://m%C3%BCnchen.example:5432': { host: ascii },
    'postgres://ada@münchen.example/crm': {
      kind: 'postgres',
      host: ascii,
      username: 'ada',
      shown: `postgres://${ascii}:5432/crm`,
    },
    'postgresql://münchen。example:1/crm': { host: ascii, port: 1 },
    'redis://münchen.example/0': { kind: 'redis', host: ascii },
    'rediss://:x@münchen.example': { host: ascii, sslMode: 'verify-full' },
    'https://münchen.example/größe': {
      kind: 'https',
      url: `https://${ascii}/gr%C3%B6%C3%9Fe`,
      shown: `https://${ascii}/gr%C3%B6%C3%9Fe`,
    },
    'tcp://日本.example:1': { host: 'xn--wgv71a.example' },
    'tcp://[fe80::1]:1': { host: 'fe80::1', shown: 'tcp://[fe80::1]:1' },
    'tcp://my_db:1': { host: 'my_db', shown: 'tcp://my_db:1' },
  };
  for (const [url, target] of Object.entries(table)) t.match(parseTarget(url), target, url);
});

t.test('a host name that is not ASCII is accepted after any number of other URLs', async (t) => {
  let refused = 0;
  for (let count = 0; count < 20_000; count++)
    if (readUrl(count % 2 === 0 ? `https://a.example/${count}` : 'https://münchen.example/größe') === undefined)
      refused++;
  t.equal(refused, 0);
  t.equal(readUrl('münchen.example'), undefined);
  t.equal(readUrl('/größe', 'https://a.example/b')?.href, 'https://a.example/gr%C3%B6%C3%9Fe');
});

t.test('an invalid host name stays refused', async (t) => {
  for (const url of [
    'tcp://a%20b:1',
    'tcp://ü%2Fx:1',
    'tcp://ü%3A1:1',
    'tcp://%FF:1',
    'tcp://xn--ü:1',
    'tcp://a!b:1',
    'tcp://%00:1',
  ])
    t.equal(parseTarget(url), 'must be tcp://host:port and nothing more', url);
  for (const hostname of ['', 'a[::1]', '[::1]a']) t.equal(hostOf({ hostname }), undefined, hostname);
  t.equal(asciiHost('ü/x'), undefined);
  t.equal(asciiHost('Crm_Agent'), 'Crm_Agent', 'a name of Docker Compose stays as it is');
});

t.test('patterns of allowed targets may use any script', async (t) => {
  const table: readonly (readonly [pattern: string, url: string, fits: boolean])[] = [
    ['https://münchen.example', 'https://münchen.example/', true],
    ['https://*.münchen.example/*', 'https://crm.xn--mnchen-3ya.example/health', true],
    ['https://*.MÜNCHEN.example:*/größe/*', 'https://a.münchen.example:8/größe/1', true],
    ['https://münchen.example/größe', 'https://münchen.example/gr%C3%B6%C3%9Fe', true],
    ['https://münchen.example', 'https://munchen.example/', false],
    ['https://crm-*.münchen.example', 'https://crm-7.münchen.example/', true],
  ];
  for (const [pattern, url, fits] of table)
    t.equal(targetPattern(pattern)?.(new URL(url)), fits, `${pattern} and ${url}`);
  for (const pattern of [
    'https://mün*.example',
    'https://ü:x',
    'https://a!b.example',
    'https://a%62.example',
    'https://ü@b.example',
    'https://',
  ])
    t.equal(targetPattern(pattern), undefined, pattern);
});

t.test('server_name accepts the same host names', async (t) => {
  const directory = t.testdir({
    'monitoring.yml': 'endpoints:\n  a: {url: "https://127.0.0.1:8443/", tls: {server_name: münchen.example}}\n',
    'bad.yml': 'endpoints:\n  a: {url: "https://127.0.0.1:8443/", tls: {server_name: "münchen example"}}\n',
  });
  const { components } = await loadConfig('monitoring.yml', { environment: {}, directory });
  t.match(components, [{ http: { tls: { serverName: 'xn--mnchen-3ya.example' } } }]);
  await t.rejects(loadConfig('bad.yml', { environment: {}, directory }), {
    message: /endpoints\.a\.tls\.server_name: must be a host name/,
  });
});

t.test('a mail server may have a host name that is not ASCII', async (t) => {
  const channel = (server: string) =>
    `endpoints: {}\nalert_channels:\n  email: {smtp_server: "${server}", recipients: [ops@example.com]}\n`;
  const directory = t.testdir({
    'monitoring.yml': channel('smtp.münchen.example'),
    'bad.yml': channel('smtp münchen.example'),
    'port.yml': channel('smtp.münchen.example:25'),
  });
  const { alertChannels } = await loadConfig('monitoring.yml', { environment: {}, directory });
  t.match(
    alertChannels.find(({ name }) => name === 'email'),
    { settings: { smtp_server: 'smtp.xn--mnchen-3ya.example' } },
  );
  for (const file of ['bad.yml', 'port.yml'])
    await t.rejects(loadConfig(file, { environment: {}, directory }), { message: /smtp_server: must be a host name/ });
});
