import type { DataAccess } from '../access/data-access.js';
import type { Clock } from '../base/clock.js';
import type { Log } from '../base/log.js';
import { ProbeFailure } from '../base/reason.js';
import type { Collector } from '../collector.js';
import type { Config } from '../config/config.js';
import type { AiCrmConfig } from '../config/sections/ai-crm-section.js';
import type { Threshold } from '../config/sections/thresholds-section.js';
import { aiCrmSubjects, switchedOffBy } from '../config/sections/tracking-section.js';
import { agentsSubject } from './agents.js';
import { backendInterface } from './backend-interface.js';
import { databaseSubject } from './database.js';
import { documentedCollectors } from './documented.js';
import { type AiCrmMemory, type BackendInterface, Operation, type OperationName } from './operation.js';
import { createQuestions, type Questions } from './questions.js';
import { accountRights } from './shared-answer.js';
import { type Subject, subjectCollector } from './subject.js';
import { taskSource } from './task-board.js';
import { tasksSubject } from './tasks.js';
import { agentResponseQuestion, pmGatewayQuestion, timedQuestion } from './timed-question.js';
import { usersSubject } from './users.js';

interface AiCrmParts {
  readonly config: Pick<Config, 'intervals' | 'retryIntervalSeconds' | 'thresholds' | 'tracking'>;
  readonly aiCrm: AiCrmConfig;
  readonly data: DataAccess;
  readonly clock: Clock;
  readonly log: Log;
  readonly memory: AiCrmMemory;
}

/** The collectors of AI-CRM's own numbers: of its real interface, of the documented one, or of both until it is known which it has. */
export function aiCrmCollectors(parts: AiCrmParts): readonly Collector[] {
  const { aiCrm, data, clock, log, memory } = parts;
  const questions = createQuestions(aiCrm, data.client);
  const interfaceOf = backendInterface(aiCrm, { questions, remembered: memory.of(aiCrm.url), clock, log });
  const shared = { aiCrm, questions, interfaceOf, rights: accountRights(aiCrm, data, clock), clock };
  const ofReal =
    aiCrm.api === 'documented' ? [] : subjects(parts, questions).map((subject) => subjectCollector(subject, shared));
  const ofDocumented = aiCrm.api === 'real' ? [] : documented(parts);
  return [...ofReal, ...ofDocumented.map((collector) => whileDocumented(collector, interfaceOf))];
}

/** The collectors of the documented interface, without those that are not collected or switched off. */
function documented({ config, aiCrm, data }: AiCrmParts): readonly Collector[] {
  const { intervals, thresholds, tracking } = config;
  const subjects = (aiCrm.collect ?? aiCrmSubjects).filter((subject) => switchedOffBy(tracking, subject) === undefined);
  return documentedCollectors({
    aiCrm,
    intervals,
    thresholds,
    subjects,
    isSwitchedOff: (what) => switchedOffBy(tracking, what) !== undefined,
    client: data.client,
  });
}

function subjects({ config, aiCrm, memory, clock }: AiCrmParts, questions: Questions): readonly Subject[] {
  const { intervals, retryIntervalSeconds, thresholds, tracking } = config;
  const { tasks: ledger, failing, crashes } = memory.of(aiCrm.url);
  const everySeconds = intervals.agentPerformanceSeconds;
  const readTasks = taskSource(questions, ledger, clock, everySeconds);
  const operation = (name: OperationName, threshold: Threshold) =>
    new Operation(name, threshold, aiCrm.timeoutSeconds, failing);
  const all: readonly Subject[] = [
    tasksSubject(readTasks, ledger, everySeconds, operation('task_board', thresholds.responseTimeSeconds)),
    agentsSubject(questions, readTasks, everySeconds, operation('agent_list', thresholds.responseTimeSeconds)),
    timedQuestion(
      agentResponseQuestion(everySeconds),
      questions,
      operation('agent_suggestion', thresholds.agentResponseTimeSeconds),
    ),
    usersSubject(questions, intervals.detailedAnalysisSeconds),
    timedQuestion(
      pmGatewayQuestion(intervals.detailedAnalysisSeconds),
      questions,
      operation('pm_analysis', thresholds.taskProcessingTimeSeconds),
    ),
    databaseSubject(questions, { intervalSeconds: intervals.healthChecksSeconds, retryIntervalSeconds, crashes }),
  ];
  const collected = aiCrm.collect ?? aiCrmSubjects;
  return all.filter(({ name, subject }) => collected.includes(subject) && switchedOffBy(tracking, name) === undefined);
}

/**
 * Runs a collector only if AI-CRM has the documented interface. Otherwise it gives nothing, because those of the real
 * interface report. The interface may be found out later, and collectors cannot be added later.
 */
function whileDocumented(
  collector: Collector,
  interfaceOf: (signal: AbortSignal) => Promise<BackendInterface>,
): Collector {
  return {
    ...collector,
    async collect(signal) {
      const found = await interfaceOf(signal).catch(unknownInterface);
      return found === 'documented' ? collector.collect(signal) : { samples: [], readings: [] };
    },
  };
}

function unknownInterface(error: unknown): undefined {
  if (error instanceof ProbeFailure) return undefined;
  throw error;
}
