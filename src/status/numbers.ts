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

/** A number with the word for it. */
export interface Counted {
  readonly word: string;
  readonly count: number;
}

/** AI-CRM's own numbers as far as they are known; null and absent for what is not. */
export interface OwnNumbers {
  /** In the order of the board. */
  readonly tasksByColumn: readonly Counted[] | null;
  readonly tasksCreated: number | null;
  readonly tasksCompleted: number | null;
  /** 0 to 1. */
  readonly completionRatio: number | null;
  readonly agents: number | null;
  /** Agents that have open tasks; null where that is not told. */
  readonly busyAgents: number | null;
  /** `total` and those of its states that are told, in the order of their definition. */
  readonly usersByState: readonly Counted[] | null;
  readonly concurrentUsers: number | null;
  /** Accounts that have logged in, by the time within which. */
  readonly activeUsers: readonly Counted[] | null;
  readonly failedLogins: number | null;
  readonly requests: number | null;
  readonly requestErrors: number | null;
}

/** The columns of the board from left to right, however they are spelled; others follow. */
const columns = ['todo', 'inprogress', 'done', 'archived', 'unknown'];

/** Reads the numbers that people ask for first out of what is exported. */
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
