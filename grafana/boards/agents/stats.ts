import { agents, agentUtilization } from '../../../src/metrics/agent-metrics.js';
import { linkTo } from '../../links.js';
import { absentAs } from '../../panels/mappings.js';
import { now } from '../../panels/query.js';
import { namedStat, stat } from '../../panels/stat.js';
import { lastResponse, openTasks, success } from '../../queries/agents.js';
import { greatest } from '../../queries/aggregate.js';
import { judged, orUnknown } from '../../queries/judged.js';
import { chosenAgent, select, selectRecord } from '../../queries/selector.js';
import { secondsLimits } from '../../queries/threshold.js';
import { whyNotKnown } from '../not-known.js';

const listed = greatest(select(agents));
const usual = greatest(selectRecord('job:aicrm_agents:median1w'));
const responseLimits = secondsLimits('agent_response_time');

/** The first line of the board: the number of agents, their tasks, success and response time. */
export function agentStats() {
  const links = [linkTo('business', 'The tasks')];
  return [
    namedStat({
      id: 1,
      title: 'Agents',
      description:
        'Agents that AI-CRM lists, also those that are not chosen above, and the usual number of the last week (after a day of data). Fewer than usual: AI-CRM started without some; “No longer listed” below names them.',
      at: [0, 0, 4, 4],
      unit: 'count',
      queries: [now(orUnknown(listed, usual), 'listed'), now(usual, 'usual')],
      why: whyNotKnown,
      links,
    }).mappings(absentAs('–')),
    stat({
      id: 2,
      title: 'Open tasks',
      description: 'Tasks of the chosen agents that are not done. Tasks without an owner do not count.',
      at: [4, 0, 4, 4],
      unit: 'count',
      queries: [now(`sum by (job) (${openTasks})`, 'open')],
      why: whyNotKnown,
      links,
    }),
    stat({
      id: 3,
      title: 'Idle',
      description: 'Chosen agents that have no open task. Worry when most have none while others have many.',
      at: [8, 0, 3, 4],
      unit: 'count',
      queries: [now(`sum by (job) (${openTasks} == bool 0)`, 'without work')],
      why: whyNotKnown,
      links,
    }),
    stat({
      id: 4,
      title: 'Top share',
      description:
        'Share of all open tasks with an owner that the busiest of the chosen agents has. Near 100 % with many open tasks, one agent delays everything.',
      at: [11, 0, 4, 4],
      unit: 'ratio',
      queries: [now(greatest(select(agentUtilization, chosenAgent)), 'share')],
      why: 'no agent has an open task, or AI-CRM does not report it',
      links,
    }),
    stat({
      id: 5,
      title: 'Success',
      description:
        'Mean of the share of their tasks that the chosen agents have done; agents without tasks do not count. Compare it with the days before: new tasks lower it, which is normal.',
      at: [15, 0, 4, 4],
      unit: 'ratio',
      queries: [now(`avg by (job) (${success})`, 'success')],
      why: 'no agent has had a task, or AI-CRM does not report it',
      links,
    }),
    namedStat({
      id: 6,
      title: 'Response',
      description:
        'The slowest of the chosen agents if AI-CRM reports a time for each, otherwise the last suggestion of an agent, for all agents together; and the warning limit of alert_thresholds. Above it the number is amber, above the critical one red.',
      at: [19, 0, 5, 4],
      unit: 'seconds',
      queries: [
        now(judged(orUnknown(greatest(lastResponse), responseLimits.warning), responseLimits, 'slowest'), '{{is}}'),
        now(responseLimits.warning, 'limit'),
      ],
      why: whyNotKnown,
      links: [linkTo('services', 'The services behind it')],
    }).mappings(absentAs('–')),
  ];
}
