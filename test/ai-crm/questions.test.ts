import t from 'tap';
import type { DataRequest } from '../../src/access/data-access.js';
import { createQuestions } from '../../src/ai-crm/questions.js';
import { Secret } from '../../src/config/secret.js';

t.test('each question has its method, its login and its headers, and follows no redirect', async (t) => {
  const asked: DataRequest[] = [];
  const questions = createQuestions(
    {
      url: 'http://a.test/api',
      api: 'real',
      timeoutSeconds: 7,
      requestsPerHour: 500,
      freezeLimitRatio: 0.02,
      sampleTask: { title: 'a', description: 'b' },
      headers: new Map([['x-a', new Secret('c')]]),
      tls: { insecureSkipVerify: true },
      maxBodyBytes: 99,
    },
    {
      ask: async (request) => {
        asked.push(request);
        return { statusCode: 200, headers: [], body: Buffer.from('[1]'), durationSeconds: 0.5 };
      },
    },
  );
  const { signal } = new AbortController();
  t.strictSame(await questions.get('/tasks', 'one', signal), { value: [1], durationSeconds: 0.5 });
  await questions.postSampleTask('/pm/analyze', 'two', signal);
  await questions.getAnonymously('/agents/metrics', 'three', signal);
  t.strictSame(
    asked.map(({ source, url, usesLogin, timeoutSeconds, http: { method, body } }) => [
      source,
      `${method} ${url} ${body?.reveal() ?? ''}`,
      usesLogin,
      timeoutSeconds,
    ]),
    [
      ['one', 'GET http://a.test/api/tasks ', true, 7],
      ['two', 'POST http://a.test/api/pm/analyze {"title":"a","description":"b"}', true, 7],
      ['three', 'GET http://a.test/api/agents/metrics ', false, 7],
    ],
  );
  const accept = ['accept', 'application/json'];
  const own = ['x-a', 'c'];
  t.strictSame(
    asked.map(({ http: { headers } }) => [...headers].map(([name, value]) => [name, value.reveal()])),
    [
      [accept, own],
      [accept, ['content-type', 'application/json'], own],
      [accept, own],
    ],
  );
  for (const { http } of asked)
    t.match(http, {
      followRedirects: false,
      maxBodyBytes: 99,
      tls: { insecureSkipVerify: true },
      expect: { jsonStatus: false },
    });
});
