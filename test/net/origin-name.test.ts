import t from 'tap';
import type { Config } from '../../src/config/config.js';
import { addressName, askedUrls, originName, originsOfAiCrm, portOf } from '../../src/net/origin-name.js';

const at = (...urls: readonly string[]) => urls.map((url) => ({ url }));

/** A configuration with these URLs. Its other parts are not used. */
const asking = ({
  aiCrm,
  json = [],
  requests = [],
  steps = [],
  cleanup = [],
}: {
  readonly aiCrm?: string;
  readonly json?: readonly string[];
  readonly requests?: readonly object[];
  readonly steps?: readonly string[];
  readonly cleanup?: readonly string[];
}) =>
  ({
    ...(aiCrm !== undefined && { aiCrm: { url: aiCrm } }),
    jsonSources: at(...json),
    requestSources: requests,
    transactions: [{ steps: at(...steps), cleanup: at(...cleanup) }],
  }) as unknown as Config;

t.test('all local names are one origin', async (t) => {
  for (const host of ['localhost', '127.0.0.1', '[::1]', 'LOCALHOST'])
    t.equal(originName(`http://${host}:8000/a?b`), 'http://localhost:8000', host);
  t.equal(originName('https://crm.example/a'), 'https://crm.example');
  t.equal(originName('https://crm.example:443/a'), 'https://crm.example');
  t.equal(originName('http://127.0.0.2/'), 'http://127.0.0.2');
  t.equal(originName('nonsense'), undefined);
});

t.test('one address is one program, with any protocol', async (t) => {
  t.equal(addressName('http://127.0.0.1/'), 'localhost:80');
  t.equal(addressName('https://crm.example/x'), 'crm.example:443');
  t.equal(addressName('ws://crm.example/x'), 'crm.example');
  t.equal(addressName({ host: '127.0.0.1', port: 5432 }), 'localhost:5432');
  t.equal(addressName({ host: '::1', port: 80 }), 'localhost:80');
  t.equal(addressName({ host: 'fd00::7', port: 6379 }), '[fd00::7]:6379');
  t.equal(addressName('nonsense'), undefined);
  t.equal(portOf(new URL('https://a:8443/')), '8443');
});

t.test('the URLs of data are those of AI-CRM, sources and steps, in this order', async (t) => {
  const config = asking({
    aiCrm: 'http://crm/',
    json: ['http://json/', 'nonsense'],
    requests: [
      { kind: 'stub_status', url: 'http://nginx/status' },
      { kind: 'log', url: 'http://no/' },
    ],
    steps: ['http://step/'],
    cleanup: ['http://cleanup/'],
  });
  t.strictSame(askedUrls(config), [
    'http://crm/',
    'http://json/',
    'http://nginx/status',
    'http://step/',
    'http://cleanup/',
  ]);
  t.strictSame(askedUrls(asking({})), []);
});

t.test('an origin is AI-CRM if it has a path of AI-CRM alone, or two paths that AI-CRM has together', async (t) => {
  const found = (part: Parameters<typeof asking>[0]) => [...originsOfAiCrm(asking(part))];
  for (const path of [
    '/agents/suggest',
    '/api/v1/pm/analyze/',
    '/users/admin/stats',
    '/analytics/task-completion',
    '/analytics/agent-performance',
    '/analytics/executive-dashboard?days=7',
  ]) {
    t.strictSame(found({ json: [`http://127.0.0.1:8000${path}`] }), ['http://localhost:8000'], path);
    t.strictSame(found({ steps: ['nonsense', `http://crm${path}`] }), ['http://crm'], path);
  }
  for (const path of [
    '/agents',
    '/agents/suggest/x',
    '/agents/suggestion',
    '/task-completion',
    '/auth/login',
    '/tasks',
  ])
    t.strictSame(found({ json: [`http://crm${path}`] }), [], path);
  t.strictSame(found({ steps: ['http://crm/auth/login', 'http://crm/tasks/'] }), ['http://crm']);
  t.strictSame(found({ steps: ['http://crm/api/auth/login/', 'http://crm/tasks?x=1'] }), ['http://crm']);
  t.strictSame(found({ steps: ['http://crm/auth/login', 'http://other/tasks'] }), [], 'paths of two origins');
  t.strictSame(found({ steps: ['http://crm/auth/login/x', 'http://crm/tasks/7'] }), [], 'other paths');
  t.strictSame(found({ json: ['http://crm/auth/login', 'http://crm/tasks'] }), [], 'paths of two sources');
});
