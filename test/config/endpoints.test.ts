import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { messageOf } from '../../src/base/errors.js';
import { loadConfig } from '../../src/config/load.js';
import { infoLabelsOf } from '../../src/config/sections/about-component.js';
import { optionsOfKind } from '../../src/config/sections/endpoints-section.js';

/** The first component of `endpoints`. */
async function component(t: Test, endpoints: string) {
  const directory = t.testdir({});
  await writeFile(join(directory, 'f.yml'), `endpoints: {${endpoints}}`);
  const [first] = (await loadConfig('f.yml', { environment: {}, directory })).components;
  if (first === undefined) throw new Error('no component');
  return first;
}

/** The problems of an entry, without their places in the file. */
async function problem(t: Test, entry: string): Promise<string> {
  const message = messageOf(await component(t, `a: ${entry}`).catch((error: unknown) => error));
  return message.replaceAll(/f\.yml:\S+ endpoints\.a/g, '');
}

t.test('a page may load files of the listed origins', async (t) => {
  const url = 'url: "https://crm.test/app"';
  const page = async (given: string) => component(t, `a: {${url}, page: ${given}}`);
  t.match(await page('true'), { page: { origins: [] } });
  t.match(await page('{}'), { page: { origins: [] } });
  t.match(await page('{origins: ["https://CDN.test/", "http://cdn.test:8080"]}'), {
    page: { origins: ['https://cdn.test', 'http://cdn.test:8080'] },
  });
  t.notOk('page' in (await page('false')));
  t.notOk('page' in (await component(t, `a: {${url}}`)));
  for (const origin of ['cdn.test', 'ftp://cdn.test', 'xhttps://cdn.test', 'https://cdn.test/a', 'https:cdn.test'])
    t.equal(
      await problem(t, `{${url}, page: {origins: ["${origin}"]}}`),
      `.page.origins[0]: must be an origin such as https://cdn.example.com, not "${origin}"`,
    );
  t.equal(await problem(t, `{${url}, page: {origins: a}}`), '.page.origins: must be a list of origins, not "a"');
  t.equal(await problem(t, `{${url}, page: true, method: HEAD}`), '.page: the answer to HEAD has no body');
  t.match(await component(t, `a: {${url}, page: false, method: HEAD}`), { http: { method: 'HEAD' } });
});

t.test('only a default component at its default address may be missing', async (t) => {
  t.match(await component(t, 'backend: "http://localhost:8000/health"'), { mayBeMissing: true });
  for (const other of ['other: "http://localhost:8000/health"', 'backend: "http://localhost:8001/health"'])
    t.notOk('mayBeMissing' in (await component(t, other)), other);
});

t.test('ip_version must fit the address of the URL, and cannot be used with a proxy', async (t) => {
  t.match(await component(t, 'a: {url: "http://crm.test", ip_version: 6}'), { ipVersion: 6 });
  t.match(await component(t, 'a: {url: "tcp://[::1]:80", ip_version: 6}'), { ipVersion: 6 });
  t.notOk('ipVersion' in (await component(t, 'a: "http://crm.test"')));
  t.equal(await problem(t, '{url: "http://[::1]/", ip_version: 4}'), '.ip_version: the URL has an address of IPv6');
  t.equal(await problem(t, '{url: "icmp://10.0.0.7", ip_version: 6}'), '.ip_version: the URL has an address of IPv4');
  t.equal(
    await problem(t, '{url: "http://crm.test", proxy_url: "http://proxy.test", ip_version: 4}'),
    '.ip_version: proxy_url is given as well: the proxy connects, not the exporter',
  );
});

t.test('expected records are in their canonical form, and absent if none are given', async (t) => {
  t.match(await component(t, 'a: {url: "dns://ns.test/crm.test?type=MX", records: ["10 Mail.test."]}'), {
    expectedRecords: ['10 mail.test'],
  });
  t.notOk('expectedRecords' in (await component(t, 'a: "dns://ns.test/crm.test"')));
});

t.test('WebSocket and gRPC components have the options of their HTTP request', async (t) => {
  const live = await component(
    t,
    'a: {url: "wss://me:hunter2@crm.test/live", headers: {X-A: b}, dialog: [{expect: hello}], tls: {server_name: x.test}}',
  );
  t.match(live, {
    kind: 'wss',
    target: 'wss://crm.test/live',
    host: 'crm.test',
    port: 443,
    address: 'https://crm.test/live',
    http: { auth: { kind: 'basic', username: 'me' }, tls: { serverName: 'x.test' }, expect: { jsonStatus: false } },
    dialog: [{ expect: /hello/m }],
  });
  t.notOk('dialog' in (await component(t, 'a: "ws://crm.test"')));
  t.match(await component(t, 'backend: {url: "grpc://crm.test:1/a.B", headers: {X-A: b}}'), {
    kind: 'grpc',
    service: 'a.B',
    http: { expect: { jsonStatus: false } },
  });
});

t.test('each kind has its own options, and the message about another option names the scheme of the URL', async (t) => {
  const own = 'starttls tls dialog headers auth records method page'.split(' ');
  const kinds = {
    http: 'tls headers auth method page',
    https: 'tls headers auth method page',
    tcp: 'starttls tls dialog',
    tls: 'tls dialog',
    ws: 'dialog headers auth',
    wss: 'tls dialog headers auth',
    grpc: 'headers auth',
    grpcs: 'tls headers auth',
    icmp: '',
    dns: 'records',
    postgres: 'tls auth',
    redis: 'tls auth',
  } as const;
  for (const [kind, keys] of Object.entries(kinds) as [keyof typeof kinds, string][]) {
    const options = optionsOfKind(kind);
    t.strictSame(own.filter((key) => key in options).sort(), keys.split(' ').filter(Boolean).sort(), kind);
    t.ok('depends_on' in options && 'severity' in options, 'and the options of all kinds');
  }
  t.equal(await problem(t, '{url: "SMTPS://m.test", method: GET}'), '.method: not an option of smtps:// endpoints');
  t.equal(await problem(t, '{url: "icmp://m.test", tls: {}}'), '.tls: not an option of icmp:// endpoints');
  t.equal(await problem(t, '{url: "tcp://m.test:1", tls: {}}'), '.tls: needs starttls, or a tls:// URL');
  for (const url of ['tls://m.test:1', 'https://m.test', 'wss://m.test', 'grpcs://m.test:1'])
    t.equal(
      await problem(t, `{url: "${url}", starttls: smtp}`),
      `.starttls: ${url.split(':')[0]}:// has TLS from the first byte; starttls is for tcp://host:port, which begins without`,
    );
});

t.test('header values become text, and headers of the connection are refused', async (t) => {
  const headers = async (given: string) => {
    const read = await component(t, `a: {url: "http://crm.test", headers: {${given}}}`);
    return 'http' in read ? [...read.http.headers].map(([name, value]) => [name, value.reveal()]) : [];
  };
  t.strictSame(await headers('X-A: true, X-B: 1.5, X-C: "", X-D: a b'), [
    ['x-a', 'true'],
    ['x-b', '1.5'],
    ['x-c', ''],
    ['x-d', 'a b'],
  ]);
  for (const name of ['Connection', 'Content-Length', 'Keep-Alive', 'TE', 'Trailer', 'Transfer-Encoding', 'Upgrade'])
    t.match(await problem(t, `{url: "http://crm.test", headers: {${name}: x}}`), `.headers.${name}: `, name);
  t.match(await problem(t, '{url: "http://crm.test", headers: {X-A: [a]}}'), '.headers.X-A: must be text');
});

t.test('a request has the configured HTTP version and body, and only one kind of credentials', async (t) => {
  t.match(await component(t, 'a: {url: "http://crm.test", http_version: 2, body: ""}'), { http: { httpVersion: 2 } });
  const plain = await component(t, 'a: {url: "http://crm.test", http_version: 1.1}');
  t.notOk('http' in plain && ('httpVersion' in plain.http || 'body' in plain.http || 'oauth2' in plain.http));
  t.match(
    await problem(t, '{url: "http://me:x@crm.test", auth: {bearer: {token: x}}}'),
    '.auth: the URL contains credentials, too: use only one of them',
  );
  t.match(
    await problem(t, '{url: "http://me:x@crm.test", headers: {Authorization: x}}'),
    '.headers: an authorization header and other credentials contradict each other',
  );
});

t.test('group, description, labels and runbook of a component are read, and are absent if not given', async (t) => {
  const notes =
    'group: sales, description: Web shop, runbook_url: "https://wiki.test/shop?a#down", slo: {availability_percent: 99}';
  const told = await component(t, `a: {url: "http://crm.test", severity: warning, labels: {team: 7}, ${notes}}`);
  t.match(told, {
    severity: 'warning',
    slo: { availabilityRatio: 0.99 },
    about: {
      labels: { team: '7' },
      group: 'sales',
      description: 'Web shop',
      runbookUrl: 'https://wiki.test/shop?a#down',
    },
  });
  t.match(infoLabelsOf(told.about), {
    group: 'sales',
    description: 'Web shop',
    runbook_url: 'https://wiki.test/shop?a#down',
  });
  const plain = await component(t, 'a: "http://crm.test"');
  t.strictSame([plain.severity, plain.about, infoLabelsOf(plain.about)], ['critical', { labels: {} }, {}]);
  t.notOk('slo' in plain);
  const example = 'must be a URL such as https://wiki.example.com/payments#down';
  for (const url of ['wiki', 'tcp://wiki.test:80', 'https://wiki.test/<a>', "https://wiki.test/'"])
    t.match(await problem(t, `{url: "http://crm.test", runbook_url: "${url}"}`), `.runbook_url: ${example}`, url);
  t.match(
    await problem(t, '{url: "http://crm.test", runbook_url: "https://me:x@wiki.test"}'),
    '.runbook_url: the URL contains credentials, which everybody who is notified would see',
  );
});

t.test('the message about a long cycle of dependencies has its first and last names', async (t) => {
  const cycle = (length: number) =>
    Array.from({ length }, (_, index) => `c${index}: {url: "http://x", depends_on: [c${(index + 1) % length}]}`);
  const told = async (length: number) =>
    messageOf(await component(t, cycle(length).join(', ')).catch((error: unknown) => error)).replace(/.*cycle: /, '');
  t.equal(await told(1), 'c0 -> c0');
  t.equal(await told(3), 'c0 -> c1 -> c2 -> c0');
  t.match(await told(20), / -> c18 -> c19 -> c0$/);
  t.match(await told(21), /^c0 -> c1 -> .* -> c18 -> \(1 more\) -> c20 -> c0$/);
});
