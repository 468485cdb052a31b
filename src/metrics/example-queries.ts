import type { Definition, Room } from './definition.js';
import { agentLastResponse, agentUtilization } from './families/agents.js';
import { tasksCompleted, tasksCreated } from './families/business.js';
import { collectorInterval, collectorLastRun } from './families/collector.js';
import {
  componentMaintenance,
  componentProbeFailures,
  componentProbes,
  componentResponse,
  componentUp,
} from './families/component.js';
import { hostFilesystemAvailable } from './families/host.js';
import { sourceUp } from './families/source.js';
import { thresholdSeconds } from './families/threshold.js';
import { transactionFailures } from './families/transaction.js';

/** A query that answers a question people have. */
export interface ExampleQuery {
  readonly room: Room;
  /** A line that ends with a colon in `docs/metrics.md`; without it here. */
  readonly question: string;
  readonly promql: string;
}

/** Queries for `docs/metrics.md`, in the order of its sections. */
export const exampleQueries: readonly ExampleQuery[] = [
  {
    room: 'component',
    question: 'Components that do not answer and are not in maintenance',
    promql: `${n(componentUp)} == 0 unless on (job, instance, component) ${n(componentMaintenance)} == 1`,
  },
  {
    room: 'component',
    question: 'Share of failed probes in the last hour',
    promql: `sum by (component) (rate(${n(componentProbeFailures)}[1h])) / sum by (component) (rate(${n(componentProbes)}[1h]))`,
  },
  {
    room: 'component',
    question: 'Response time that 95 % of the probes stay below, in seconds',
    promql: `histogram_quantile(0.95, sum by (component, le) (rate(${n(componentResponse)}_bucket[1h])))`,
  },
  {
    room: 'host',
    question: 'File systems that are full in a day if they fill up as in the last six hours',
    promql: `predict_linear(${n(hostFilesystemAvailable)}[6h], 86400) < 0`,
  },
  {
    room: 'agents',
    question: 'Agents that answer more slowly than the warning threshold',
    promql: `${n(agentLastResponse)} > on (job, instance) group_left () ${n(thresholdSeconds)}{threshold="agent_response_time", severity="warning"}`,
  },
  { room: 'agents', question: 'The five agents with the most to do', promql: `topk(5, ${n(agentUtilization)})` },
  {
    room: 'business',
    question: 'Tasks completed for each one created, over a day',
    promql: `increase(${n(tasksCompleted)}[1d]) / increase(${n(tasksCreated)}[1d])`,
  },
  {
    room: 'transaction',
    question: 'Steps that failed within the last hour, and why',
    promql: `sum by (transaction, step, reason) (increase(${n(transactionFailures)}[1h])) > 0`,
  },
  {
    room: 'source',
    question: 'Sources whose numbers have been missing for a quarter of an hour',
    promql: `max_over_time(${n(sourceUp)}[15m]) == 0`,
  },
  {
    room: 'collector',
    question: 'Measurements that are overdue',
    promql: `time() - ${n(collectorLastRun)} > 3 * ${n(collectorInterval)}`,
  },
];

function n({ name }: Pick<Definition, 'name'>): string {
  return name;
}
