import { refusalBelow } from './authenticate.js';
import { percent } from './counts.js';
import { jsonAnswer } from './exchange.js';
import { type BackendContext, forUser, type Routes } from './route.js';
import type { Task, TaskBoard } from './task-board.js';

/** The real backend asks its upstream for no more. */
const rowCap = 1000;

/** Tasks, agents, and the analytics that the backend computes from them. */
export function taskRoutes({ world }: BackendContext): Routes {
  const { board } = world;
  return {
    'GET /tasks': forUser(({ query }) => {
      const wantsArchived = query.get('archived') === 'true';
      // Cut first and filtered afterwards, as the real backend does.
      const rows = [...board.tasks.values()].slice(0, rowCap).filter(({ isArchived }) => isArchived === wantsArchived);
      return jsonAnswer(200, rows.map(taskRow));
    }),
    'GET /agents': forUser(() =>
      jsonAnswer(
        200,
        world.agents.map(({ name }) => name),
      ),
    ),
    // The real backend asks for the tier PRO here, but lets FREE through.
    'GET /analytics/task-completion': forUser(() => jsonAnswer(200, completion(board))),
    'GET /analytics/agent-performance': forUser(() => jsonAnswer(200, performanceByAgent(board))),
    'GET /analytics/executive-dashboard': forUser(
      (_request, user) => refusalBelow('enterprise', user) ?? jsonAnswer(200, executive(board)),
    ),
  };
}

function taskRow({ id, title, description, column, owner, isArchived }: Task) {
  return { id, title, description, column_name: column, owner: owner?.name ?? null, archived: isArchived };
}

function completion(board: TaskBoard) {
  // Column by column, so that other boards are left out and the archive is not.
  const own = [...board.tasks.values()].filter(({ column }) => column !== 'Unknown');
  const totalTasks = own.length;
  const completedTasks = own.filter(({ column }) => column === 'Done').length;
  return { totalTasks, completedTasks, completionRate: percent(completedTasks, totalTasks) };
}

function performanceByAgent(board: TaskBoard) {
  const found: Record<string, { totalTasks: number; completedTasks: number; successRate: number }> = {};
  for (const { owner, column } of board.tasks.values()) {
    if (owner === null) continue;
    const entry = (found[owner.name] ??= { totalTasks: 0, completedTasks: 0, successRate: 0 });
    entry.totalTasks += 1;
    if (column === 'Done') entry.completedTasks += 1;
    entry.successRate = percent(entry.completedTasks, entry.totalTasks);
  }
  return found;
}

function executive(board: TaskBoard) {
  const byRate = Object.entries(performanceByAgent(board)).sort(([, a], [, b]) => b.successRate - a.successRate);
  return {
    // These four are constants in the real backend, too, which is why nobody should export them.
    systemOverview: { totalAgents: 0, activeIntegrations: 2, systemHealth: 95 },
    performanceKPIs: {
      taskCompletionRate: completion(board).completionRate,
      topPerformingAgents: byRate.slice(0, 5).map(([agent, { successRate }]) => ({ agent, successRate })),
      workflowEfficiency: 87.5,
    },
  };
}
