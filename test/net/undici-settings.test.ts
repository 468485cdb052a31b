import t from 'tap';
import { Secret } from '../../src/config/secret.js';
import { connectTls, sentHeaders } from '../../src/net/undici-settings.js';

t.test('TLS settings that are not given are absent', async (t) => {
  t.strictSame(connectTls({ insecureSkipVerify: false }), { rejectUnauthorized: true });
  t.strictSame(
    connectTls({
      insecureSkipVerify: true,
      ca: 'CA',
      certificate: 'CERT',
      key: new Secret('KEY'),
      serverName: 'crm.example',
    }),
    { rejectUnauthorized: false, ca: 'CA', cert: 'CERT', key: 'KEY', servername: 'crm.example' },
  );
});

t.test('headers are sent with credentials, and another login replaces the configured credentials', async (t) => {
  const headers = new Map([['x-key', new Secret('k')]]);
  const bearer = { kind: 'bearer', token: new Secret('tok') } as const;
  const basic = { kind: 'basic', username: 'ann', password: new Secret('open sesame') } as const;
  t.strictSame(sentHeaders({ headers }), { 'x-key': 'k' });
  t.strictSame(sentHeaders({ headers, auth: bearer }), { 'x-key': 'k', authorization: 'Bearer tok' });
  t.strictSame(sentHeaders({ headers: new Map(), auth: bearer }, basic), {
    authorization: 'Basic YW5uOm9wZW4gc2VzYW1l',
  });
});
