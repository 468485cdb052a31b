import { agentLastResponse, agentUtilization } from '../../../src/metrics/agent-metrics.js';
import { linkTo } from '../../links.js';
import { barGauge } from '../../panels/bar-gauge.js';
import { absentAs } from '../../panels/mappings.js';
import { now, rows } from '../../panels/query.js';
import { noteColumn, table } from '../../panels/table.js';
import { doneTasks, openTasks, success } from '../../queries/agents.js';
import { greatest } from '../../queries/aggregate.js';
import { chosenAgent, select, selectRecord } from '../../queries/selector.js';
import { forEachLine, orNote } from '../../queries/table-column.js';
import { notKnown } from '../not-known.js';

const onlyThisAgent = (name: string) => linkTo('agents', 'Only this agent', { agent: name });
const inTable = () => onlyThisAgent('${__value.raw:percentencode}');
const ofSeries = () => onlyThisAgent('${__field.labels.agent:percentencode}');

/** The table of all agents, and bars for the agents with the most and the fewest tasks. */
export function listOfAgents() {
  // Many agents have 0 open tasks now, so the present number does not rank them. The mean of a week does.
  const openInWeek = `avg_over_time(${selectRecord('job_agent:aicrm_agent_tasks_open:max1h', chosenAgent)}[1w])`;
  const lines = orNote(openTasks, 'AI-CRM does not report its agents now');
  return [
    table({
      id: 10,
      title: 'All agents',
      description:
        'Every chosen agent; click a heading to sort. Success is the share of its tasks that is done, “–” without tasks. Share is its part of all open tasks with an owner. “not known” as response: AI-CRM does not report a time for each agent; Response over time shows the one for all. Worry about many open tasks with little success.',
      at: [0, 4, 16, 16],
      queries: [
        rows(lines),
        rows(forEachLine(lines, doneTasks)),
        rows(forEachLine(lines, success)),
        rows(forEachLine(lines, greatest(select(agentUtilization, chosenAgent), 'agent'))),
        rows(forEachLine(lines, greatest(select(agentLastResponse, chosenAgent), 'agent'))),
      ],
      isMerged: true,
      columns: [
        noteColumn,
        { field: 'agent', title: 'Agent', minWidthPixels: 150, links: [inTable()] },
        { field: 'Value #A', title: 'Open', unit: 'count', cell: 'bar', widthPixels: 100, mappings: absentAs('–') },
        { field: 'Value #B', title: 'Done', unit: 'count', cell: 'bar', widthPixels: 100, mappings: absentAs('–') },
        {
          field: 'Value #C',
          title: 'Success',
          unit: 'ratio',
          cell: 'bar',
          max: 1,
          widthPixels: 125,
          mappings: absentAs('–'),
        },
        { field: 'Value #D', title: 'Share', unit: 'ratio', widthPixels: 65, mappings: absentAs('–') },
        { field: 'Value #E', title: 'Response', unit: 'seconds', widthPixels: 80, mappings: absentAs('not known') },
        { field: 'job', title: 'Job', isHidden: true },
      ],
      sortBy: 'Open',
      noValue: notKnown,
    }),
    barGauge({
      id: 11,
      name: 'agent',
      title: 'Busiest',
      description:
        'The chosen agents with the most open tasks now. One far ahead of the others: its tasks wait for it while others have time. The alert AiCrmAgentOverloaded compares with the mean of all.',
      at: [16, 4, 8, 8],
      unit: 'count',
      queries: [now(`sort_desc(topk(8, ${openTasks} > 0))`, '{{agent}}')],
      noValue: 'none, or not known',
      links: [ofSeries()],
    }),
    barGauge({
      id: 12,
      name: 'agent',
      title: 'Idlest this week',
      description:
        'The chosen agents with the fewest open tasks: the mean of the last week if it is known, otherwise now. If an agent had tasks and has none for a day, it no longer gets tasks, or its tasks are lost.',
      at: [16, 12, 8, 8],
      unit: 'number',
      queries: [now(`sort(bottomk(8, ${openInWeek} and on (job, agent) ${openTasks} or ${openTasks}))`, '{{agent}}')],
      noValue: 'not known',
      links: [ofSeries()],
    }),
  ];
}
