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
