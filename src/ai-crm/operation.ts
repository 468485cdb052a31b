import { DataFailure, NotAsked } from '../access/data-access.js';
import { LoginRefused, NotLoggedIn } from '../access/session.js';
import { type Level, levelAgainst } from '../base/level.js';
import type { ProbeFailure } from '../base/reason.js';
import type { Collected, MeasureReading } from '../collector.js';
import type { Threshold } from '../config/sections/thresholds-section.js';
import { operationDuration, operationStatusCode, operationUp } from '../metrics/agent-metrics.js';
import { set } from '../metrics/definition.js';
import { TaskLedger } from './task-ledger.js';

/** What users do by a question that the exporter asks as well. */
interface Kind {
  /** The name of its `MeasureReading`. */
  readonly measure: string;
  /** What users meet while it fails. The alert AiCrmOperationFailing has the same words. */
  readonly failing: string;
  /** Whether it may be the one that hangs, as AI-CRM calls others for it. Without an answer in time, the others may only have waited for it. */
  readonly mayHang: boolean;
}

const kinds = {
  task_board: { measure: 'task board', failing: 'The task board cannot be loaded', mayHang: true },
  agent_list: { measure: 'agent list', failing: 'The list of agents cannot be loaded', mayHang: false },
  agent_suggestion: { measure: 'agent response', failing: 'No agent can be suggested for a task', mayHang: false },
  pm_analysis: { measure: 'PM analysis', failing: 'The PM gateway cannot analyse a task', mayHang: false },
} as const satisfies Readonly<Record<string, Kind>>;

/** The label `operation`. */
export type OperationName = keyof typeof kinds;

/** What is told of an operation after a question. */
export type Told = Required<Pick<Collected, 'samples' | 'readings'>>;

/** Failures of operations that were found at the last question, by name. */
type FailingOperations = Map<OperationName, Told>;

/**
 * Answers that say that users do not get it either: a crash, something that it needs, a proxy that waited in vain for it or does not
 * reach who answers it. Where all of AI-CRM is down, that is a component's alert, and the one about this is excused.
 */
const failingCodes: ReadonlySet<number | undefined> = new Set([500, 502, 503, 504]);

/** Says how something stands that users do, from how the same question of the exporter went. */
export class Operation {
  constructor(
    private readonly name: OperationName,
    private readonly threshold: Threshold,
    /** Of the question. */
    private readonly timeoutSeconds: number,
    private readonly failing: FailingOperations,
  ) {}

  /** It was answered: `answer` says with what. */
  answered(answer: string, durationSeconds: number): Told {
    this.failing.delete(this.name);
    const { warning, critical } = this.threshold;
    const message = `${answer} in ${Number(durationSeconds.toFixed(3))} s; warning above ${warning} s, critical above ${critical} s`;
    return {
      samples: [
        set(operationUp, { operation: this.name }, 1),
        set(operationDuration, { operation: this.name }, durationSeconds),
      ],
      readings: [this.#reading(levelAgainst(durationSeconds, this.threshold), message)],
    };
  }

  /** It was not. As long as it is not asked again, what failed goes on failing. */
  failed(failure: ProbeFailure): Told {
    const before = this.failing.get(this.name);
    if (failure instanceof NotAsked && !(failure instanceof NotLoggedIn) && before !== undefined) return before;
    this.failing.delete(this.name);
    const level = this.#levelOf(failure);
    if (level !== 'critical') return { samples: [], readings: [this.#reading(level, failure.message)] };
    const code = failure instanceof DataFailure ? failure.statusCode : undefined;
    const told: Told = {
      samples: [
        set(operationUp, { operation: this.name }, 0),
        ...(code === undefined ? [] : [set(operationStatusCode, { operation: this.name }, code)]),
      ],
      readings: [
        this.#reading(level, `${kinds[this.name].failing}: ${code === undefined ? '' : 'HTTP '}${failure.message}`),
      ],
    };
    if (code !== undefined || kinds[this.name].mayHang) this.failing.set(this.name, told);
    return told;
  }

  /** No answer within the deadline is at least that slow; everything but that and a failing code says that we could not look. */
  #levelOf(failure: ProbeFailure): Level {
    if (failure instanceof NotAsked || failure instanceof LoginRefused) return 'unknown';
    if (failure instanceof DataFailure && failingCodes.has(failure.statusCode)) return 'critical';
    if (failure.reason === 'closed') return 'critical';
    if (failure.reason !== 'timeout') return 'unknown';
    const level = levelAgainst(this.timeoutSeconds, this.threshold);
    return level === 'healthy' ? 'unknown' : level;
  }

  #reading(level: Level, message: string): MeasureReading {
    return { subject: 'measure', name: kinds[this.name].measure, level, message };
  }
}

/** The two that an AI-CRM can have; see `api` in `reference.yml`. */
export type BackendInterface = 'real' | 'documented';

/** What is known of one AI-CRM. */
export interface RememberedAiCrm {
  /** Undefined until it was found out; when that was is on the monotonic clock. */
  api: { readonly found: BackendInterface; readonly atSeconds: number } | undefined;
  readonly tasks: TaskLedger;
  readonly failing: FailingOperations;
  readonly crashes: Crashes;
}

/** Questions in a row that AI-CRM could not ask its database, however many other failures lie between them. */
export interface Crashes {
  count: number;
  /** When the login that failed last may be tried again: one that is only told again has the same time. */
  loginAgainAtSeconds?: number | undefined;
}

/** What the collectors of `ai_crm` remember from one run to the next; outlives a reload of the configuration. */
export class AiCrmMemory {
  #url: string | undefined;
  #remembered: RememberedAiCrm = nothing();

  /** What is remembered of the AI-CRM at this URL. Of one at a time: another URL is another AI-CRM, with other tasks. */
  of(url: string): RememberedAiCrm {
    if (this.#url !== url) {
      this.#url = url;
      this.#remembered = nothing();
    }
    return this.#remembered;
  }
}

function nothing(): RememberedAiCrm {
  return { api: undefined, tasks: new TaskLedger(), failing: new Map(), crashes: { count: 0 } };
}
