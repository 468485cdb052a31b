import { DataFailure, NotAsked } from '../access/data-access.js';
import { LoginRefused, NotLoggedIn } from '../access/session.js';
import { type Level, levelAgainst } from '../base/level.js';
import type { ProbeFailure } from '../base/reason.js';
import type { Collected, MeasureReading } from '../collector.js';
import type { Threshold } from '../config/sections/thresholds-section.js';
import { operationDuration, operationStatusCode, operationUp } from '../metrics/agent-metrics.js';
import { set } from '../metrics/definition.js';
import { TaskLedger } from './task-ledger.js';

/** An action of users that the exporter performs too, with the same request. */
interface Kind {
  /** The name of its `MeasureReading`. */
  readonly measure: string;
  /** What users notice while it fails. The alert AiCrmOperationFailing has the same words. */
  readonly failing: string;
  /** Whether it may hang itself, because AI-CRM calls others for it. Other operations may only have waited for such a one. */
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

/** What an operation reports after a request. */
export type OperationReport = Required<Pick<Collected, 'samples' | 'readings'>>;

/** Operations that failed at their last request, by name. */
type FailingOperations = Map<OperationName, OperationReport>;

/**
 * Codes that mean that users fail too: a crash, a failed dependency, or a proxy that got no answer or no connection. If
 * all of AI-CRM is down, the alert of its component fires instead of the one about this.
 */
const failingCodes: ReadonlySet<number | undefined> = new Set([500, 502, 503, 504]);

/** Reports whether an action of users works, from the exporter's own request for it. */
export class Operation {
  constructor(
    private readonly name: OperationName,
    private readonly threshold: Threshold,
    /** Timeout of the request. */
    private readonly timeoutSeconds: number,
    private readonly failing: FailingOperations,
  ) {}

  /** The request was answered; `answer` describes the answer. */
  answered(answer: string, durationSeconds: number): OperationReport {
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

  /** The request failed. Until the next request, a failing operation stays failing. */
  failed(failure: ProbeFailure): OperationReport {
    const before = this.failing.get(this.name);
    if (failure instanceof NotAsked && !(failure instanceof NotLoggedIn) && before !== undefined) return before;
    this.failing.delete(this.name);
    const level = this.#levelOf(failure);
    if (level !== 'critical') return { samples: [], readings: [this.#reading(level, failure.message)] };
    const code = failure instanceof DataFailure ? failure.statusCode : undefined;
    const report: OperationReport = {
      samples: [
        set(operationUp, { operation: this.name }, 0),
        ...(code === undefined ? [] : [set(operationStatusCode, { operation: this.name }, code)]),
      ],
      readings: [
        this.#reading(level, `${kinds[this.name].failing}: ${code === undefined ? '' : 'HTTP '}${failure.message}`),
      ],
    };
    if (code !== undefined || kinds[this.name].mayHang) this.failing.set(this.name, report);
    return report;
  }

  /**
   * Without an answer before the deadline, the duration is at least the timeout. Except for this and for a failing
   * code, the state is unknown.
   */
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

/** The two interfaces of AI-CRM; see `api` in `reference.yml`. */
export type BackendInterface = 'real' | 'documented';

/** What is known about one AI-CRM. */
export interface RememberedAiCrm {
  /** Undefined until it is known; the time is on the monotonic clock. */
  api: { readonly found: BackendInterface; readonly atSeconds: number } | undefined;
  readonly tasks: TaskLedger;
  readonly failing: FailingOperations;
  readonly crashes: Crashes;
}

/** Requests in a row that failed because of AI-CRM's database. Other failures in between do not reset the count. */
export interface Crashes {
  count: number;
  /** When the last failed login may be tried again. A repeated failure without a new login has the same time. */
  loginAgainAtSeconds?: number | undefined;
}

/** What the collectors of `ai_crm` keep between two runs. It survives a reload of the configuration. */
export class AiCrmMemory {
  #url: string | undefined;
  #remembered: RememberedAiCrm = nothing();

  /** The state of the AI-CRM at this URL. Another URL is another AI-CRM with other tasks, so only one state is kept. */
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
