import { agents, agentTasks } from '../../../src/metrics/agent-metrics.js';
import { linkTo } from '../../links.js';
import { colors } from '../../panels/defaults.js';
import { absentAs } from '../../panels/mappings.js';
import { over, rows } from '../../panels/query.js';
import { noteColumn, table } from '../../panels/table.js';
import { dashedLine, inColor, timeSeries } from '../../panels/time-series.js';
import { success } from '../../queries/agents.js';
import { greatest } from '../../queries/aggregate.js';
import { chosenAgent, select, selectRecord } from '../../queries/selector.js';
import { note, orNote } from '../../queries/table-column.js';

const onlyThisAgent = () => linkTo('agents', 'Only this agent', { agent: '${__value.raw:percentencode}' });
const hourly = (name: string) => `last_over_time(${selectRecord(name, chosenAgent)}[1h])`;

/** Success and open tasks over time, the agents whose success has changed most, and the agents that AI-CRM no longer lists. */
export function history() {
  return [...successInTime(), ...tasksInTime()];
}

function successInTime() {
  const ofHour = hourly('job_agent:aicrm_agent_success_ratio:avg1h');
  const ofWeek = greatest(selectRecord('job_agent:aicrm_agent_success_ratio:avg1w', chosenAgent), 'agent');
  const change = `(${success} - ${ofWeek})`;
  const named = (expression: string, direction: string) =>
    `label_replace(${expression}, "direction", "${direction}", "", "")`;
  const most = `topk(10, abs ${change} >= 0.005)`;
  const changed = `${named(`${change} > 0`, '▲ higher')} and on (job, agent) ${most} or ${named(`${change} < 0`, '▼ lower')} and on (job, agent) ${most}`;
  const none = 'none, or not known yet';
  return [
    timeSeries({
      id: 30,
      title: 'Success over time',
      description:
        'Share of their tasks that the chosen agents got done, hour by hour: the mean, the agent in the middle, and the one below which a tenth of them stays. All falling together: AI-CRM has a problem, or many new tasks came in. Only the lowest tenth falls: the tables show which agents.',
      at: [0, 28, 12, 8],
      unit: 'ratio',
      max: 1,
      // The rule records one value per hour. A week of raw samples would be tens of millions of values.
      step: '1h',
      names: ['mean', 'agent in the middle', 'lowest tenth'],
      queries: [
        over(`avg by (job) (${ofHour})`, 'mean'),
        over(`quantile by (job) (0.5, ${ofHour})`, 'agent in the middle'),
        over(`quantile by (job) (0.1, ${ofHour})`, 'lowest tenth'),
      ],
      noValue: 'not known yet: an hour of data and the recording rules are needed',
      links: [linkTo('business', 'The tasks')],
    }),
    table({
      id: 31,
      title: 'Changed most this week',
      description:
        'The ten chosen agents whose success is furthest from the mean of their own last week, in percentage points; from two days of data on. A large fall with many tasks is a problem of that agent; an agent with few tasks moves with each of them.',
      at: [12, 28, 12, 8],
      queries: [
        rows(orNote(changed, none)),
        rows(orNote(`${success} and on (job, agent) ${most}`, none)),
        rows(orNote(`${ofWeek} and on (job, agent) ${most}`, none)),
      ],
      isMerged: true,
      columns: [
        noteColumn,
        { field: 'agent', title: 'Agent', minWidthPixels: 150, links: [onlyThisAgent()] },
        { field: 'direction', title: 'Success is', widthPixels: 85 },
        { field: 'Value #A', title: 'Change', unit: 'ratio', widthPixels: 80, mappings: absentAs('–') },
        {
          field: 'Value #B',
          title: 'Now',
          unit: 'ratio',
          cell: 'bar',
          max: 1,
          widthPixels: 105,
          mappings: absentAs('–'),
        },
        {
          field: 'Value #C',
          title: 'Usual',
          unit: 'ratio',
          cell: 'bar',
          max: 1,
          widthPixels: 105,
          mappings: absentAs('–'),
        },
        { field: 'job', title: 'Job', isHidden: true },
      ],
      sortBy: 'Change',
      ascending: true,
      noValue: 'no agent has changed, or there are less than two days of data',
    }),
  ];
}

function tasksInTime() {
  const openNow = selectRecord('job_agent:aicrm_agent_tasks_open:max', chosenAgent);
  // This query ignores the variable `agent`: an agent that is no longer listed cannot be chosen there.
  const listed = greatest(select(agentTasks, { state: '="open"' }), 'agent');
  return [
    timeSeries({
      id: 40,
      title: 'Open tasks of an agent',
      description:
        'Open tasks of the busiest of the chosen agents; dashed, the mean of all agents. The alert AiCrmAgentOverloaded fires when one has more than four times the mean, and at least ten, for an hour.',
      at: [0, 36, 12, 7],
      unit: 'number',
      step: '2m',
      queries: [
        over(greatest(openNow), 'busiest'),
        over(greatest(selectRecord('job:aicrm_agent_tasks_open:avg')), 'mean of all'),
      ],
      noValue: 'not known: AI-CRM does not report it, or the recording rules are missing',
      links: [linkTo('business', 'The tasks')],
    })
      .overrideByName('busiest', inColor(colors.data))
      .overrideByName('mean of all', dashedLine(colors.past)),
    table({
      id: 41,
      title: 'No longer listed',
      description:
        'Agents that AI-CRM listed within the last week and does not list now, with their last number of open tasks: nobody works on these tasks. While AI-CRM does not answer, the agents are not known, and the panel says so.',
      at: [12, 36, 12, 7],
      queries: [
        rows(
          `${greatest(`last_over_time(${selectRecord('job_agent:aicrm_agent_tasks_open:max1h')}[1w])`, 'agent')} unless on (job, agent) ${listed} and on (job) ${greatest(select(agents))} or ${note('not known: AI-CRM does not report its agents now')} unless on () ${greatest(select(agents))}`,
        ),
      ],
      columns: [
        noteColumn,
        { field: 'agent', title: 'Agent', minWidthPixels: 150 },
        {
          field: 'Value',
          title: 'Open tasks at the end',
          unit: 'count',
          cell: 'bar',
          widthPixels: 200,
          mappings: absentAs('–'),
        },
        { field: 'job', title: 'Job', isHidden: true },
      ],
      sortBy: 'Open tasks at the end',
      noValue: '✔ every agent of the last week is listed',
    }),
  ];
}
