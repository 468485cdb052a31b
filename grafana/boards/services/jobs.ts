import {
  heartbeatDeadline,
  heartbeatEvery,
  heartbeatLastReport,
  heartbeatLastSuccess,
  heartbeatRuntime,
  heartbeatStatus,
} from '../../../src/metrics/heartbeat-metrics.js';
import { absentAs, belowZero, levelMappings } from '../../panels/mappings.js';
import { rows } from '../../panels/query.js';
import { table } from '../../panels/table.js';
import { level } from '../../queries/level.js';
import { select } from '../../queries/selector.js';
import { forEachLine } from '../../queries/table-column.js';

/** One line for each job. If two exporters know a job, the latest report counts, as in the alerts. */
const latest = (expression: string) => `max by (component) (${expression})`;
/** The better value of two exporters: usually a job reports to one of them only. */
const best = (expression: string) => `min by (component) (${expression})`;
const everyJob = latest(select(heartbeatEvery));

/** Jobs with heartbeats, the missing ones first. */
export const jobs = (y: number) =>
  table({
    id: 6,
    title: 'Jobs that report in',
    description:
      'Level of each job, time since its last success and last report, length of its last run, expected interval, and time until a success is overdue; a negative time (red) is how long it has been overdue.',
    at: [0, y, 24, 6],
    queries: [
      rows(best(level(heartbeatStatus, {}, 'component'))),
      rows(forEachLine(everyJob, `time() - ${latest(select(heartbeatLastSuccess))}`)),
      rows(forEachLine(everyJob, `time() - ${latest(select(heartbeatLastReport))}`)),
      rows(forEachLine(everyJob, latest(select(heartbeatRuntime)))),
      rows(everyJob),
      rows(`${latest(select(heartbeatDeadline))} - time()`),
    ],
    joinBy: 'component',
    columns: [
      { field: 'component', title: 'Job', minWidthPixels: 120 },
      { field: 'Value #A', title: 'Level', cell: 'level', mappings: levelMappings, widthPixels: 130 },
      { field: 'Value #B', title: 'Last success', unit: 'duration', minWidthPixels: 110, mappings: absentAs('never') },
      { field: 'Value #C', title: 'Last report', unit: 'duration', minWidthPixels: 110, mappings: absentAs('never') },
      { field: 'Value #D', title: 'Run time', unit: 'seconds', mappings: absentAs('–') },
      { field: 'Value #E', title: 'Expected every', unit: 'duration' },
      { field: 'Value #F', title: 'Missed in', unit: 'seconds', cell: 'level', mappings: belowZero },
    ],
    sortBy: 'Level',
    noValue: 'no job reports in: heartbeats is not configured',
  });
