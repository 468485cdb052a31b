import type { AiCrmConfig } from '../config/sections/ai-crm-section.js';
import { originName } from '../net/origin-name.js';
import type { Allowance } from './allowance.js';
import type { SourceLimits } from './data-access.js';

/** The source that counts all requests with AI-CRM's login. */
export const aiCrmSource = 'ai_crm';

/** Budget for each Authorization of a data source other than AI-CRM. */
const otherRequestsPerHour = 500;

/** The requests of one source since the start. */
class Usage {
  requestsTotal = 0;
  budget = 0;
  /** The one used last. Absent: none yet. */
  allowance: Allowance | undefined;

  /** Counts a request. A login has no allowance of the source: the remaining numbers are those of the token. */
  readonly onSent = (allowance?: Allowance): void => {
    this.requestsTotal += 1;
    this.allowance = allowance ?? this.allowance;
  };
}

/** Counts the requests of each source, and knows its budget. The numbers survive a reload of the configuration. */
export class Usages {
  readonly #bySource = new Map<string, Usage>();
  /** Sources of the current configuration. Those of the previous one are no longer shown. */
  readonly #shown = new Set<string>();
  #aiCrm: AiCrmConfig | undefined;

  configure(aiCrm: AiCrmConfig | undefined): void {
    this.#aiCrm = aiCrm;
    this.#shown.clear();
    if (aiCrm?.login !== undefined) this.of(aiCrmSource, aiCrm.url);
  }

  /** The requests of a source that now asks this address. */
  of(source: string, url: string): Usage {
    const usage = this.#bySource.get(source) ?? new Usage();
    this.#bySource.set(source, usage);
    this.#shown.add(source);
    usage.budget = this.#budgetFor(url);
    return usage;
  }

  /** In no order. */
  limits(nowSeconds: number): readonly SourceLimits[] {
    return [...this.#bySource]
      .filter(([source]) => this.#shown.has(source))
      .map(([source, { requestsTotal, budget, allowance }]) => {
        const rateLimitRemaining = allowance?.rateLimitRemaining;
        return {
          source,
          requestsTotal,
          budgetRemaining: allowance?.budgetRemaining(budget, nowSeconds) ?? budget,
          ...(rateLimitRemaining === undefined ? {} : { rateLimitRemaining }),
        };
      });
  }

  /** Requests an hour with one Authorization. */
  #budgetFor(url: string): number {
    const config = this.#aiCrm;
    if (config === undefined || originName(url) !== originName(config.url)) return otherRequestsPerHour;
    const { requestsPerHour, login } = config;
    return login?.kind === 'token' ? requestsPerHour - keptForRestarts(requestsPerHour) : requestsPerHour;
  }
}

/**
 * Requests kept in reserve: a twentieth of the budget, or five. How many requests a fixed token had before a start is
 * known only after the first answer, and these requests find it out.
 */
function keptForRestarts(budget: number): number {
  return Math.floor(Math.min(Math.max(5, budget / 20), budget / 2));
}
