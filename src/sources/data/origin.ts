import type { Clock } from '../../clock.js';
import type { Log } from '../../log.js';
import type { FailureReason } from '../../reason.js';
import { isDeadline } from '../deadline.js';
import { NotAsked } from './failure.js';

/** How long after its beginning a request that we gave up may still freeze the other side; 93 s were recorded. */
const shadowSeconds = 120;
/** A health check that hung is believed this long, should none follow it. */
const hangSeconds = 300;
/** How long the next data request waits for health probes that have been put off: they come back after a second. */
const owedSeconds = 3;
/** Probes of many components may follow each other without a gap; after so long the next ones wait for a data request instead. */
const overdueSeconds = 15;

/** What a health probe found, as far as it matters here. */
export interface ProbeEnd {
  readonly reason: FailureReason | null;
  /** Slower than the warning threshold of its component. */
  readonly isSlow: boolean;
}

/** What health probes have to ask before and tell after, so that none is taken behind our own data request. */
export interface HealthGate {
  /** Announces a probe; undefined when it has to be put off, otherwise what `endProbe` wants to have back. */
  beginProbe(component: string): number | undefined;
  /** Tells how it ended, null when it was called off. True when it says nothing about the component and is to be discounted. */
  endProbe(component: string, begunAtSeconds: number, end: ProbeEnd | null): boolean;
}

/** Where the gate of each origin is found. */
export interface HealthGates {
  /** The gate of the origin of a URL, the same one for the life of the process. */
  gateFor(url: string): HealthGate;
}

/** How a data request ended: `gone` when we left before the answer, `unsent` when it never reached the other side. */
export type DataEnd = 'answered' | 'timeout' | 'gone' | 'unsent';

interface Waiting {
  readonly sinceSeconds: number;
  readonly isCleanup: boolean;
  readonly start: () => void;
  readonly fail: (error: unknown) => void;
}

const shady: ReadonlySet<FailureReason> = new Set(['timeout', 'body', 'connect']);

/**
 * One server that is both watched and asked for data. AI-CRM's real backend stands still while it works on a data request
 * (recorded: 8 s, and 93 s after we had gone), so requests and health probes have to keep out of each other's way.
 */
export class Origin implements HealthGate {
  #isAsked = false;
  #probes = 0;
  #waiting: Waiting[] = [];
  /** Components whose probes come before the next data request, and until when that is waited for. */
  readonly #owed = new Set<string>();
  #owedUntilSeconds = 0;
  #hangsUntilSeconds = 0;
  #answeredAtSeconds = Number.NEGATIVE_INFINITY;
  /** When the last probe of a component ended that got no answer, while none of its probes gets one. */
  readonly #hungAtSeconds = new Map<string, number>();
  #leftAtSeconds = Number.NEGATIVE_INFINITY;
  #shadow: { readonly untilSeconds: number; readonly isTimeout: boolean; isLogged: boolean } | undefined;
  #cancelTimer = () => {};

  constructor(
    readonly name: string,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** Lets these components be probed before data is asked for again: what they are comes first. Those before them are forgotten. */
  expect(components: readonly string[]): void {
    this.#owed.clear();
    this.#hungAtSeconds.clear();
    for (const component of components) this.#owe(component);
    if (components.length === 0) this.#hangsUntilSeconds = 0;
  }

  /**
   * Waits for the turn of a data request; `leave` must be called when it has ended. Rejects with `NotAsked` when the server
   * hangs or the turn does not come before the deadline, and with the reason of `signal` when that is aborted otherwise. Cleanup
   * waits for nothing but what is under way, since nobody comes back for it.
   */
  enter(signal: AbortSignal, isCleanup = false): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        const at = this.#waiting.indexOf(waiting);
        if (at !== -1) this.#waiting.splice(at, 1);
        const late = new NotAsked('timeout', `not asked: its turn at ${this.name} did not come before the deadline`);
        reject(isDeadline(signal) ? late : (signal.reason as Error));
      };
      const settle = () => signal.removeEventListener('abort', onAbort);
      const waiting: Waiting = { sinceSeconds: this.clock.monotonicSeconds(), isCleanup, start: () => (settle(), resolve()), fail: (error) => (settle(), reject(error as Error)) };
      if (signal.aborted) return onAbort();
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.push(waiting);
      this.#next();
    });
  }

  /** Ends a data request that began then. */
  leave(begunAtSeconds: number, end: DataEnd): void {
    this.#isAsked = false;
    const now = this.clock.monotonicSeconds();
    this.#leftAtSeconds = now;
    if (end === 'timeout' || end === 'gone') this.#shadow = { untilSeconds: begunAtSeconds + shadowSeconds, isTimeout: end === 'timeout', isLogged: false };
    if (this.#owed.size > 0) this.#owedUntilSeconds = now + owedSeconds;
    this.#next();
  }

  beginProbe(component: string): number | undefined {
    if (this.#isAsked || (this.#probes > 0 && this.#isOverdue(this.clock.monotonicSeconds()))) {
      this.#owe(component);
      return undefined;
    }
    this.#owed.delete(component);
    this.#probes += 1;
    return this.clock.monotonicSeconds();
  }

  endProbe(component: string, begunAtSeconds: number, end: ProbeEnd | null): boolean {
    this.#probes -= 1;
    const isDiscounted = end !== null && this.#judge(component, begunAtSeconds, end);
    this.#next();
    return isDiscounted;
  }

  #judge(component: string, begunAtSeconds: number, { reason, isSlow }: ProbeEnd): boolean {
    const now = this.clock.monotonicSeconds();
    if (reason !== 'timeout') {
      this.#answeredAtSeconds = now;
      this.#hangsUntilSeconds = 0;
      this.#hungAtSeconds.delete(component);
    } else {
      // Unless another probe was answered meanwhile, or since this one hung before: then one endpoint hangs, and not the server.
      if (this.#answeredAtSeconds < (this.#hungAtSeconds.get(component) ?? begunAtSeconds)) this.#hangsUntilSeconds = now + hangSeconds;
      this.#hungAtSeconds.set(component, now);
    }
    const shadow = this.#shadow;
    if (shadow === undefined) return false;
    const isOurs = (isSlow || (reason !== null && shady.has(reason))) && now < shadow.untilSeconds;
    if (!isOurs) this.#shadow = undefined;
    else if (!shadow.isLogged) {
      shadow.isLogged = true;
      this.log.debug('health probe discounted, the server may be busy with a request that was given up', { origin: this.name, component });
    }
    return isOurs;
  }

  #owe(component: string): void {
    this.#owed.add(component);
    this.#owedUntilSeconds = this.clock.monotonicSeconds() + owedSeconds;
  }

  /** Starts the next data request if it may be started now, or sees to it that this is looked at again. */
  #next(): void {
    this.#cancelTimer();
    if (this.#waiting.length === 0 || this.#isAsked) return;
    const now = this.clock.monotonicSeconds();
    const refusal = this.#refusal(now);
    if (refusal !== undefined) {
      const refused = this.#waiting.filter(({ isCleanup }) => !isCleanup);
      this.#waiting = this.#waiting.filter(({ isCleanup }) => isCleanup);
      for (const { fail } of refused) fail(refusal);
    }
    if (this.#probes > 0 || this.#waiting.length === 0) return;
    const cleanup = this.#waiting.findIndex(({ isCleanup }) => isCleanup);
    if (cleanup !== -1) return this.#start(cleanup);
    const untilSeconds = Math.max(this.#owed.size > 0 && !this.#isOverdue(now) ? this.#owedUntilSeconds : now, this.#shadow?.untilSeconds ?? now);
    if (untilSeconds > now) {
      this.#cancelTimer = this.clock.setTimer(() => this.#next(), untilSeconds - now);
      return;
    }
    this.#start(0);
  }

  /** Whether a data request has been waiting for long, and none was sent meanwhile. */
  #isOverdue(now: number): boolean {
    const [first] = this.#waiting;
    return first !== undefined && now - Math.max(first.sinceSeconds, this.#leftAtSeconds) >= overdueSeconds;
  }

  #start(position: number): void {
    this.#isAsked = true;
    this.#waiting.splice(position, 1)[0]?.start();
  }

  #refusal(now: number): NotAsked | undefined {
    if (now < this.#hangsUntilSeconds) return new NotAsked('timeout', `not asked: the health check of ${this.name} hangs`);
    if (this.#shadow?.isTimeout === true && now < this.#shadow.untilSeconds) {
      return new NotAsked('timeout', `not asked: ${this.name} may still be busy with a request that got no answer in time`);
    }
    return undefined;
  }
}
