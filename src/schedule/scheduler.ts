import type { Clock } from '../base/clock.js';
import type { Collector } from '../collector.js';
import { Limiter, type RunResult, type RunUnderWay, runOnce } from './run.js';

/** Items with a due time, earliest first. A binary heap, because a thousand components need sixty-six starts a second. */
export class DueQueue<T> {
  readonly #heap: { readonly dueSeconds: number; readonly item: T }[] = [];

  /** The earliest due time; undefined when empty. */
  get nextDueSeconds(): number | undefined {
    return this.#heap[0]?.dueSeconds;
  }

  add(item: T, dueSeconds: number): void {
    const entry = { dueSeconds, item };
    this.#rise(entry, this.#heap.push(entry) - 1);
  }

  /** Makes an item due at this time, if it exists and is due later. */
  bringForward(item: T, dueSeconds: number): void {
    const at = this.#heap.findIndex((entry) => entry.item === item);
    const found = this.#heap[at];
    if (found !== undefined && found.dueSeconds > dueSeconds) this.#rise({ item, dueSeconds }, at);
  }

  /** Removes and returns the earliest item if it is due at `nowSeconds`. */
  takeDue(nowSeconds: number): T | undefined {
    const first = this.#heap[0];
    if (first === undefined || first.dueSeconds > nowSeconds) return undefined;
    const last = this.#heap.pop();
    if (last !== undefined && this.#heap.length > 0) this.#sink(last);
    return first.item;
  }

  clear(): void {
    this.#heap.length = 0;
  }

  #rise(entry: { readonly dueSeconds: number; readonly item: T }, from: number): void {
    const heap = this.#heap;
    let at = from;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || parent.dueSeconds <= entry.dueSeconds) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = entry;
  }

  #sink(entry: { readonly dueSeconds: number; readonly item: T }): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      const left = heap[2 * at + 1];
      const right = heap[2 * at + 2];
      const smaller = right !== undefined && left !== undefined && right.dueSeconds < left.dueSeconds ? right : left;
      if (smaller === undefined || smaller.dueSeconds >= entry.dueSeconds) break;
      heap[at] = smaller;
      at = smaller === left ? 2 * at + 1 : 2 * at + 2;
    }
    heap[at] = entry;
  }
}

/** When a collector starts. */
interface Plan {
  /** Seconds from the start of the scheduler to the first run. */
  readonly firstSeconds: number;
  /** Seconds from the start of each interval to all later runs. */
  readonly offsetSeconds: number;
}

/** Maximum gap between two first runs, so that first numbers arrive early. */
const firstGapSeconds = 0.02;

/**
 * Spreads `count` collectors of the same interval evenly over it. First runs are closer together, so that a small
 * installation has all numbers within the first tenths of a second. Later each collector keeps its own place in the
 * interval, shifted by up to half a gap, so that several exporters do not run in step.
 */
export function spread(count: number, intervalSeconds: number, random: () => number): readonly Plan[] {
  const gapSeconds = intervalSeconds / Math.max(1, count);
  return Array.from({ length: count }, (_, i) => ({
    firstSeconds: i * Math.min(gapSeconds, firstGapSeconds),
    offsetSeconds: (i + random() / 2) * gapSeconds,
  }));
}

/**
 * The next time with this place in the interval, at least half an interval after `afterSeconds`. It is computed from
 * the plan, not from the end of the last run. So the spread stays for weeks, even if runs take long.
 */
export function nextDue(
  afterSeconds: number,
  originSeconds: number,
  intervalSeconds: number,
  offsetSeconds: number,
): number {
  const earliest = afterSeconds + intervalSeconds / 2;
  const passed = Math.ceil((earliest - originSeconds - offsetSeconds) / intervalSeconds);
  return originSeconds + offsetSeconds + passed * intervalSeconds;
}

/**
 * Starts are grouped into ticks of this length, because a timer for each costs more than the probe. Within a tick each
 * start waits for the end of the run before, so that they do not measure each other.
 */
const tickSeconds = 0.25;

/**
 * Maximum wait of the next start for a slow run. It is shorter when the due runs do not fit into half a tick, and zero
 * when each would get less than a millisecond, the shortest time of a timer.
 */
const turnSeconds = 0.005;
const shortestTurnSeconds = 0.001;

/**
 * Minimum time between the start of a collector and an extra run that others request, because a thousand may request
 * one at once. If the regular run is due within this time, it replaces the extra run.
 */
const hurrySeconds = 5;

/** How long a stop waits for collectors that ignore the abort. */
const stopPatienceSeconds = 2;

interface Entry {
  readonly collector: Collector;
  readonly offsetSeconds: number;
  /** When its regular run is due: never much later than one interval after the last one, even with extra runs in between. */
  regularSeconds: number;
  /** When its last run started. */
  startedSeconds: number;
}

interface SchedulerOptions {
  readonly clock: Clock;
  /** Maximum number of collectors that run at once, without local ones. */
  readonly concurrency: number;
  /** Takes each result; must not throw. */
  readonly onResult: (result: RunResult) => void;
  /** A number from 0 to 1, for the jitter. Default: `Math.random`. */
  readonly random?: () => number;
}

/**
 * Runs collectors at their intervals: spread out, never the same one twice at once, each with its own deadline, so that
 * a hanging one delays no other. A run that is due while the previous one is still running is skipped.
 */
export class Scheduler {
  readonly #queue = new DueQueue<Entry>();
  readonly #entries = new Map<string, Entry>();
  readonly #limiter: Limiter;
  readonly #underWay = new Set<RunUnderWay>();
  readonly #options: SchedulerOptions;
  #isStopped = false;
  #originSeconds = 0;
  #cancelTimer = () => {};
  #cancelTurn = () => {};
  #isStarting = false;
  #timerDueSeconds = Number.POSITIVE_INFINITY;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#limiter = new Limiter(options.concurrency);
  }

  /** Starts; may be called only once. */
  start(collectors: readonly Collector[]): void {
    this.#originSeconds = this.#options.clock.monotonicSeconds();
    const groups = new Map<number, Collector[]>();
    for (const collector of collectors) {
      const group = groups.get(collector.intervalSeconds);
      if (group === undefined) groups.set(collector.intervalSeconds, [collector]);
      else group.push(collector);
    }
    for (const group of groups.values()) this.#startGroup(group);
    this.#setTimer();
  }

  /**
   * Ends all runs and starts no new one. Resolves when all have ended, or after two seconds if one ignores the abort.
   * No more results are reported.
   */
  async stop(): Promise<void> {
    this.#cancelTimer();
    this.#cancelTurn();
    this.#queue.clear();
    this.#limiter.clear();
    this.#isStopped = true;
    for (const run of this.#underWay) run.abort(new Error('the exporter is stopping'));
    let cancelTimer = () => {};
    const patience = new Promise<void>(
      (resolve) => (cancelTimer = this.#options.clock.setTimer(resolve, stopPatienceSeconds)),
    );
    await Promise.race([Promise.all([...this.#underWay].map(({ settled }) => settled)), patience]);
    cancelTimer();
  }

  #startGroup(group: readonly Collector[]): void {
    const plans = spread(group.length, group[0]?.intervalSeconds ?? 1, this.#options.random ?? Math.random);
    group.forEach((collector, i) => {
      const { firstSeconds, offsetSeconds } = plans[i] ?? { firstSeconds: 0, offsetSeconds: 0 };
      const regularSeconds = this.#originSeconds + firstSeconds;
      const entry: Entry = { collector, offsetSeconds, regularSeconds, startedSeconds: Number.NEGATIVE_INFINITY };
      this.#entries.set(collector.name, entry);
      this.#queue.add(entry, regularSeconds);
    });
  }

  #setTimer(): void {
    const dueSeconds = this.#queue.nextDueSeconds;
    if (dueSeconds === undefined || this.#isStarting || this.#isStopped) return;
    const { clock } = this.#options;
    const tick = this.#originSeconds + Math.ceil((dueSeconds - this.#originSeconds) / tickSeconds) * tickSeconds;
    if (tick >= this.#timerDueSeconds) return;
    this.#cancelTimer();
    this.#timerDueSeconds = tick;
    this.#cancelTimer = clock.setTimer(() => {
      this.#timerDueSeconds = Number.POSITIVE_INFINITY;
      this.#startDue();
    }, tick - clock.monotonicSeconds());
  }

  /** Starts all due collectors one after the other. */
  #startDue(): void {
    const now = this.#options.clock.monotonicSeconds();
    const due: Entry[] = [];
    for (let entry = this.#queue.takeDue(now); entry !== undefined; entry = this.#queue.takeDue(now)) due.push(entry);
    const patienceSeconds = Math.min(turnSeconds, tickSeconds / 2 / due.length);
    let next = 0;
    const startNext = () => {
      if (this.#isStopped) return;
      const entry = due[next++];
      this.#isStarting = entry !== undefined;
      if (entry === undefined) this.#setTimer();
      else this.#start(entry, patienceSeconds, startNext);
    };
    startNext();
  }

  /** Starts one. `next` is called when the run has ended or its time is up, after one turn of the event loop. */
  #start(entry: Entry, patienceSeconds: number, next: () => void): void {
    let isOver = false;
    const endTurn = () => {
      if (isOver) return;
      isOver = true;
      this.#cancelTurn();
      setImmediate(next);
    };
    if (patienceSeconds >= shortestTurnSeconds)
      this.#cancelTurn = this.#options.clock.setTimer(endTurn, patienceSeconds);
    if (entry.collector.isLocal === true) this.#run(entry, endTurn);
    else {
      this.#limiter.start((ended) =>
        this.#run(entry, () => {
          ended();
          endTurn();
        }),
      );
    }
    if (patienceSeconds < shortestTurnSeconds) endTurn();
  }

  #run(entry: Entry, ended: () => void): void {
    const { clock, onResult } = this.#options;
    const startedAt = clock.monotonicSeconds();
    entry.startedSeconds = startedAt;
    const run = runOnce(entry.collector, clock);
    this.#underWay.add(run);
    void run.result.then(async (result) => {
      if (!this.#isStopped) onResult(result);
      if (result.success) this.#hurry(result.collected.alsoSoon ?? []);
      await run.settled;
      this.#underWay.delete(run);
      ended();
      this.#queueNext(entry, startedAt, result);
    });
  }

  #queueNext(entry: Entry, startedAt: number, result: RunResult): void {
    if (this.#isStopped) return;
    const { clock } = this.#options;
    const { intervalSeconds } = entry.collector;
    const now = clock.monotonicSeconds();
    // An extra run does not replace the regular one. Otherwise a failure after it would be found half an interval late.
    if (entry.regularSeconds <= now)
      entry.regularSeconds = nextDue(
        Math.max(startedAt, now - intervalSeconds / 2),
        this.#originSeconds,
        intervalSeconds,
        entry.offsetSeconds,
      );
    const again = result.success ? result.collected.againInSeconds : undefined;
    this.#queue.add(
      entry,
      Math.min(entry.regularSeconds, again === undefined ? Number.POSITIVE_INFINITY : now + again),
    );
    this.#setTimer();
  }

  /** Runs other collectors soon. A running one is left alone, because its result arrives soon. */
  #hurry(names: readonly string[]): void {
    const now = this.#options.clock.monotonicSeconds();
    for (const name of names) {
      const entry = this.#entries.get(name);
      if (entry === undefined) continue;
      const soonestSeconds = Math.max(now, entry.startedSeconds + hurrySeconds);
      if (soonestSeconds + hurrySeconds <= entry.regularSeconds) this.#queue.bringForward(entry, soonestSeconds);
    }
    if (names.length > 0) this.#setTimer();
  }
}
