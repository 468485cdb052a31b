import {
  concurrentUsers,
  taskCompletion,
  taskProcessing,
  tasks,
  tasksCompleted,
  tasksCreated,
} from '../../../src/metrics/business-metrics.js';
import type { Definition } from '../../../src/metrics/definition.js';
import { row } from '../../board.js';
import { linkTo } from '../../links.js';
import { dayBars } from '../../panels/day-bars.js';
import { colors, type Unit } from '../../panels/defaults.js';
import { absentAs } from '../../panels/mappings.js';
import { now, over, type Query } from '../../panels/query.js';
import { namedStat } from '../../panels/stat.js';
import {
  bandDownTo,
  dashedLine,
  edgeOfBand,
  hourlyBars,
  inColor,
  stackedSeries,
  timeSeries,
} from '../../panels/time-series.js';
import { greatest, growth, growthOfDay, weekBefore } from '../../queries/aggregate.js';
import { orUnknown } from '../../queries/judged.js';
import { select, selectRecord } from '../../queries/selector.js';
import { needsTwoWeeks, notKnown, unknownToReal, whyNotKnown, whyUnknownToReal } from '../not-known.js';

const agentsLink = [linkTo('agents', 'Who has them: agents')];
const sourcesLink = [linkTo('alerting', 'Whether AI-CRM is read: sources')];
const openTasks = 'job:aicrm_tasks_open:sum';
const completion = 'job:aicrm_task_completion_ratio';

/** The first line: present numbers, beside the numbers of a week ago. */
export function today() {
  const compared = (
    id: number,
    title: string,
    what: string,
    x: number,
    unit: Unit,
    current: string,
    weekAgo: string,
    why = whyNotKnown,
  ) => {
    const queries: Query[] = [now(orUnknown(current, weekAgo), 'now'), now(weekAgo, '7 d ago')];
    return namedStat({
      id,
      title,
      description: `${what} Beside it, the same a week ago. ${needsTwoWeeks}`,
      at: [x, 0, 4, 4],
      unit,
      queries,
      why,
      links: id === 5 ? sourcesLink : agentsLink,
    }).mappings(absentAs('–'));
  };
  const within24Hours = (counter: Definition) =>
    [greatest(growth(select(counter), '1d')), greatest(growth(select(counter), '1d', '1w'))] as const;
  const gauge = (definition: Definition) =>
    [greatest(select(definition)), greatest(weekBefore(select(definition)))] as const;
  return [
    compared(
      1,
      'Created',
      'Tasks created within 24 hours; not known while AI-CRM cuts its list off. Worry when there are none although people work: something that they need is broken.',
      0,
      'count',
      ...within24Hours(tasksCreated),
    ),
    compared(
      2,
      'Completed',
      'Tasks completed within 24 hours. Worry when far fewer are completed than created.',
      4,
      'count',
      ...within24Hours(tasksCompleted),
    ),
    compared(
      3,
      'Open tasks',
      'Tasks of AI-CRM’s own board that are neither done nor archived; a lower bound while AI-CRM cuts its list off. Worry when the number keeps growing.',
      8,
      'count',
      selectRecord(openTasks),
      weekBefore(selectRecord(openTasks)),
      'ai_crm is not configured, or the recording rules are not loaded',
    ),
    compared(
      4,
      'Completion',
      'Share of all tasks that is done, those in the archive included, other boards left out. Worry when it is below its usual band.',
      12,
      'ratio',
      ...gauge(taskCompletion),
    ),
    compared(
      5,
      'Duration',
      'Mean time to complete a task, as AI-CRM reports it. The real AI-CRM does not report it.',
      16,
      'seconds',
      ...gauge(taskProcessing),
      whyUnknownToReal,
    ),
    compared(
      6,
      'Sessions',
      'Users who have not logged out. With the preset ai_crm_tables, a session lasts up to seven days, used or not: “Who was there” shows who logged in.',
      20,
      'count',
      ...gauge(concurrentUsers),
      whyUnknownToReal,
    ),
  ];
}

/** Tasks per hour, completion and backlog. All of it fits on the first screen of a laptop. */
export function lately() {
  const perHour = (id: number, title: string, x: number, record: string, what: string) =>
    hourlyBars({
      id,
      title,
      description: `Tasks ${what} in each hour; dashed, the same hour a week before. Worry when hours stay empty that were busy a week before. ${needsTwoWeeks}`,
      at: [x, 4, 12, 7],
      unit: 'count',
      queries: [over(selectRecord(record), what), over(weekBefore(selectRecord(record)), 'a week before')],
      noValue: 'not known yet: an hour of data and the recording rules are needed, and ai_crm has to be configured',
      links: agentsLink,
    })
      .overrideByName(what, inColor(colors.data))
      .overrideByName('a week before', dashedLine(colors.past));
  // One query returns both ends of the band.
  const ends = `label_replace(${selectRecord(`${completion}:avg1w`)} - ${selectRecord(`${completion}:stddev1w`)}, "end", "lower", "", "") or label_replace(${selectRecord(`${completion}:avg1w`)} + ${selectRecord(`${completion}:stddev1w`)}, "end", "upper", "", "")`;
  return [
    perHour(10, 'Created per hour', 0, 'job:aicrm_tasks_created:increase1h', 'created'),
    perHour(11, 'Completed per hour', 12, 'job:aicrm_tasks_completed:increase1h', 'completed'),
    timeSeries({
      id: 12,
      title: 'Completion against usual',
      description:
        'Share of all tasks that is done; dashed, its mean of the last week, in a band of one standard deviation above and below. Worry when it stays below the band. The band begins after two days of data.',
      at: [0, 11, 12, 7],
      unit: 'ratio',
      startsAtZero: false,
      step: '5m',
      queries: [
        over(greatest(select(taskCompletion)), 'completion'),
        over(selectRecord(`${completion}:avg1w`), 'usual'),
        over(ends, 'usual, {{end}} end'),
      ],
      noValue: notKnown,
      links: agentsLink,
    })
      .overrideByName('completion', [
        ...inColor(colors.data),
        { id: 'custom.lineWidth', value: 2 },
        { id: 'custom.fillOpacity', value: 0 },
      ])
      .overrideByName('usual', dashedLine(colors.past))
      .overrideByName('usual, upper end', bandDownTo('usual, lower end', colors.past))
      .overrideByName('usual, lower end', edgeOfBand(colors.past)),
    stackedSeries({
      id: 13,
      title: 'Backlog by column',
      description:
        'Tasks that are neither done nor archived, by the column in which they stand; dashed, the mean of all of them over a week, from two days of data on. Worry when the sum is above it and keeps growing.',
      at: [12, 11, 12, 7],
      unit: 'count',
      names: ['To Do', 'In Progress', 'Review', 'Unknown', 'Backlog', 'Blocked'],
      step: '5m',
      queries: [
        over(greatest(select(tasks, { column: '!~"Done|Archived"' }), 'column'), '{{column}}'),
        over(selectRecord('job:aicrm_tasks_open:avg1w'), 'usual'),
      ],
      noValue: notKnown,
      links: agentsLink,
    }).overrideByName('usual', dashedLine(colors.past)),
  ];
}

/** Tasks per day, each day beside the same day of the week before. */
export function days(y: number) {
  const perDay = (id: number, title: string, x: number, counter: Definition, what: string) =>
    dayBars({
      id,
      title,
      description: `Tasks ${what} on each day, today so far, and on the same day a week before. Days begin at midnight of the browser, in older Grafanas of UTC. ${needsTwoWeeks}`,
      at: [x, y + 1, 8, 7],
      unit: 'count',
      queries: [
        over(greatest(growthOfDay(select(counter))), what),
        over(greatest(growthOfDay(select(counter), 7)), 'a week before'),
      ],
      noValue: notKnown,
      links: agentsLink,
    }).overrideByName('a week before', inColor(colors.past));
  return [
    row(20, 'Day by day', y),
    perDay(21, 'Created per day', 0, tasksCreated, 'created'),
    perDay(22, 'Completed per day', 8, tasksCompleted, 'completed'),
    timeSeries({
      id: 23,
      title: 'Time to complete a task',
      description: `Mean time to complete a task, as AI-CRM reports it; dashed, the same a week before. The real AI-CRM does not report it. Worry when it rises while the backlog does. ${needsTwoWeeks}`,
      at: [16, y + 1, 8, 7],
      unit: 'seconds',
      step: '5m',
      queries: [
        over(greatest(select(taskProcessing)), 'time to complete'),
        over(greatest(weekBefore(select(taskProcessing))), 'a week before'),
      ],
      noValue: unknownToReal,
      links: sourcesLink,
    })
      .overrideByName('time to complete', inColor(colors.data))
      .overrideByName('a week before', dashedLine(colors.past)),
  ];
}
