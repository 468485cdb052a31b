import t, { type Test } from 'tap';
import type { FailureReason } from '../../src/base/reason.js';
import { collectorsOf } from '../support/ai-crm-collectors.js';
import { userStats } from '../support/answered-questions.js';
import { loggedInAccess } from '../support/logged-in-access.js';
import { ManualClock } from '../support/manual-clock.js';
import { httpAnswer, rawServer } from '../support/raw-server.js';

const task = (changes: object = {}) => ({
  id: 'a',
  title: 'x',
  description: 'x',
  column_name: 'To Do',
  owner: 'sql-pro',
  archived: false,
  ...changes,
});

/** The answers of a healthy AI-CRM. */
const wellAnswers = {
  'POST /auth/login': { access_token: 'abc', user: { role: 'admin', subscription_tier: 'enterprise' } },
  'GET /tasks': [task(), task({ id: 'b', column_name: 'Done' })],
  'GET /tasks?archived=true': [task({ id: 'c', column_name: 'Archived', archived: true })],
  'GET /agents': ['sql-pro', 'writer'],
  'POST /agents/suggest': [{ agent: 'sql-pro', confidence: 100 }],
  'GET /users/admin/stats': userStats(),
  'POST /pm/analyze': { type: 'direct_assignment', analysis: { complexity: 1 } },
  'GET /auth/me': { username: 'ada', role: 'admin' },
} as const;

type Question = Exclude<keyof typeof wellAnswers, 'POST /auth/login'>;

/** The collector of each question. */
const askers: Readonly<Record<Question, string>> = {
  'GET /tasks': 'tasks',
  'GET /tasks?archived=true': 'tasks',
  'GET /agents': 'agents',
  'POST /agents/suggest': 'agent_response',
  'GET /users/admin/stats': 'users',
  'POST /pm/analyze': 'pm_gateway',
  'GET /auth/me': 'database',
};

const questions = Object.keys(askers) as Question[];

const sampleLine = /^\w+(?:\{(?:\w+="(?:[^"\\\n]|\\["\\n])*",?)*\})? (?:[\d.e+-]+|\+Inf)$/;

/** Runs every collector once with this answer to one question. */
async function runWith(t: Test, question: Question, answer: Buffer) {
  const server = await rawServer((socket, request) => {
    const asked = request.split(' HTTP/')[0] ?? '';
    socket.end(asked === question ? answer : httpAnswer(JSON.stringify(wellAnswers[asked as Question])));
  });
  const url = `http://127.0.0.1:${server.port}`;
  const set = collectorsOf(url, loggedInAccess(url, { username: 'ada', password: 'x' }), new ManualClock(), {
    aiCrm: { timeoutSeconds: 5, maxBodyBytes: 1 << 20 },
  });
  await set.run();
  await server.stop();
  const down = [...set.sources].filter(([, { up }]) => !up).map(([name]) => name);
  const text = set.text();
  t.notMatch(text, /hunter2/, 'nothing secret of AI-CRM');
  // An invalid line would spoil the whole scrape.
  t.same(
    text.split('\n').filter((line) => line !== '' && !line.startsWith('# ') && !sampleLine.test(line)),
    [],
  );
  return { ...set, down };
}

const json = (value: unknown) => httpAnswer(JSON.stringify(value));
const text = (body: string | Buffer, type = 'application/json', code = 200) =>
  httpAnswer(body, { code, headers: [`Content-Type: ${type}`] });
const deep = '['.repeat(200_000) + ']'.repeat(200_000);

t.test('an invalid answer makes only its own source fail', async (t) => {
  const whole = httpAnswer(JSON.stringify(userStats()));
  const answers: Readonly<Record<string, readonly [answer: Buffer, reason: FailureReason, message?: RegExp]>> = {
    'HTML with 200': [text('<!doctype html><p>Sign in</p>', 'text/html'), 'json', /expected JSON, the answer is HTML$/],
    'broken JSON': [text('{"total_users":5,'), 'json', /other text or invalid JSON$/],
    NaN: [text('{"total_users":NaN}'), 'json'],
    'an empty body': [text(''), 'json', /an empty body$/],
    'invalid UTF-8': [text(Buffer.from([0x5b, 0x22, 0xff, 0x22, 0x5d])), 'json'],
    null: [text('null'), 'json', /the JSON is null, not (?:a list|an object)$/],
    text: [text('"hunter2"'), 'json', /the JSON is text, not (?:a list|an object)$/],
    'a number': [text('1e308'), 'json', /the JSON is a number, not/],
    'a body that breaks off': [whole.subarray(0, whole.length - 20), 'closed'],
    'no HTTP at all': [Buffer.from('hunter2\r\n'), 'body'],
    'too many bytes': [text(JSON.stringify('x'.repeat(2 << 20))), 'size'],
    'an upstream that is named': [
      text('{"detail":"Failed: http://hunter2@upstream/"}', 'application/json', 500),
      'status',
      /^500: AI-CRM failed on (?:GET|POST) \S+; a service that AI-CRM needs may be failing$/,
    ],
    'a crash': [text('Internal Server Error', 'text/plain; charset=utf-8', 500), 'status', /^500: AI-CRM crashed on/],
    'nothing there': [
      text('{"detail":"Not Found"}', 'application/json', 404),
      'status',
      /^404: AI-CRM has no .*; check the path of ai_crm.url$/,
    ],
    'a validation error': [
      text('{"detail":[{"input":"hunter2"}]}', 'application/json', 422),
      'status',
      /^422: AI-CRM does not accept/,
    ],
    'a proxy alone': [text('<html>hunter2</html>', 'text/html', 502), 'status', /^502: a proxy cannot reach AI-CRM/],
    'a redirect': [
      httpAnswer('', { code: 301, headers: ['Location: https://hunter2/'] }),
      'redirect',
      /set ai_crm.url to the address that it leads to$/,
    ],
    'a refusal': [text('{"detail":"Insufficient permissions"}', 'application/json', 403), 'auth'],
    'too many requests': [text('{"error":"Rate limit exceeded"}', 'application/json', 429), 'rate_limited'],
  };
  for (const [name, [answer, reason, message]] of Object.entries(answers)) {
    for (const question of questions) {
      const { down, sources, samples } = await runWith(t, question, answer);
      const source = askers[question];
      t.same(down, [source], `${name} to ${question}`);
      t.equal(samples().get(`aicrm_source_up{source="ai_crm_${source}"}`), 0);
      t.equal(
        samples().get(`aicrm_source_failures_total{source="ai_crm_${source}",reason="${reason}"}`),
        1,
        `${name} to ${question}: ${sources.get(source)?.reason}`,
      );
      if (message !== undefined) t.match(sources.get(source)?.message, message);
      t.notMatch(JSON.stringify([...sources.values()]), /hunter2/);
      const agents = samples().get('aicrm_agents');
      t.equal(agents, source === 'agents' ? undefined : 2, 'the others have all of their numbers');
    }
  }
});

t.test('agents are counted also without the tasks, and this is reported', async (t) => {
  const { samples, sources } = await runWith(t, 'GET /tasks', text('', 'text/plain', 500));
  t.equal(samples().get('aicrm_agents'), 2);
  t.notOk([...samples().keys()].some((series) => series.startsWith('aicrm_agent_tasks')));
  t.same(sources.get('agents')?.notices, [
    'the tasks could not be read (status), so numbers of single agents are missing',
  ]);
});

t.test('of agents, one and the most that have series are listed in words of their own', async (t) => {
  const listed = async (count: number) => {
    const names = Array.from({ length: count }, (_, index) => `agent ${index}`);
    const { sources } = await runWith(t, 'GET /agents', json(names));
    return sources.get('agents');
  };
  t.match(await listed(1), { message: '1 agent', notices: [] });
  // The owner of the tasks is one more.
  t.match(await listed(499), { message: '499 agents', notices: [] });
  t.strictSame((await listed(500))?.notices, [
    'there are more than 500 agents: the others have no series of their own',
  ]);
});

t.test('an archived task without its column does not lower the success ratio of its agent', async (t) => {
  const { samples } = await runWith(t, 'GET /agents', json(['sql-pro']));
  t.equal(samples().get('aicrm_agent_success_ratio{agent="sql-pro"}'), 1 / 2);
});

t.test('each source tells what it found in one sentence, with the right number', async (t) => {
  const told = async (question: Question, value: unknown) => {
    const { sources, measures } = await runWith(t, question, json(value));
    const measured = { 'POST /agents/suggest': 'agent response', 'POST /pm/analyze': 'PM analysis' }[
      question as string
    ];
    const message = sources.get(askers[question])?.message ?? '';
    if (measured !== undefined) t.ok(measures.get(measured)?.message.startsWith(`${message};`), message);
    return message.replace(/[\d.]+ s$/, '<seconds> s');
  };
  t.equal(
    await told('GET /tasks', [task(), task({ id: 'b', column_name: 'Unknown' })]),
    '2 tasks, 1 of them archived; 1 task of other boards left out',
  );
  t.equal(await told('GET /agents', []), '0 agents');
  t.equal(await told('GET /users/admin/stats', userStats()), '5 accounts');
  t.equal(await told('POST /agents/suggest', [{ agent: 'a' }]), '1 agent suggested in <seconds> s');
  t.equal(await told('POST /pm/analyze', { analysis: {} }), 'analysed in <seconds> s');
  t.equal(await told('GET /auth/me', { username: 'ada' }), 'AI-CRM reached its database within <seconds> s');
});

t.test('texts of AI-CRM become label values of one line and limited length, and their number is limited', async (t) => {
  const hostile = [
    'new\nline',
    'quo"te',
    'back\\slash',
    'bell\u0007',
    'lone\ud800',
    '\u202Egnol',
    '  ',
    'x'.repeat(10_000),
    '__proto__',
    'aicrm_up{a="b"} 1\naicrm_up 1',
  ];
  const agents = await runWith(
    t,
    'GET /agents',
    json([...hostile, null, 5, ['a'], {}, 'new line', 'x'.repeat(10_001)]),
  );
  t.equal(agents.samples().get('aicrm_agents'), 9, 'each once, as far as they differ');
  t.same(agents.sources.get('agents')?.notices, [
    'GET /agents: a name that is empty or not text is left out',
    'GET /agents: a name is listed more than once and counts once',
  ]);
  t.equal(agents.samples().get('aicrm_agent_tasks{agent="quo\\"te",state="open"}'), 0);
  const longest = Math.max(...[...agents.samples().keys()].map((series) => series.length));
  t.ok(longest < 200, `${longest} characters`);

  const many = await runWith(t, 'GET /agents', json(Array.from({ length: 5000 }, (_, index) => `agent ${index}`)));
  t.equal(many.samples().get('aicrm_agents'), 5000);
  t.equal([...many.samples().keys()].filter((series) => series.startsWith('aicrm_agent_tasks')).length, 1000);
  t.equal(many.samples().get('aicrm_source_truncated{source="ai_crm_agents"}'), 1);

  const columns = await runWith(
    t,
    'GET /tasks',
    json(
      Array.from({ length: 900 }, (_, index) =>
        task({ id: `${index}`, column_name: `column ${index}`, owner: hostile[index % 10] }),
      ),
    ),
  );
  t.equal([...columns.samples().keys()].filter((series) => series.startsWith('aicrm_tasks{')).length, 50);
  t.equal(columns.samples().get('aicrm_tasks{column="Others"}'), 900 - 45);
  t.same(columns.sources.get('tasks')?.notices, ['there are more than 50 columns: the others count as Others']);
});

t.test('an answer that is not a suggestion, analysis or account is a failure', async (t) => {
  const wrong: readonly (readonly [Question, unknown])[] = [
    ['POST /agents/suggest', [{ agent: 5 }]],
    ['POST /pm/analyze', { analysis: 'done' }],
    ['GET /auth/me', []],
    ['GET /auth/me', { status: 'ok' }],
  ];
  for (const [question, value] of wrong) {
    const { down, sources, measures } = await runWith(t, question, json(value));
    t.same(down, [askers[question]], `${question} ${JSON.stringify(value)}`);
    const { reason, message = '' } = sources.get(askers[question]) ?? {};
    t.equal(reason, 'json');
    t.ok(message.startsWith(`${question}: `), message);
    t.equal([...measures.values()].filter(({ level }) => level === 'unknown').length, 1);
  }
});

t.test('of endless names only the first ten thousand are used', async (t) => {
  const agents = await runWith(t, 'GET /agents', json(Array.from({ length: 50_000 }, (_, n) => `agent ${n}`)));
  t.equal(agents.samples().get('aicrm_agents'), 10_000);
  t.ok(agents.sources.get('agents')?.notices.includes('GET /agents: more than 10000 names, the others are left out'));
});

t.test('huge lists and deeply nested JSON do not disturb other sources', async (t) => {
  for (const question of questions) {
    const { down } = await runWith(t, question, text(deep));
    t.ok(
      down.every((name) => name === askers[question]),
      question,
    );
  }
  const { samples, sources, down } = await runWith(t, 'GET /tasks', text(`[${'0,'.repeat(400_000)}0]`));
  t.same(down, []);
  t.equal(samples().get('aicrm_source_rejected_values{source="ai_crm_tasks"}'), 400_001);
  t.equal(samples().get('aicrm_source_truncated{source="ai_crm_tasks"}'), 1);
  t.same(sources.get('tasks')?.notices, [
    'AI-CRM sends at most 1000 tasks and has that number or more, so created and completed tasks cannot be counted; other numbers include only the tasks that it sends',
    'GET /tasks: more than 10000 rows, the others are left out',
    'GET /tasks: a row that is not an object is left out',
  ]);
});
