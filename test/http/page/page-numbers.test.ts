import t from 'tap';
import { agents, agentTasks } from '../../../src/metrics/agent-metrics.js';
import {
  activeUsers,
  concurrentUsers,
  failedLogins,
  httpRequestErrors,
  httpRequests,
  taskCompletion,
  tasks,
  tasksCompleted,
  tasksCreated,
  users,
} from '../../../src/metrics/business-metrics.js';
import { type Sample, set } from '../../../src/metrics/definition.js';
import { type FixtureOptions, sourceReading, withAiCrm } from '../../support/service-fixture.js';
import { page, seen } from '../../support/shown-page.js';

/** The tiles as the page has them, in words. */
function tiles(samples: readonly Sample[], options: Partial<FixtureOptions> = {}): readonly string[] {
  const section = /<section class="numbers">.*?<\/section>/s.exec(page({ samples, ...options }))?.[0] ?? '';
  return [...section.matchAll(/<div class="[^"]*"><dt>.*?<\/div>/gs)].map(([tile]) => seen(tile).trim());
}

t.test('a number is a tile with its parts; without any number there is no tile', async (t) => {
  t.same(tiles([]), []);
  const cases: readonly (readonly [samples: readonly Sample[], tile: string])[] = [
    [[set(tasks, { column: 'Done' }, 640), set(tasks, { column: 'To Do' }, 560)], 'Tasks 1,200 To Do 560 · Done 640'],
    [[set(tasksCreated, {}, 12)], 'Created 12 as counted so far'],
    [[set(tasksCompleted, {}, 7)], 'Completed 7 as counted so far'],
    [[set(tasksCompleted, {}, 7), set(taskCompletion, {}, 0.5)], 'Completed 7 50 % of all are done'],
    [[set(agents, {}, 62)], 'Agents 62'],
    [
      [
        set(agents, {}, 62),
        set(agentTasks, { agent: 'coder', state: 'open' }, 0),
        set(agentTasks, { agent: 'tester', state: 'open' }, 3),
      ],
      'Agents 62 1 with open tasks',
    ],
    [[set(users, { state: 'total' }, 120), set(users, { state: 'active' }, 104)], 'Accounts 120 104 active'],
    [[set(users, { state: 'verified' }, 98)], 'Accounts – 98 verified'],
    [[set(activeUsers, { within: '24h' }, 9)], 'Users in 24h 9 have logged in'],
    [
      [set(activeUsers, { within: '7d' }, 30), set(activeUsers, { within: '24h' }, 9)],
      'Users in 24h 9 have logged in · 30 in 7d',
    ],
    [[set(concurrentUsers, {}, 5)], 'Sessions 5 users who have not logged out'],
    [[set(failedLogins, {}, 0)], 'Failed logins 0 as counted so far'],
    [[set(httpRequests, { source: 'a' }, 5), set(httpRequests, { source: 'b' }, 6)], 'Requests 11'],
    [[set(httpRequests, { source: 'a' }, 5), set(httpRequestErrors, { source: 'a' }, 2)], 'Requests 5 2 with an error'],
  ];
  for (const [samples, tile] of cases) {
    const shown = tiles(samples);
    t.ok(shown.includes(tile), `${tile} of ${shown.join(' | ')}`);
    t.same(
      shown.filter((each) => each !== tile && !/^(Tasks|Agents|Accounts) not available/.test(each)),
      [],
      `${tile}: and nothing else`,
    );
  }
});

t.test('a number that AI-CRM should have is not available, with the reason', async (t) => {
  const shown = tiles([], { config: withAiCrm });
  t.match(shown, [/^Tasks not available \S/, /^Agents not available \S/, /^Accounts not available \S/]);
  t.notMatch(shown.join(), 'not available: ');
  t.match(tiles([set(activeUsers, { within: '24h' }, 9)])[2], /^Accounts not available not reported$/);
  const why = `${'x'.repeat(500)} the end`;
  const refusing = {
    readings: [sourceReading('ai_crm_users', { up: false, reason: 'auth', message: why })],
    config: withAiCrm,
  } as const;
  t.match(tiles([], refusing)[2], /^Accounts not available source ai_crm_users is down: x{60,}…$/, 'shortened');
  t.match(page({ ...refusing, samples: [] }), '<div class="absent"><dt>Accounts');
});

t.test('in the real AI-CRM an active account is enabled', async (t) => {
  const samples = [set(users, { state: 'active' }, 104), set(users, { state: 'verified' }, 98)];
  t.match(tiles(samples, { readings: [sourceReading('ai_crm_users')] })[2], 'Accounts – 104 enabled · 98 verified');
  t.match(tiles(samples, { readings: [sourceReading('ai_crm_tasks')] })[2], 'Accounts – 104 active · 98 verified');
});
