import type { Clock } from '../base/clock.js';
import { isDeadline } from '../base/deadline.js';
import type { Log } from '../base/log.js';
import { aiCrmDefaults } from '../config/sections/ai-crm-section.js';
import { NotAsked, Paced, timeOfDay } from './data-access.js';
import { type DataEnd, isHang, isOutOfReach, OwnFreezes, type ProbeEnd, type Role } from './own-freezes.js';

/** How long a hanging health check blocks data requests if no other check follows. */
const hangSeconds = 300;
/** How long the next data request waits for postponed health probes, which are repeated after a second. */
const owedSeconds = 3;
/** Probes of many components may follow each other without a gap. After this time new ones wait for a data request. */
const overdueSeconds = 15;
/** How long a running request postpones probes. After that they run beside it, so an outage is detected before the request's deadline. */
const putOffSeconds = { mayFreeze: 20, other: 2 } as const;
/**
 * A query that may freeze the server starts within this time after a sign that the server answers. So a later freeze is
 * surely its effect.
 */
const freshSeconds = 0.5;
/** Maximum wait for that sign; longer than the usual interval of probes. */
const signPatienceSeconds = 35;
/** A request this soon after the answer to the one before belongs to the same run. A run that has started is not interrupted. */
const sameRunSeconds = 0.5;

/** What is known about a server besides its components. */
export interface ServerFacts {
  readonly isGuarded?: boolean;
  readonly limitRatio?: number;
  readonly others?: readonly string[];
}

/** A request that waits for its turn. */
interface Entrant {
  readonly source: string;
  readonly mayFreeze: boolean;
  /** Waits only for what is running, because a cleanup is not repeated. */
  readonly isCleanup: boolean;
}

interface Waiting extends Entrant {
  readonly sinceSeconds: number;
  /** It continues a run, even if another source had its turn in between. */
  readonly isSameRun: boolean;
  readonly start: () => void;
  readonly fail: (error: unknown) => void;
}

/**
 * The access to one server that is both monitored and asked for data, at any of its origins. AI-CRM's real backend
 * stands still while it handles a data request (recorded: 8 s, and 93 s after the exporter stopped waiting). So
 * requests and health probes must not overlap, and requests must not freeze the server for longer than their share of
 * time.
 */
export class Lane {
  #underWay: { readonly begunAtSeconds: number; readonly entrant: Entrant } | undefined;
  #probes = 0;
  #waiting: Waiting[] = [];
  readonly #freezes: OwnFreezes;
  /** Components to probe before the next data request, and the time until it waits for them. */
  readonly #owed = new Set<string>();
  #owedUntilSeconds = 0;
  #hangsUntilSeconds = 0;
  /** When the last unanswered probe of a component ended. An answer removes the entry. */
  readonly #hungAtSeconds = new Map<string, number>();
  /** When an answer last showed that the server is free. */
  #signAtSeconds = Number.NEGATIVE_INFINITY;
  #leftAtSeconds = Number.NEGATIVE_INFINITY;
  /** The last query that might freeze the server. */
  #lastQuery: { readonly source: string; readonly leftAtSeconds: number } | undefined;
  #isGuarded = false;
  readonly #clock: Clock;
  #cancelTimer = () => {};

  constructor(
    /** Its first origin, as written in the configuration. */
    public name: string,
    clock: Clock,
    log: Log,
  ) {
    this.#clock = clock;
    this.#freezes = new OwnFreezes(clock, log);
  }

  /**
   * Sets the components that must be probed before the next data request; earlier ones are dropped. `isGuarded`: the
   * server must not be frozen, even if none of its components is monitored; `limitRatio`: the share of time for which
   * it may be. `others`: components whose answers may show that they belong to this server.
   */
  expect(
    components: ReadonlyMap<string, Role>,
    { isGuarded = false, limitRatio = aiCrmDefaults.freezeLimitRatio, others = [] }: ServerFacts = {},
  ): void {
    this.#owed.clear();
    this.#freezes.clear();
    this.#hungAtSeconds.clear();
    this.#isGuarded = isGuarded;
    this.#freezes.limitRatio = limitRatio;
    for (const other of others) this.#owe(other);
    for (const [component, role] of components) {
      this.join(component, role);
      this.#owe(component);
    }
    if (components.size === 0) this.#hangsUntilSeconds = 0;
  }

  /** Adds a component that was found to belong to this server. */
  join(component: string, role: Role): void {
    this.#isGuarded = true;
    this.#freezes.join(component, role);
  }

  /** Removes a component that belongs to another server. */
  remove(component: string): void {
    this.#freezes.remove(component);
    this.#owed.delete(component);
  }

  /** Records that one of `others` was probed. */
  seen(component: string): void {
    if (this.#owed.delete(component)) this.#next();
  }

  isWitness(component: string): boolean {
    return this.#freezes.roleOf(component) === 'witness';
  }

  /** Seconds since the start in which the exporter's queries may have frozen the server. */
  get frozenSeconds(): number {
    return this.#freezes.frozenSeconds;
  }

  /** When the next query that may freeze the server may be sent. */
  get notBeforeSeconds(): number {
    return this.#isGuarded ? this.#freezes.notBeforeSeconds : Number.NEGATIVE_INFINITY;
  }

  /**
   * Waits for the turn of a data request; `leave` must be called when it has ended. Rejects with `NotAsked` when the
   * server hangs, its time is used up, or the turn does not come before the deadline. Rejects with the reason of
   * `signal` when that is aborted for another reason.
   */
  enter(signal: AbortSignal, entrant: Entrant): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        const at = this.#waiting.indexOf(waiting);
        if (at !== -1) this.#waiting.splice(at, 1);
        const late = new NotAsked(
          'timeout',
          `not queried: requests to ${this.name} before it took all the time until the deadline`,
        );
        reject(isDeadline(signal) ? late : (signal.reason as Error));
      };
      const settle = () => signal.removeEventListener('abort', onAbort);
      const sinceSeconds = this.#clock.monotonicSeconds();
      const isSameRun =
        this.#lastQuery?.source === entrant.source && sinceSeconds - this.#lastQuery.leftAtSeconds <= sameRunSeconds;
      const waiting: Waiting = {
        ...entrant,
        sinceSeconds,
        isSameRun,
        start: () => (settle(), resolve()),
        fail: (error) => (settle(), reject(error as Error)),
      };
      if (signal.aborted) return onAbort();
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.push(waiting);
      this.#next();
    });
  }

  /** Ends the running data request. `isSign`: the server itself answered, not a proxy that could not reach it. */
  leave(end: DataEnd, isSign = end === 'answered'): void {
    const request = this.#underWay;
    if (request === undefined) return;
    this.#underWay = undefined;
    const now = this.#clock.monotonicSeconds();
    this.#leftAtSeconds = now;
    if (isSign) this.#signAtSeconds = now;
    if (request.entrant.mayFreeze) {
      this.#lastQuery = { source: request.entrant.source, leftAtSeconds: now };
      this.#freezes.end(end, now);
    }
    this.#owedUntilSeconds = now + owedSeconds;
    this.#next();
  }

  /** Announces a probe. Returns what `endProbe` needs; undefined when the probe is postponed. */
  beginProbe(component: string): number | undefined {
    const now = this.#clock.monotonicSeconds();
    const request = this.#underWay;
    const isInTheWay =
      request !== undefined &&
      now - request.begunAtSeconds < (request.entrant.mayFreeze ? putOffSeconds.mayFreeze : putOffSeconds.other);
    if (isInTheWay || (request === undefined && this.#probes > 0 && this.#isOverdue(now))) {
      this.#owe(component);
      return undefined;
    }
    this.#owed.delete(component);
    this.#probes += 1;
    return now;
  }

  /** Ends a probe; `end` is null when it was cancelled. True when it says nothing about the component and must be discounted. */
  endProbe(component: string, begunAtSeconds: number, end: ProbeEnd | null): boolean {
    this.#probes -= 1;
    const isDiscounted = end !== null && this.#judge(component, begunAtSeconds, end);
    this.#next();
    return isDiscounted;
  }

  #judge(component: string, begunAtSeconds: number, end: ProbeEnd): boolean {
    const isExcused = this.#freezes.judge(component, begunAtSeconds, end);
    if (this.isWitness(component)) this.#witness(component, begunAtSeconds, end);
    return isExcused;
  }

  /** Records what the answer or the hang of a witness says about the server. */
  #witness(component: string, begunAtSeconds: number, end: ProbeEnd): void {
    const now = this.#clock.monotonicSeconds();
    if (!isHang(end)) {
      if (!isOutOfReach(end)) this.#signAtSeconds = now;
      this.#hangsUntilSeconds = 0;
      this.#hungAtSeconds.delete(component);
      return;
    }
    // If something was answered meanwhile, or since the last hang of this component, only one endpoint hangs.
    if (this.#signAtSeconds <= (this.#hungAtSeconds.get(component) ?? begunAtSeconds))
      this.#hangsUntilSeconds = now + hangSeconds;
    this.#hungAtSeconds.set(component, now);
  }

  #owe(component: string): void {
    this.#owed.add(component);
    this.#owedUntilSeconds = this.#clock.monotonicSeconds() + owedSeconds;
  }

  /** Starts the next data request if that is allowed now. Otherwise sets a timer to check again. */
  #next(): void {
    this.#cancelTimer();
    if (this.#waiting.length === 0 || this.#underWay !== undefined) return;
    const now = this.#clock.monotonicSeconds();
    this.#freezes.giveUp(now);
    this.#refuse(now);
    if (this.#probes > 0 || this.#waiting.length === 0) return;
    const cleanup = this.#waiting.findIndex(({ isCleanup }) => isCleanup);
    if (cleanup !== -1) return this.#start(cleanup, now);
    const untilSeconds = Math.max(
      this.#owed.size > 0 && !this.#isOverdue(now) ? this.#owedUntilSeconds : now,
      this.#freezes.unknownUntilSeconds ?? now,
    );
    if (untilSeconds > now) return this.#lookAgainIn(untilSeconds - now);
    const ready = this.#waiting.findIndex((waiting) => this.#readyAtSeconds(waiting, now) <= now);
    if (ready !== -1) return this.#start(ready, now);
    this.#lookAgainIn(Math.min(...this.#waiting.map((waiting) => this.#readyAtSeconds(waiting, now))) - now);
  }

  #lookAgainIn(seconds: number): void {
    this.#cancelTimer = this.#clock.setTimer(() => this.#next(), seconds);
  }

  /** When a request may start without a sign. */
  #readyAtSeconds({ mayFreeze, sinceSeconds }: Waiting, now: number): number {
    if (!mayFreeze || !this.#freezes.hasWitness || now - this.#signAtSeconds <= freshSeconds) return now;
    return sinceSeconds + signPatienceSeconds;
  }

  /** Whether a data request has waited too long, and none was sent meanwhile. */
  #isOverdue(now: number): boolean {
    const [first] = this.#waiting;
    return first !== undefined && now - Math.max(first.sinceSeconds, this.#leftAtSeconds) >= overdueSeconds;
  }

  #start(position: number, now: number): void {
    const [first] = this.#waiting.splice(position, 1);
    if (first === undefined) return;
    this.#underWay = { begunAtSeconds: now, entrant: first };
    if (first.mayFreeze) this.#freezes.begin(now);
    first.start();
  }

  /** Fails requests whose turn will not come. */
  #refuse(now: number): void {
    const kept: Waiting[] = [];
    const refused: (readonly [Waiting, NotAsked])[] = [];
    for (const waiting of this.#waiting) {
      const refusal = waiting.isCleanup ? undefined : this.#refusal(waiting, now);
      if (refusal === undefined) kept.push(waiting);
      else refused.push([waiting, refusal]);
    }
    this.#waiting = kept;
    for (const [{ fail }, refusal] of refused) fail(refusal);
  }

  #refusal({ mayFreeze, isSameRun }: Waiting, now: number): NotAsked | undefined {
    if (now < this.#hangsUntilSeconds)
      return new NotAsked('timeout', `not queried: the health check of ${this.name} hangs`);
    const { lastEnd: end } = this.#freezes;
    if (end === 'timeout' && this.#freezes.unknownUntilSeconds !== undefined) {
      return new NotAsked(
        'timeout',
        `not queried: ${this.name} may still be busy with a request that got no answer in time`,
      );
    }
    const { notBeforeSeconds } = this;
    if (!mayFreeze || now >= notBeforeSeconds || (isSameRun && end === 'answered')) return undefined;
    const at = timeOfDay(this.#clock.nowSeconds() + notBeforeSeconds - now);
    if (end === 'answered')
      return new Paced(
        `not queried: queries as slow as this one would keep ${this.name} busy for more than ${Number((this.#freezes.limitRatio * 100).toPrecision(3))} % of its time; next query at ${at}`,
        notBeforeSeconds,
      );
    return new NotAsked(
      'timeout',
      `not queried: a query that got no answer has kept ${this.name} busy; next query at ${at}`,
      { notBeforeSeconds },
    );
  }
}
