import type { Clock } from '../base/clock.js';
import type { Log } from '../base/log.js';
import type { FailureReason } from '../base/reason.js';
import { aiCrmDefaults } from '../config/sections/ai-crm-section.js';

/** Queries that together freeze it for a bit more than a second follow each other without a pause: there are two of them in a run. */
const slackSeconds = 60;

/**
 * Sees to it that the exporter's own queries do not freeze a server for longer than their share: each freeze is paid for with a
 * time without a query, fifty times as long for a share of 0.02. What one query will cost is not known before, so that an hour may have the share and one query
 * more. Times are on the monotonic clock.
 */
class FreezeBudget {
  /** The share of time. */
  limitRatio: number = aiCrmDefaults.freezeLimitRatio;
  #spentSeconds = 0;
  #paidAtSeconds = Number.NEGATIVE_INFINITY;

  /** Counts a freeze of this length. */
  spend(begunAtSeconds: number, seconds: number): void {
    this.#spentSeconds += seconds;
    this.#paidAtSeconds = this.#paidAfter(begunAtSeconds, seconds);
  }

  /** All of it since the start. */
  get spentSeconds(): number {
    return this.#spentSeconds;
  }

  /** When the next query may begin; in the past when it may now. `pending` is a freeze that is not over yet, with its expected length. */
  notBeforeSeconds(pending?: { readonly begunAtSeconds: number; readonly seconds: number }): number {
    return (
      (pending === undefined ? this.#paidAtSeconds : this.#paidAfter(pending.begunAtSeconds, pending.seconds)) -
      slackSeconds
    );
  }

  #paidAfter(begunAtSeconds: number, seconds: number): number {
    return Math.max(this.#paidAtSeconds, begunAtSeconds) + seconds / this.limitRatio;
  }
}

/** The longest that one query freezes AI-CRM: it tries its upstream three times, 31 s each (93 s were recorded), whether we wait or not. */
const longestFreezeSeconds = 95;

/** What a health probe found, as far as it matters here. */
export interface ProbeEnd {
  readonly reason: FailureReason | null;
  /** Slower than the warning threshold of its component. */
  readonly isSlow: boolean;
  readonly statusCode?: number;
}

/** How a data request ended: `gone` when we left before the answer, `unsent` when it never reached the other side. */
export type DataEnd = 'answered' | 'timeout' | 'gone' | 'unsent';

/**
 * What a component has to do with the server: a `witness` is answered by it, so that an answer shows that it is free; one that is
 * `behind` may have to wait for it, and answers by itself as well, as a proxy does.
 */
export type Role = 'witness' | 'behind';

interface Member {
  readonly role: Role;
  /** How the last probe that counted ended. */
  state: 'well' | 'slow' | 'failing';
  answeredAtSeconds: number;
}

/** The last query that may have frozen the server. */
interface Freeze {
  readonly begunAtSeconds: number;
  end: DataEnd | 'under way';
  /** When we had its answer, or did not wait any longer. */
  leftAtSeconds: number;
  /** When the server was free again, once that is known. */
  overAtSeconds: number | undefined;
  /** Members that were seen to wait for it and have not been answered since. */
  readonly suffering: Set<string>;
  isLogged: boolean;
}

/** What the exporter's own queries do to one server: how long each may have frozen it, and which probes it excuses. */
export class OwnFreezes {
  readonly #members = new Map<string, Member>();
  #freeze: Freeze | undefined;
  readonly #budget = new FreezeBudget();

  constructor(
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** Takes in a component whose probes may have to wait for the server. */
  join(component: string, role: Role): void {
    this.#members.set(component, { role, state: 'well', answeredAtSeconds: Number.NEGATIVE_INFINITY });
  }

  remove(component: string): void {
    this.#members.delete(component);
  }

  clear(): void {
    this.#members.clear();
  }

  /** Undefined for a component that is not one of this server. */
  roleOf(component: string): Role | undefined {
    return this.#members.get(component)?.role;
  }

  get hasWitness(): boolean {
    return [...this.#members.values()].some(({ role }) => role === 'witness');
  }

  /** In how many seconds since the start own queries may have frozen the server. */
  get frozenSeconds(): number {
    return this.#budget.spentSeconds;
  }

  get limitRatio(): number {
    return this.#budget.limitRatio;
  }

  set limitRatio(share: number) {
    this.#budget.limitRatio = share;
  }

  /** How the last query that may freeze the server ended. */
  get lastEnd(): DataEnd | 'under way' | undefined {
    return this.#freeze?.end;
  }

  /** When the next one may begin. */
  get notBeforeSeconds(): number {
    const freeze = this.#freeze;
    if (freeze === undefined || this.unknownUntilSeconds === undefined) return this.#budget.notBeforeSeconds();
    return this.#budget.notBeforeSeconds({ begunAtSeconds: freeze.begunAtSeconds, seconds: expectedSeconds(freeze) });
  }

  /** Until when it is not known whether a query whose answer nobody waited for is over; undefined where it is. */
  get unknownUntilSeconds(): number | undefined {
    const freeze = this.#freeze;
    if (freeze === undefined || freeze.overAtSeconds !== undefined || freeze.end === 'under way') return undefined;
    return freeze.begunAtSeconds + longestFreezeSeconds;
  }

  /** A query begins that may freeze the server. */
  begin(now: number): void {
    this.giveUp(Number.POSITIVE_INFINITY);
    this.#freeze = {
      begunAtSeconds: now,
      end: 'under way',
      leftAtSeconds: now,
      overAtSeconds: undefined,
      suffering: new Set(),
      isLogged: false,
    };
  }

  end(end: DataEnd, now: number): void {
    if (this.#freeze === undefined) return;
    Object.assign(this.#freeze, { end, leftAtSeconds: now });
    if (end === 'unsent') this.#freeze = undefined;
    else if (end === 'answered') this.#thaw(now);
  }

  /** Takes one for over of which nothing more was seen. */
  giveUp(now: number): void {
    const untilSeconds = this.unknownUntilSeconds;
    if (untilSeconds !== undefined && this.#freeze !== undefined && now >= untilSeconds)
      this.#thaw(this.#freeze.begunAtSeconds + expectedSeconds(this.#freeze));
  }

  /** Takes note of how a probe ended; true when it says nothing about its component. */
  judge(component: string, begunAtSeconds: number, end: ProbeEnd): boolean {
    const member = this.#members.get(component);
    if (member === undefined) return false;
    const now = this.clock.monotonicSeconds();
    const isExcused = this.#isExcused(member, begunAtSeconds, end, now);
    if (isExcused) this.#suffer(component, now);
    else member.state = end.reason !== null ? 'failing' : end.isSlow ? 'slow' : 'well';
    if (!isHang(end)) {
      member.answeredAtSeconds = now;
      this.#relieve(component, member.role, now);
    }
    return isExcused;
  }

  /**
   * Only what a busy server does is excused, only in the time for which a query of ours may keep it busy, and only for a component that was
   * well before and has not been answered since.
   */
  #isExcused({ state, answeredAtSeconds }: Member, begunAtSeconds: number, end: ProbeEnd, now: number): boolean {
    const freeze = this.#freeze;
    if (
      freeze === undefined ||
      now > freeze.begunAtSeconds + longestFreezeSeconds ||
      answeredAtSeconds > freeze.begunAtSeconds
    )
      return false;
    if (begunAtSeconds >= (freeze.overAtSeconds ?? Number.POSITIVE_INFINITY)) return false;
    return isHang(end) ? state !== 'failing' : end.reason === null && end.isSlow && state === 'well';
  }

  #suffer(component: string, now: number): void {
    const freeze = this.#freeze;
    if (freeze === undefined) return;
    freeze.suffering.add(component);
    if (freeze.isLogged) return;
    freeze.isLogged = true;
    const sinceSeconds = Math.round(now - freeze.begunAtSeconds);
    this.log.debug('health probe discounted, the server may be busy with a query of the exporter', {
      component,
      since_seconds: sinceSeconds,
    });
  }

  /** An answer ends a freeze, unless others of the same server are still waiting for theirs: then it came from another replica. */
  #relieve(component: string, role: Role, now: number): void {
    const freeze = this.#freeze;
    if (freeze === undefined || freeze.overAtSeconds !== undefined || freeze.end === 'under way') return;
    const suffered = freeze.suffering.delete(component);
    if (freeze.suffering.size === 0 && (suffered || role === 'witness')) this.#thaw(now);
  }

  #thaw(now: number): void {
    const freeze = this.#freeze;
    if (freeze === undefined || freeze.overAtSeconds !== undefined) return;
    freeze.overAtSeconds = now;
    this.#budget.spend(freeze.begunAtSeconds, now - freeze.begunAtSeconds);
  }
}

/** How long one whose end nobody saw is taken to be: one that got no answer in time as long as it can be; one that we called off was hardly that. */
function expectedSeconds({ begunAtSeconds, end, leftAtSeconds }: Freeze): number {
  return end === 'gone' ? leftAtSeconds - begunAtSeconds : longestFreezeSeconds;
}

/** What a server does that is busy with something else: it does not answer, or the proxy before it does not wait any longer. */
export function isHang({ reason, statusCode }: ProbeEnd): boolean {
  return reason === 'timeout' || statusCode === 504;
}

/** There was no answer of the server itself, and no hang either. */
export function isOutOfReach({ reason, statusCode }: ProbeEnd): boolean {
  return statusCode === 502 || reason === 'dns' || reason === 'connect' || reason === 'tls';
}
