import type { Clock } from '../base/clock.js';
import { isDeadline } from '../base/deadline.js';
import type { Log } from '../base/log.js';
import { aiCrmDefaults } from '../config/sections/ai-crm-section.js';
import { NotAsked, Paced, timeOfDay } from './data-access.js';
import { type DataEnd, isHang, isOutOfReach, OwnFreezes, type ProbeEnd, type Role } from './own-freezes.js';

/** A health check that hung is believed this long, should none follow it. */
const hangSeconds = 300;
/** How long the next data request waits for health probes that have been put off: they come back after a second. */
const owedSeconds = 3;
/** Probes of many components may follow each other without a gap; after so long the next ones wait for a data request instead. */
const overdueSeconds = 15;
/** For so long a probe is put off beside a request under way. It is not taken for longer: an outage must not wait for our own deadline. */
const putOffSeconds = { mayFreeze: 20, other: 2 } as const;
/** A query that may freeze the server begins at once after a sign that the server answers, so that a freeze that follows is its own. */
const freshSeconds = 0.5;
/** It waits this long for that sign, which is more than the usual interval of probes. */
const signPatienceSeconds = 35;
/** The next request of a run comes this soon after the answer to the one before, and a run that has begun is not cut in the middle. */
const sameRunSeconds = 0.5;

/** What is known of a server besides its components. */
export interface ServerFacts {
  readonly isGuarded?: boolean;
  readonly limitRatio?: number;
  readonly others?: readonly string[];
}

/** A request that wants its turn. */
interface Entrant {
  readonly source: string;
  readonly mayFreeze: boolean;
  /** Waits for nothing but what is under way, since nobody comes back for it. */
  readonly isCleanup: boolean;
}

interface Waiting extends Entrant {
  readonly sinceSeconds: number;
  /** It goes on with a run, whoever has his turn before it. */
  readonly isSameRun: boolean;
  readonly start: () => void;
  readonly fail: (error: unknown) => void;
}

/**
 * The way to one server that is both watched and asked for data, by whatever origins. AI-CRM's real backend stands still while it
 * works on a data request (recorded: 8 s, and 93 s after we had gone), so requests and health probes have to keep out of each other's
 * way, and its own requests must not freeze it for longer than their share of time.
 */
export class Lane {
  #underWay: { readonly begunAtSeconds: number; readonly entrant: Entrant } | undefined;
  #probes = 0;
  #waiting: Waiting[] = [];
  readonly #freezes: OwnFreezes;
  /** Components whose probes come before the next data request, and until when that is waited for. */
  readonly #owed = new Set<string>();
  #owedUntilSeconds = 0;
  #hangsUntilSeconds = 0;
  /** When the last probe of a component ended that got no answer, while none of its probes gets one. */
  readonly #hungAtSeconds = new Map<string, number>();
  /** When something was answered that shows that the server is free. */
  #signAtSeconds = Number.NEGATIVE_INFINITY;
  #leftAtSeconds = Number.NEGATIVE_INFINITY;
  /** The last query that may freeze the server. */
  #lastQuery: { readonly source: string; readonly leftAtSeconds: number } | undefined;
  #isGuarded = false;
  readonly #clock: Clock;
  #cancelTimer = () => {};

  constructor(
    /** Its first origin, as the configuration writes it. */
    public name: string,
    clock: Clock,
    log: Log,
  ) {
    this.#clock = clock;
    this.#freezes = new OwnFreezes(clock, log);
  }

  /**
   * Lets these components be probed before data is asked for again: what they are comes first. Those before them are forgotten.
   * `isGuarded`: also without any it is a server that must not be frozen, and `limitRatio` the share of time for which it may be. `others`:
   * those whose answers may show that they are its own.
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

  /** Adds a component that was found to be one of this server. */
  join(component: string, role: Role): void {
    this.#isGuarded = true;
    this.#freezes.join(component, role);
  }

  /** Takes out one that turned out to belong to another. */
  remove(component: string): void {
    this.#freezes.remove(component);
    this.#owed.delete(component);
  }

  /** Takes note that one of the others was probed. */
  seen(component: string): void {
    if (this.#owed.delete(component)) this.#next();
  }

  isWitness(component: string): boolean {
    return this.#freezes.roleOf(component) === 'witness';
  }

  /** In how many seconds since the start own queries may have frozen the server. */
  get frozenSeconds(): number {
    return this.#freezes.frozenSeconds;
  }

  /** When a query that may freeze the server is sent again. */
  get notBeforeSeconds(): number {
    return this.#isGuarded ? this.#freezes.notBeforeSeconds : Number.NEGATIVE_INFINITY;
  }

  /**
   * Waits for the turn of a data request; `leave` must be called when it has ended. Rejects with `NotAsked` when the server
   * hangs, its time is used up, or the turn does not come before the deadline, and with the reason of `signal` when that is aborted
   * otherwise.
   */
  enter(signal: AbortSignal, entrant: Entrant): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        const at = this.#waiting.indexOf(waiting);
        if (at !== -1) this.#waiting.splice(at, 1);
        const late = new NotAsked('timeout', `not asked: its turn at ${this.name} did not come before the deadline`);
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

  /** Ends the data request under way. `isSign`: the answer was one of the server itself, and not of a proxy that could not reach it. */
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
    if (this.#owed.size > 0) this.#owedUntilSeconds = now + owedSeconds;
    this.#next();
  }

  /** Announces a probe; undefined when it has to be put off, otherwise what `endProbe` wants to have back. */
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

  /** Tells how it ended, null when it was called off. True when it says nothing about the component and is to be discounted. */
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

  /** Takes note of what an answer or a hang of something that the server itself answers says about it. */
  #witness(component: string, begunAtSeconds: number, end: ProbeEnd): void {
    const now = this.#clock.monotonicSeconds();
    if (!isHang(end)) {
      if (!isOutOfReach(end)) this.#signAtSeconds = now;
      this.#hangsUntilSeconds = 0;
      this.#hungAtSeconds.delete(component);
      return;
    }
    // Unless something was answered meanwhile, or since this one hung before: then one endpoint hangs, and not the server.
    if (this.#signAtSeconds <= (this.#hungAtSeconds.get(component) ?? begunAtSeconds))
      this.#hangsUntilSeconds = now + hangSeconds;
    this.#hungAtSeconds.set(component, now);
  }

  #owe(component: string): void {
    this.#owed.add(component);
    this.#owedUntilSeconds = this.#clock.monotonicSeconds() + owedSeconds;
  }

  /** Starts the next data request if it may be started now, or sees to it that this is looked at again. */
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

  /** When a request may begin, if there is no sign before. */
  #readyAtSeconds({ mayFreeze, sinceSeconds }: Waiting, now: number): number {
    if (!mayFreeze || !this.#freezes.hasWitness || now - this.#signAtSeconds <= freshSeconds) return now;
    return sinceSeconds + signPatienceSeconds;
  }

  /** Whether a data request has been waiting for long, and none was sent meanwhile. */
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

  /** Fails what waits for a turn that does not come. */
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
      return new NotAsked('timeout', `not asked: the health check of ${this.name} hangs`);
    const { lastEnd: end } = this.#freezes;
    if (end === 'timeout' && this.#freezes.unknownUntilSeconds !== undefined) {
      return new NotAsked(
        'timeout',
        `not asked: ${this.name} may still be busy with a request that got no answer in time`,
      );
    }
    const { notBeforeSeconds } = this;
    if (!mayFreeze || now >= notBeforeSeconds || (isSameRun && end === 'answered')) return undefined;
    const at = timeOfDay(this.#clock.nowSeconds() + notBeforeSeconds - now);
    if (end === 'answered')
      return new Paced(
        `not asked, since queries that take so long would keep ${this.name} busy for more than ${Number((this.#freezes.limitRatio * 100).toPrecision(3))} % of its time; asked again at ${at}`,
        notBeforeSeconds,
      );
    return new NotAsked(
      'timeout',
      `not asked: a query without an answer has kept ${this.name} busy; asked again at ${at}`,
      { notBeforeSeconds },
    );
  }
}
