import { readFile } from 'node:fs/promises';
import t from 'tap';
import { loadConfig } from '../../src/config/load.js';
import { maskedConfig } from '../../src/config/masked-config.js';
import { Secret } from '../../src/config/secret.js';
import type { AiCrmConfig } from '../../src/config/sections/ai-crm-section.js';
import { resolveTransactions } from '../../src/config/sections/transactions-section.js';
import { fillTemplate, parseUrlTemplate, referencesIn } from '../../src/config/transaction-template.js';

const text = `check_intervals: {detailed_analysis: 20}
transactions:
  shop:
    base_url: https://crm.test/api/
    steps:
      - {name: log_in, path: /login, json: {user: monitor, password: "\${PASSWORD}", keep: [true, 1, null]}, capture: {token: $.t, id: {header: X-Id}}}
      - {name: look, path: "/things/{{ id }}?key=s3cret&{{{{={{run_id}}", timeout: 3, auth: {bearer: {token: "{{token}}"}}, expect: {status: 200}}
    cleanup:
      - {name: away, url: "http://user:s3cret@elsewhere.test/x", method: delete}
  short: {interval: 1h, timeout: 2m, steps: [{name: a, url: "http://[::1]/"}]}
`;
const environment = { PASSWORD: 's3cret "quoted" {{{{' };
const load = (directory: string) => loadConfig(undefined, { environment, directory });

t.test('steps have all defaults filled in', async (t) => {
  const { transactions } = await load(t.testdir({ 'monitoring.yml': text }));
  t.match(transactions, [
    { name: 'shop', intervalSeconds: 20, timeoutSeconds: 20 },
    { name: 'short', intervalSeconds: 3600, timeoutSeconds: 120, cleanup: [] },
  ]);
  const [logIn, look] = transactions[0]?.steps ?? [];
  t.match(logIn, { url: 'https://crm.test/api/login', usesLogin: false, timeoutSeconds: 20, http: { method: 'POST' } });
  t.equal(logIn?.http.headers.get('content-type')?.reveal(), 'application/json');
  t.equal(logIn?.http.body?.reveal(), '{"user":"monitor","password":"s3cret \\"quoted\\" {{{{","keep":[true,1,null]}');
  t.strictSame(logIn?.captures, [
    { name: 'token', from: { kind: 'json', path: '$.t' } },
    { name: 'id', from: { kind: 'header', header: 'x-id' } },
  ]);
  t.match(look, {
    url: 'https://crm.test/api/things/{{id}}?key=s3cret&{{{{={{run_id}}',
    timeoutSeconds: 3,
    http: { method: 'GET', expect: { statusCodes: [200], jsonStatus: false } },
  });
  t.match(transactions[0]?.cleanup, [
    { url: 'http://elsewhere.test/x', http: { method: 'DELETE', auth: { kind: 'basic', username: 'user' } } },
  ]);
});

t.test('the masked form has the keys of the file and no secret', async (t) => {
  const masked = maskedConfig(await load(t.testdir({ 'monitoring.yml': text })));
  t.notMatch(JSON.stringify(masked), /s3cret/);
  t.match(masked, {
    transactions: {
      shop: {
        interval: 20,
        timeout: 20,
        steps: [
          {
            name: 'log_in',
            path: '/login',
            json: '<secret>',
            use_login: false,
            capture: { token: '$.t', id: { header: 'X-Id' } },
          },
          {
            name: 'look',
            path: '/things/{{ id }}?<secret>',
            timeout: 3,
            auth: { bearer: { token: '<secret>' } },
            expect: { status: 200 },
          },
        ],
        cleanup: [
          {
            name: 'away',
            url: 'http://<secret>@elsewhere.test/x',
            method: 'DELETE',
          },
        ],
      },
    },
  });
});

t.test('the login of ai_crm goes only to its origin', async (t) => {
  const aiCrm: AiCrmConfig = {
    url: 'http://crm.test:8000/api',
    api: 'auto',
    login: { kind: 'token', token: new Secret('s3cret') },
    timeoutSeconds: 10,
    requestsPerHour: 500,
    freezeLimitRatio: 0.02,
    sampleTask: { title: '', description: '' },
    headers: new Map(),
    tls: { insecureSkipVerify: false },
    maxBodyBytes: 1,
  };
  const reports = async (url: string, given: AiCrmConfig | null | undefined) => {
    const found: string[] = [];
    const steps = [{ name: 'a', url, use_login: true }];
    const report = (path: readonly unknown[], message: string) => void found.push(`${path.join('.')}: ${message}`);
    const context = {
      source: null,
      directory: '.',
      componentNames: undefined,
      nowSeconds: 0,
      isSound: () => true,
      environment: {},
      suggestComponent: () => '',
      report,
      warn: report,
    };
    const [transaction] = await resolveTransactions(
      { x: { steps } },
      { defaultIntervalSeconds: 300, aiCrm: given },
      context,
    );
    t.equal(transaction?.steps[0]?.usesLogin, true);
    return found;
  };
  const { login: _login, ...withoutLogin } = aiCrm;
  const place = 'transactions.x.steps.0.use_login';
  t.strictSame(await reports('http://crm.test:8000/tasks/{{run_id}}', aiCrm), []);
  t.strictSame(await reports('http://crm.test/tasks', aiCrm), [
    `${place}: the login of ai_crm is for its own origin only, this step has another origin`,
  ]);
  t.strictSame(await reports('https://crm.test:8000/tasks', aiCrm), [
    `${place}: the login of ai_crm is for its own origin only, this step has another origin`,
  ]);
  t.strictSame(await reports('http://crm.test:8000/tasks', withoutLogin), [
    `${place}: needs the section ai_crm with a login`,
  ]);
  t.strictSame(await reports('http://elsewhere.test/', null), [], 'a section with problems causes no further messages');
});

t.test('a template is plain text except for its references', async (t) => {
  const upper = (name: string) => name.toUpperCase();
  t.equal(fillTemplate('a{{b}}{{ c_1 }}{{{{d}}{"e":{{f}}}', upper), 'aBC_1{{d}}{"e":F}');
  t.strictSame(referencesIn('{{b}}{{b}} {{{{c}} } }}'), { names: ['b', 'b'], isMalformed: false });
  for (const malformed of ['{{', '{{ }}', '{{a', '{{a b}}', '{{1a}}', '{{a-b}}', '{{{a}}}'])
    t.ok(referencesIn(malformed).isMalformed, malformed);
});

t.test('an answer cannot change the host of a request', async (t) => {
  for (const url of [
    'http://{{a}}/',
    'http://x{{a}}',
    'http://x:{{a}}/',
    'http://{{a}}@x/',
    'http://u:{{a}}@x/',
    '{{a}}',
    'http://{{a}}',
  ])
    t.type(parseUrlTemplate(url), 'string', url);
  t.match(parseUrlTemplate('HTTP://X.test/{{a}}/./b c?d={{e}}'.replace(' ', '%20')), {
    kind: 'http',
    url: 'http://x.test/{{a}}/b%20c?d={{e}}',
    shown: 'http://x.test/{{a}}/b%20c',
  });
});

t.test('the example of the guide is understood', async (t) => {
  const example = /```yaml\n(transactions:\n.*?)```/s.exec(await readFile('docs/data-sources.md', 'utf8'))?.[1] ?? '';
  const { transactions } = await loadConfig(undefined, {
    environment: { CRM_PASSWORD: 'x' },
    directory: t.testdir({ 'monitoring.yml': example }),
  });
  t.match(transactions, [
    {
      name: 'find_agent',
      steps: [{ captures: [{ name: 'token' }] }, { name: 'suggest_agent' }],
      cleanup: [{ name: 'log_out' }],
    },
  ]);
});
