import type { Clock } from '../base/clock.js';
import type { Log } from '../base/log.js';
import type { FailureReason } from '../base/reason.js';
import { aiCrmDefaults } from '../config/sections/ai-crm-section.js';

/**
 * Queries that together freeze the server for slightly more than a second may follow each other without a pause,
 * because a run has two of them.
 */
const slackSeconds = 60;

/**
 * Limits how long the exporter's own queries freeze a server: after each freeze follows a time without queries, fifty
 * times as long for a share of 0.02. The cost of a query is unknown before, so an hour may exceed the share by one
 * query. Times are on the monotonic clock.
 */
class FreezeBudget {
  /** Maximum share of time. */
  limitRatio: number = aiCrmDefaults.freezeLimitRatio;
  #spentSeconds = 0;
  #paidAtSeconds = Number.NEGATIVE_INFINITY;

  /** Counts a freeze. */
  spend(begunAtSeconds: number, seconds: number): void {
    this.#spentSeconds += seconds;
    this.#paidAtSeconds = this.#paidAfter(begunAtSeconds, seconds);
  }

  /** Seconds of all freezes since the start. */
  get spentSeconds(): number {
    return this.#spentSeconds;
  }

  /**
   * When the next query may start; in the past when it may start now. `pending` is a freeze that has not ended, with
   * its expected length.
   */
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

/**
 * The longest freeze of AI-CRM by one query: it tries its upstream three times for 31 s (93 s were recorded), even if
 * the exporter stops waiting.
 */
const longestFreezeSeconds = 95;

/** The result of a health probe, as far as it is needed here. */
export interface ProbeEnd {
  readonly reason: FailureReason | null;
  /** Slower than the warning threshold of its component. */
  readonly isSlow: boolean;
  readonly statusCode?: number;
}

/** How a data request ended: `gone` when it was cancelled before the answer, `unsent` when it never reached the server. */
export type DataEnd = 'answered' | 'timeout' | 'gone' | 'unsent';

/**
 * How a component relates to the server. The server itself answers for a `witness`, so an answer shows that the server
 * is free. A component `behind` it, such as a proxy, may wait for the server, but also answers alone.
 */
export type Role = 'witness' | 'behind';

interface Member {
  readonly role: Role;
  /** How the last probe that counts ended. */
  state: 'well' | 'slow' | 'failing';
  answeredAtSeconds: number;
}

/** The last query that might freeze the server. */
interface Freeze {
  readonly begunAtSeconds: number;
  end: DataEnd | 'under way';
  /** When its answer arrived, or when the exporter stopped waiting. */
  leftAtSeconds: number;
  /** When the server was free again; undefined while that is unknown. */
  overAtSeconds: number | undefined;
  /** Components that waited for it and have had no answer since. */
  readonly suffering: Set<string>;
  isLogged: boolean;
}

/**
 * The effect of the exporter's own queries on one server: how long each may have frozen it, and which probes are
 * discounted because of it.
 */
export class OwnFreezes {
  readonly #members = new Map<string, Member>();
  #freeze: Freeze | undefined;
  readonly #budget = new FreezeBudget();

  constructor(
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** Adds a component whose probes may wait for the server. */
  join(component: string, role: Role): void {
    this.#members.set(component, { role, state: 'well', answeredAtSeconds: Number.NEGATIVE_INFINITY });
  }

  remove(component: string): void {
    this.#members.delete(component);
  }

  clear(): void {
    this.#members.clear();
  }

  /** Undefined for a component of another server. */
  roleOf(component: string): Role | undefined {
    return this.#members.get(component)?.role;
  }

  get hasWitness(): boolean {
    return [...this.#members.values()].some(({ role }) => role === 'witness');
  }

  /** Seconds since the start in which the exporter's queries may have frozen the server. */
  get frozenSeconds(): number {
    return this.#budget.spentSeconds;
  }

  get limitRatio(): number {
    return this.#budget.limitRatio;
  }

  set limitRatio(share: number) {
    this.#budget.limitRatio = share;
  }

  /** How the last query that might freeze the server ended. */
  get lastEnd(): DataEnd | 'under way' | undefined {
    return this.#freeze?.end;
  }

  /** When the next one may start. */
  get notBeforeSeconds(): number {
    const freeze = this.#freeze;
    if (freeze === undefined || this.unknownUntilSeconds === undefined) return this.#budget.notBeforeSeconds();
    return this.#budget.notBeforeSeconds({ begunAtSeconds: freeze.begunAtSeconds, seconds: expectedSeconds(freeze) });
  }

  /** Until when an abandoned query may still be running; undefined when its end is known. */
  get unknownUntilSeconds(): number | undefined {
    const freeze = this.#freeze;
    if (freeze === undefined || freeze.overAtSeconds !== undefined || freeze.end === 'under way') return undefined;
    return freeze.begunAtSeconds + longestFreezeSeconds;
  }

  /** A query starts that may freeze the server. */
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
    const freeze = this.#freeze;
    if (freeze === undefined) return;
    Object.assign(freeze, { end, leftAtSeconds: now });
    if (end === 'unsent') this.#freeze = undefined;
    else if (end === 'answered') this.#thaw(freeze, now);
  }

  /** Assumes that a query has ended when nothing more was seen of it for long enough. */
  giveUp(now: number): void {
    const freeze = this.#freeze;
    const untilSeconds = this.unknownUntilSeconds;
    if (freeze !== undefined && untilSeconds !== undefined && now >= untilSeconds)
      this.#thaw(freeze, freeze.begunAtSeconds + expectedSeconds(freeze));
  }

  /** Records how a probe ended; true when it says nothing about its component. */
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
   * A probe is excused only for signs of a busy server, only while a query of the exporter may keep it busy, and only
   * for a component that was healthy before and has had no answer since.
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

  /** An answer ends a freeze. But if others of the same server still wait for theirs, it came from another replica. */
  #relieve(component: string, role: Role, now: number): void {
    const freeze = this.#freeze;
    if (freeze === undefined || freeze.overAtSeconds !== undefined || freeze.end === 'under way') return;
    const suffered = freeze.suffering.delete(component);
    if (freeze.suffering.size === 0 && (suffered || role === 'witness')) this.#thaw(freeze, now);
  }

  #thaw(freeze: Freeze, now: number): void {
    freeze.overAtSeconds = now;
    this.#budget.spend(freeze.begunAtSeconds, now - freeze.begunAtSeconds);
  }
}

/**
 * The assumed length of a freeze whose end is unknown: the maximum for a query without an answer in time. A cancelled
 * query ends earlier.
 */
function expectedSeconds({ begunAtSeconds, end, leftAtSeconds }: Freeze): number {
  return end === 'gone' ? leftAtSeconds - begunAtSeconds : longestFreezeSeconds;
}

/** Whether the result shows a busy server: no answer, or a proxy that stopped waiting for it. */
export function isHang({ reason, statusCode }: ProbeEnd): boolean {
  return reason === 'timeout' || statusCode === 504;
}

/** Whether the server itself did not answer, without a hang. */
export function isOutOfReach({ reason, statusCode }: ProbeEnd): boolean {
  return statusCode === 502 || reason === 'dns' || reason === 'connect' || reason === 'tls';
}
