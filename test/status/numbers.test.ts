import t from 'tap';
import { agents, agentTasks } from '../../src/metrics/agent-metrics.js';
import {
  activeUsers,
  concurrentUsers,
  httpRequestErrors,
  httpRequests,
  taskCompletion,
  tasks,
  users,
} from '../../src/metrics/business-metrics.js';
import { catalogue } from '../../src/metrics/catalogue.js';
import { type Sample, set } from '../../src/metrics/definition.js';
import { Recorder } from '../../src/metrics/recorder.js';
import { ownNumbersOf } from '../../src/status/numbers.js';

/** The numbers for people from these samples. */
function numbersOf(...samples: readonly Sample[]) {
  const recorder = new Recorder(catalogue, { processMetrics: false });
  recorder.record('ai_crm', samples);
  return ownNumbersOf(recorder);
}

t.test('unknown numbers are null, not 0', async (t) => {
  const none = numbersOf();
  t.same(
    Object.entries(none).filter(([, value]) => value !== null),
    [],
  );
  t.equal(Object.keys(none).length, 12);
  t.match(numbersOf(set(concurrentUsers, {}, 0), set(httpRequests, { source: 'nginx' }, 0)), {
    concurrentUsers: 0,
    requests: 0,
    requestErrors: null,
  });
});

t.test(
  'columns have the order of the board in any spelling, others follow; states have their defined order',
  async (t) => {
    const {
      tasksByColumn,
      usersByState,
      activeUsers: active,
    } = numbersOf(
      ...['Review', 'Archived', 'Done', 'In Progress', 'To-Do'].map((column, count) => set(tasks, { column }, count)),
      ...['recent', 'active', 'total'].map((state, count) => set(users, { state }, count)),
      set(activeUsers, { within: '7d' }, 9),
      set(activeUsers, { within: '24h' }, 4),
    );
    t.same(tasksByColumn, [
      { word: 'To-Do', count: 4 },
      { word: 'In Progress', count: 3 },
      { word: 'Done', count: 2 },
      { word: 'Archived', count: 1 },
      { word: 'Review', count: 0 },
    ]);
    t.same(
      usersByState?.map(({ word }) => word),
      ['total', 'active', 'recent'],
    );
    t.same(active, [
      { word: '24h', count: 4 },
      { word: '7d', count: 9 },
    ]);
  },
);

t.test('an agent with open tasks is busy, and requests are added over all sources', async (t) => {
  const tasksOf = (agent: string, open: number, done: number) => [
    set(agentTasks, { agent, state: 'open' }, open),
    set(agentTasks, { agent, state: 'done' }, done),
  ];
  const told = numbersOf(
    set(agents, {}, 3),
    set(taskCompletion, {}, 0.5),
    ...tasksOf('ada', 2, 5),
    ...tasksOf('bob', 0, 5),
    ...tasksOf('cy', 1, 0),
    ...['nginx', 'proxy'].flatMap((source, index) => [
      set(httpRequests, { source }, 10 + index),
      set(httpRequestErrors, { source }, index),
    ]),
  );
  t.match(told, { agents: 3, busyAgents: 2, completionRatio: 0.5, requests: 21, requestErrors: 1 });
  t.equal(numbersOf(...tasksOf('bob', 0, 5)).busyAgents, 0);
  t.equal(numbersOf(set(agentTasks, { agent: 'bob', state: 'done' }, 5)).busyAgents, null);
});
