import { ProbeFailure } from '../base/reason.js';
import { agentSuccess, agents, agentTasks, agentUtilization } from '../metrics/agent-metrics.js';
import { type Sample, set } from '../metrics/definition.js';
import { listOf, nameLabel, Rejections } from './json-answer.js';
import type { Operation } from './operation.js';
import type { Questions } from './questions.js';
import type { Subject } from './subject.js';
import type { TaskBoard, TaskRow, TaskSource } from './task-board.js';

/** Maximum number of agents with series, because AI-CRM chooses their names. */
const maxAgents = 500;
/** Maximum number of names that are read; no known AI-CRM sends more. */
const maxNames = 10_000;
const question = 'GET /agents';

/** The agents that AI-CRM lists, and the tasks of each. */
export function agentsSubject(
  questions: Questions,
  readTasks: TaskSource,
  intervalSeconds: number,
  operation: Operation,
): Subject {
  return {
    name: 'agents',
    subject: 'agents',
    intervalSeconds,
    requests: 3,
    async read(source, signal) {
      const answer = await questions.get('/agents', source, signal);
      const rejections = new Rejections();
      const names = agentNames(answer.value, rejections);
      const board = await readTasks(signal).catch(asFailure);
      const byAgent =
        'reason' in board ? { samples: [], isFull: names.length > maxAgents } : agentSamples(names, board.tasks);
      const message = names.length === 1 ? '1 agent' : `${names.length} agents`;
      const listed = operation.answered(`${message} listed`, answer.durationSeconds);
      return {
        samples: [set(agents, {}, names.length), ...byAgent.samples, ...listed.samples],
        readings: listed.readings,
        message,
        notices: [
          ...rejections.notices,
          ...(byAgent.isFull
            ? [`there are more than ${maxAgents} agents: the others have no series of their own`]
            : []),
          ...('reason' in board
            ? [`the tasks could not be read (${board.reason}), so numbers of single agents are missing`]
            : board.notices),
        ],
        isTruncated: byAgent.isFull || (!('reason' in board) && board.isTruncated),
        rejectedValues: rejections.count,
        // The tasks are reported under their own source, and another collector may have read them.
        durationSeconds: answer.durationSeconds,
      };
    },
    onFailure: (failure) => operation.failed(failure),
  };
}

/** The names in the answer to `GET /agents` as label values, each once. Throws a `DataFailure` when it is not a list. */
function agentNames(value: unknown, rejections: Rejections): readonly string[] {
  const names = new Set<string>();
  const list = listOf(value, question);
  if (list.length > maxNames)
    rejections.add(`${question}: more than ${maxNames} names, the others are left out`, list.length - maxNames);
  for (const given of list.slice(0, maxNames)) {
    const name = typeof given === 'string' ? nameLabel(given) : '';
    if (name === '') rejections.add(`${question}: a name that is empty or not text is left out`);
    else if (names.has(name)) rejections.add(`${question}: a name is listed more than once and counts once`);
    else names.add(name);
  }
  return [...names];
}

/**
 * Open and done tasks of each listed agent, and of each other owner. Done tasks in the archive count as done. Archived
 * tasks that were not done are neither open nor done; they only lower the success ratio. Tasks whose only known column
 * is the archive are left out.
 */
function agentSamples(
  names: readonly string[],
  tasks: readonly TaskRow[],
): { readonly samples: readonly Sample[]; readonly isFull: boolean } {
  const work = new Map(names.map((name) => [name, { open: 0, done: 0, all: 0 }]));
  let openTotal = 0;
  for (const { owner, column, isArchived } of tasks) {
    if (owner === null || column === 'Archived') continue;
    const own = work.get(owner) ?? { open: 0, done: 0, all: 0 };
    work.set(owner, own);
    own.all += 1;
    if (column === 'Done') own.done += 1;
    else if (!isArchived) {
      own.open += 1;
      openTotal += 1;
    }
  }
  const samples: Sample[] = [];
  for (const [agent, { open, done, all }] of [...work].slice(0, maxAgents)) {
    samples.push(set(agentTasks, { agent, state: 'open' }, open), set(agentTasks, { agent, state: 'done' }, done));
    if (all > 0) samples.push(set(agentSuccess, { agent }, done / all));
    if (openTotal > 0) samples.push(set(agentUtilization, { agent }, open / openTotal));
  }
  return { samples, isFull: work.size > maxAgents };
}

function asFailure(error: unknown): ProbeFailure | TaskBoard {
  if (error instanceof ProbeFailure) return error;
  throw error;
}
