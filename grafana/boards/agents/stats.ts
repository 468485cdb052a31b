import { BigValueTextMode } from '@grafana/grafana-foundation-sdk/common';
import { agents, agentUtilization } from '../../../src/metrics/agent-metrics.js';
import { linkTo } from '../../links.js';
import { now } from '../../panels/query.js';
import { stat } from '../../panels/stat.js';
import { lastResponse, openTasks, success } from '../../queries/agents.js';
import { greatest } from '../../queries/aggregate.js';
import { chosenAgent, select, selectRecord } from '../../queries/selector.js';
import { secondsThreshold } from '../../queries/threshold.js';
import { notTold } from '../not-told.js';

/** Only the warning: whoever reads a number wants to know from where on it is bad. */
const responseLimit = `min by (job) (${secondsThreshold('agent_response_time')})`;

/** Are all there, and is the work done? */
export function agentStats() {
  const links = [linkTo('business', 'The tasks')];
  return [
    stat({
      id: 1,
      title: 'Agents',
      description:
        'Agents that AI-CRM lists, whichever are chosen above, and how many were usual in the last week (from a day of data on). Fewer than usual: AI-CRM started without some; below, “No longer listed” names them.',
      at: [0, 0, 4, 4],
      unit: 'count',
      queries: [
        now(greatest(select(agents)), 'listed'),
        now(greatest(selectRecord('job:aicrm_agents:median1w')), 'usual'),
      ],
      noValue: notTold,
      links,
    }).textMode(BigValueTextMode.ValueAndName),
    stat({
      id: 2,
      title: 'Open tasks',
      description: 'Tasks of the chosen agents that are not done. Tasks that nobody has are not among them.',
      at: [4, 0, 4, 4],
      unit: 'count',
      queries: [now(`sum by (job) (${openTasks})`, 'open')],
      noValue: notTold,
      links,
    }),
    stat({
      id: 3,
      title: 'Agents without work',
      description: 'Chosen agents that have no open task. Worry when most have none while others have many.',
      at: [8, 0, 4, 4],
      unit: 'count',
      queries: [now(`sum by (job) (${openTasks} == bool 0)`, 'without work')],
      noValue: notTold,
      links,
    }),
    stat({
      id: 4,
      title: 'With the busiest agent',
      description:
        'Share of all open tasks with an owner that the busiest of the chosen agents has. Near 100 % with many tasks open, one agent holds everything up.',
      at: [12, 0, 4, 4],
      unit: 'ratio',
      queries: [now(greatest(select(agentUtilization, chosenAgent)), 'share')],
      noValue: 'not known: no agent has an open task, or AI-CRM does not tell it',
      links,
    }),
    stat({
      id: 5,
      title: 'Success',
      description:
        'Mean over the chosen agents of the share of their tasks that is done; agents without tasks do not count. Compare it with its own past: new tasks are open and lower it, without anything being wrong.',
      at: [16, 0, 4, 4],
      unit: 'ratio',
      queries: [now(`avg by (job) (${success})`, 'success')],
      noValue: 'not known: no agent has had a task, or AI-CRM does not tell it',
      links,
    }),
    stat({
      id: 6,
      title: 'Response time',
      description:
        'The slowest of the chosen agents where AI-CRM tells a time for each, otherwise the last suggestion of an agent, which stands for all; and the warning limit of alert_thresholds. Worry when it stays above it.',
      at: [20, 0, 4, 4],
      unit: 'seconds',
      queries: [now(greatest(lastResponse), 'slowest'), now(responseLimit, 'limit')],
      noValue: notTold,
      links: [linkTo('services', 'The services behind it')],
    }).textMode(BigValueTextMode.ValueAndName),
  ];
}
