import t from 'tap';
import { type Task, World } from '../../simulator/world.js';

const start = 1_800_000_000;

function snapshot({ board, population, agents, analysesTotal }: World) {
  return JSON.stringify({
    tasks: [...board.tasks.values()],
    agents,
    accounts: population.accounts,
    online: [...population.online],
    analysesTotal,
    features: [...population.featureUsage],
  });
}

t.test('the same seed and time give the same world, however often it was advanced', async (t) => {
  const often = new World(7, start);
  const once = new World(7, start);
  for (let second = 0; second <= 600; second += 0.5) often.advanceTo(start + second);
  once.advanceTo(start + 600);
  t.equal(snapshot(often), snapshot(once));
  const other = new World(8, start);
  other.advanceTo(start + 600);
  t.not(snapshot(other), snapshot(once));
});

t.test('a clock that goes back changes nothing', async (t) => {
  const world = new World(7, start);
  world.advanceTo(start + 60);
  const before = snapshot(world);
  world.advanceTo(start - 3600);
  world.advanceTo(start + 60.9);
  t.equal(snapshot(world), before);
});

/** The place of a task on the board. */
const placeOf = ({ column, isArchived }: Task) => (isArchived ? 'Archived' : column);

t.test('tasks are created, started, done and archived; totals are kept', async (t) => {
  const world = new World(3, start);
  const { board } = world;
  const seen = new Map([...board.tasks.values()].map((task) => [task.id, placeOf(task)]));
  const moves = new Set<string>();
  const { createdTotal, completedTotal } = board;
  for (let second = 1; second <= 3600; second += 1) {
    world.advanceTo(start + second);
    for (const task of board.tasks.values()) {
      const before = seen.get(task.id) ?? 'new';
      const place = placeOf(task);
      if (before !== place) moves.add(`${before} > ${place}`);
      seen.set(task.id, place);
    }
  }
  for (const move of [
    'new > To Do',
    'To Do > In Progress',
    'In Progress > Done',
    'In Progress > To Do',
    'Done > Archived',
  ])
    t.ok(moves.has(move), move);
  t.equal(moves.size, 5, [...moves].join(', '));
  const foreign = [...seen.values()].filter((place) => place === 'Unknown').length;
  t.ok(foreign > 0, 'tasks of other boards do not move');
  t.equal(board.createdTotal - createdTotal, seen.size - foreign - createdTotal);
  t.ok(board.completedTotal > completedTotal + 300);
});

t.test('agents work on their own tasks, on two at most', async (t) => {
  const world = new World(3, start);
  t.equal(new Set(world.agents.map(({ name }) => name)).size, 62);
  for (let second = 60; second <= 3600; second += 60) {
    world.advanceTo(start + second);
    const inProgress = [...world.board.tasks.values()].filter(({ column }) => column === 'In Progress');
    for (const agent of world.agents) {
      const own = inProgress.filter(({ owner }) => owner === agent).length;
      if (own !== agent.working || own > 2) t.fail(`${agent.name} works on ${agent.working}, owns ${own}`);
    }
  }
  const completed = world.agents.reduce((sum, agent) => sum + agent.completed, 0);
  t.equal(completed, world.board.completedTotal);
  t.ok(world.agents.every(({ durations, completed: own }) => durations.reduce((sum, count) => sum + count, 0) === own));
});

t.test('people register, come and go, use features and fail to log in', async (t) => {
  const world = new World(3, start);
  const { population } = world;
  const accounts = population.accounts.length;
  const online = new Set<number>();
  for (let second = 1; second <= 7200; second += 1) {
    world.advanceTo(start + second);
    online.add(population.online.size);
  }
  t.ok(population.accounts.length > accounts);
  t.ok(online.size > 5, 'the number of people online changes');
  t.ok(population.failedLoginsTotal > 0 && population.requestErrorsTotal > 0);
  const used = [...population.featureUsage.values()].reduce((sum, count) => sum + count, 0);
  t.equal(used, population.requestsTotal);
});

t.test('the world stays limited however long it runs', async (t) => {
  const world = new World(3, start);
  world.advanceTo(start + 4 * 3600);
  t.ok(world.board.tasks.size < 700, String(world.board.tasks.size));
  t.equal(world.board.count('Archived'), 200);
});

t.test('a world begins with a board that has been in use for a while', async (t) => {
  const { board, agents, startSeconds } = new World(3, start);
  t.same(
    (['To Do', 'In Progress', 'Done', 'Archived', 'Unknown'] as const).map((place) => board.count(place)),
    [9, 16, 60, 25, 12],
  );
  t.same([board.createdTotal, board.completedTotal], [110, 85]);
  const tasks = [...board.tasks.values()];
  t.ok(tasks.every(({ sinceSeconds }) => sinceSeconds === startSeconds));
  t.ok(tasks.every(({ isArchived, column }) => !isArchived || column === 'Done'));
  const own = tasks.filter(({ column }) => column !== 'Unknown');
  for (const { title, description, creatorId } of own) {
    t.match(title, /^(Draft|Review|Fix|Plan|Measure|Translate|Automate|Summarise) (the|a) [a-z ]+$/);
    t.equal(description, `${title}, wanted by account ${creatorId}`);
    t.ok(creatorId >= 1 && creatorId <= 40);
  }
  t.equal(own.filter(({ column, owner }) => column !== 'To Do' && owner === null).length, 0);
  const unowned = own.filter(({ owner }) => owner === null).length;
  t.ok(unowned >= 1 && unowned <= 6, 'most tasks have an agent from the begin');
  t.match(tasks.at(-1), { title: 'Order paper', description: 'For the office', creatorId: 0, owner: null });
  t.match([...board.tasks.keys()].slice(-2), [
    '00000000-0000-4000-8000-000000000011',
    '00000000-0000-4000-8000-000000000012',
  ]);
  const worked = agents.reduce((sum, { workedSeconds }) => sum + workedSeconds, 0) / 85;
  t.ok(worked > 100 && worked < 160, `${worked} s for a task`);
});

t.test('nothing happens before a whole second is over', async (t) => {
  const world = new World(7, start);
  const before = snapshot(world);
  world.advanceTo(start);
  world.advanceTo(start + 0.9);
  t.equal(snapshot(world), before);
  world.advanceTo(start + 1);
  t.not(snapshot(world), before);
});

t.test('an hour has about 600 new tasks and 144 analyses, of which few fail', async (t) => {
  const world = new World(3, start);
  const { board } = world;
  const known = new Set(board.tasks.keys());
  const { createdTotal } = board;
  world.advanceTo(start + 3600);
  const isNear = (found: number, wanted: number, tolerance: number, what: string) =>
    t.ok(Math.abs(found - wanted) <= tolerance, `${found} ${what}`);
  isNear(board.createdTotal - createdTotal, 600, 75, 'tasks are created');
  isNear(world.analysesTotal, 144, 36, 'analyses');
  isNear(world.analysisSeconds / world.analysesTotal, 0.035, 0.005, 's for an analysis');
  isNear(world.analysisFailuresTotal, 5, 4, 'analyses fail');
  const failed = world.agents.reduce((sum, agent) => sum + agent.failed, 0);
  isNear(failed / (failed + board.completedTotal), 0.06, 0.03, 'of the work is sent back');
  isNear(board.count('In Progress'), 16, 12, 'are in progress');
  const worked = world.agents.reduce((sum, agent) => sum + agent.workedSeconds, 0);
  isNear(worked / board.completedTotal, 90, 40, 's for a task');
  const ids = new Set(world.population.accounts.map(({ id }) => id));
  const made = [...board.tasks.values()].filter(({ id }) => !known.has(id));
  t.ok(made.every(({ creatorId }) => ids.has(creatorId)));
  t.ok(made.every(({ sinceSeconds }) => sinceSeconds > start));
  t.equal(board.count('Unknown'), 12);
});

t.test('each analysis counts with its time, and a failed one as failed', async (t) => {
  const world = new World(3, start);
  world.recordAnalysis(0.5, true);
  world.recordAnalysis(0.25, false);
  t.match(world, { analysesTotal: 2, analysisSeconds: 0.75, analysisFailuresTotal: 1 });
});
