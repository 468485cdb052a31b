import { agents, agentTasks } from '../metrics/agent-metrics.js';
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
} from '../metrics/business-metrics.js';
import type { Figures } from '../metrics/recorder.js';

/** A number and its label. */
export interface Counted {
  readonly word: string;
  readonly count: number;
}

/** AI-CRM's own numbers; null when unknown. */
export interface OwnNumbers {
  /** In the order of the board. */
  readonly tasksByColumn: readonly Counted[] | null;
  readonly tasksCreated: number | null;
  readonly tasksCompleted: number | null;
  /** 0 to 1. */
  readonly completionRatio: number | null;
  readonly agents: number | null;
  /** Agents with open tasks; null when unknown. */
  readonly busyAgents: number | null;
  /** `total` and the known states, in the order of their definition. */
  readonly usersByState: readonly Counted[] | null;
  readonly concurrentUsers: number | null;
  /** Accounts that logged in, by period. */
  readonly activeUsers: readonly Counted[] | null;
  readonly failedLogins: number | null;
  readonly requests: number | null;
  readonly requestErrors: number | null;
}

/** Columns of the board from left to right, in any spelling. Others follow. */
const columns = ['todo', 'inprogress', 'done', 'archived', 'unknown'];

/** Reads the most wanted numbers from the exported ones. */
export function ownNumbersOf(figures: Figures): OwnNumbers {
  const single = (definition: { readonly name: string }) => figures.series(definition)[0]?.value ?? null;
  const sum = (definition: { readonly name: string }) => {
    const found = figures.series(definition);
    return found.length === 0 ? null : found.reduce((total, { value = 0 }) => total + value, 0);
  };
  const byLabel = (definition: { readonly name: string }, label: string, order: readonly string[]) => {
    const found = figures
      .series(definition)
      .map(({ labels, value = 0 }): Counted => ({ word: labels[label] ?? '', count: value }));
    return found.length === 0 ? null : found.sort((a, b) => placeIn(order, a.word) - placeIn(order, b.word));
  };
  const open = figures.series(agentTasks).filter(({ labels }) => labels['state'] === 'open');
  return {
    tasksByColumn: byLabel(tasks, 'column', columns),
    tasksCreated: single(tasksCreated),
    tasksCompleted: single(tasksCompleted),
    completionRatio: single(taskCompletion),
    agents: single(agents),
    busyAgents: open.length === 0 ? null : open.filter(({ value = 0 }) => value > 0).length,
    usersByState: byLabel(users, 'state', users.values?.state ?? []),
    concurrentUsers: single(concurrentUsers),
    activeUsers: byLabel(activeUsers, 'within', activeUsers.values?.within ?? []),
    failedLogins: single(failedLogins),
    requests: sum(httpRequests),
    requestErrors: sum(httpRequestErrors),
  };
}

function placeIn(order: readonly string[], word: string): number {
  const place = order.indexOf(word.toLowerCase().replace(/[^a-z0-9]/g, ''));
  return place === -1 ? order.length : place;
}
