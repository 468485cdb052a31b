import { agentSuccess, agents, agentTasks } from '../../../src/metrics/agent-metrics.js';
import { taskCompletion, tasksCompleted, users } from '../../../src/metrics/business-metrics.js';
import { type BoardName, linkTo } from '../../links.js';
import type { Unit } from '../../panels/defaults.js';
import { now } from '../../panels/query.js';
import { stat } from '../../panels/stat.js';
import { greatest, growth } from '../../queries/aggregate.js';
import { select } from '../../queries/selector.js';
import { whyNotKnown } from '../not-known.js';

/** The use of AI-CRM, in six numbers. */
export function usersOfAiCrm(y: number) {
  const number = (
    id: number,
    title: string,
    x: number,
    unit: Unit,
    expression: string,
    board: BoardName,
    description: string,
  ) =>
    stat({
      id,
      title,
      description,
      at: [x, y, 4, 3],
      unit,
      queries: [now(expression, title)],
      why: whyNotKnown,
      links: [linkTo(board, board === 'agents' ? 'Agents' : 'Business')],
    });
  return [
    number(
      40,
      'Agents',
      0,
      'count',
      greatest(select(agents)),
      'agents',
      'Agents that AI-CRM lists. Fewer than usual: AI-CRM started without some of them.',
    ),
    number(
      41,
      'Open tasks',
      4,
      'count',
      `sum by (job) (${greatest(select(agentTasks, { state: '="open"' }), 'agent')})`,
      'agents',
      'Tasks of all agents that are not done.',
    ),
    number(
      42,
      'Success',
      8,
      'ratio',
      `avg by (job) (${greatest(select(agentSuccess), 'agent')})`,
      'agents',
      'Mean over the agents of the share of their tasks that is done; agents without tasks do not count.',
    ),
    number(
      43,
      'Done, 24 h',
      12,
      'count',
      greatest(growth(select(tasksCompleted), '1d')),
      'business',
      'Tasks completed within the last 24 hours.',
    ),
    number(
      44,
      'Completion',
      16,
      'ratio',
      greatest(select(taskCompletion)),
      'business',
      'Share of all tasks that is done, those in the archive included. Compare it with the usual share on the board Business.',
    ),
    number(
      45,
      'Accounts',
      20,
      'count',
      greatest(select(users, { state: '="active"' })),
      'business',
      'Accounts that AI-CRM counts as active; in the real AI-CRM that means enabled. Who was there within a day is on the board Business.',
    ),
  ];
}
