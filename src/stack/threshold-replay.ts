import type { BundledRule } from './rules.js';
import { type History, type HistoryPoint, type Limits, type Span, subjectOf } from './threshold-history.js';
import type { AlertedSeverity, ThresholdUse } from './threshold-uses.js';

/** Number and duration of firings of an alert, recorded or computed. */
export interface Firings {
  readonly count: number;
  readonly totalSeconds: number;
  readonly longestSeconds: number;
}

/** Firings of one severity of an alert, for one subject or for all. */
export interface Replayed {
  readonly alert: string;
  readonly severity: AlertedSeverity;
  readonly subject: string;
  /** From Prometheus. */
  readonly recorded: Firings;
  /** Computed with the limits in force. */
  readonly present: Firings;
  /** Computed with other limits; absent without any. */
  readonly tried?: Firings;
}

/**
 * For this time after a critical alert, a warning about the same subject does not begin; see
 * `job:aicrm_alerts_overruled:max15m`.
 */
const overruledSeconds = 900;
/** Firings with a gap up to this count as one, because a restart of Prometheus leaves such a gap. */
const gapSeconds = 120;

/**
 * Computes from recorded values when the alert of a threshold would have fired, with the present limits and with
 * others. Returns a row for each subject and severity that fired or would have fired. Throws `ProgramFailure`.
 */
export async function replay(
  use: ThresholdUse,
  span: Span,
  limits: { readonly present: Limits; readonly tried?: Limits },
  rules: readonly BundledRule[],
  history: History,
): Promise<readonly Replayed[]> {
  const trials = [limits.present, ...(limits.tried === undefined ? [] : [limits.tried])].map(
    (each) => new Trial(use, each, rules),
  );
  const lowest = Math.min(...trials.map((trial) => trial.lowest));
  const recorded = await recordedFirings(use, span, history);
  if (Number.isFinite(lowest)) {
    for await (const { points, endSeconds, startSeconds } of pieces(`(${use.measured}) > ${lowest}`, span, history)) {
      // Nothing is above a limit and nothing is pending or firing, so the other queries are not needed.
      if (points.length === 0 && trials.every((trial) => trial.isQuiet)) continue;
      const piece: Span = { ...span, startSeconds, endSeconds };
      const surroundings = await askSurroundings(use, piece, history);
      const values = bySubject(points, use);
      for (const trial of trials) trial.run(piece, values, surroundings);
    }
  }
  const [present = new Map<string, Firing[]>(), tried] = trials.map((trial) => trial.firingsAt(span.endSeconds));
  const keys = new Set([recorded, present, tried ?? new Map<string, Firing[]>()].flatMap((each) => [...each.keys()]));
  return [...keys].sort().map((key) => {
    const [severity = '', subject = ''] = key.split('\n');
    return {
      alert: use.alert,
      severity: severity as AlertedSeverity,
      subject,
      recorded: sum(recorded.get(key)),
      present: sum(present.get(key)),
      ...(tried === undefined ? {} : { tried: sum(tried.get(key)) }),
    };
  });
}

/** The sum of all rows of one alert and severity. */
export function total(rows: readonly Replayed[], of: (row: Replayed) => Firings | undefined): Firings {
  const all = rows.flatMap((row) => of(row) ?? []);
  return {
    count: all.reduce((count, each) => count + each.count, 0),
    totalSeconds: all.reduce((seconds, each) => seconds + each.totalSeconds, 0),
    longestSeconds: Math.max(0, ...all.map(({ longestSeconds }) => longestSeconds)),
  };
}

interface Firing {
  readonly startSeconds: number;
  readonly endSeconds: number;
}

type FiringsByKey = ReadonlyMap<string, readonly Firing[]>;

function keyOf(severity: string, subject: string): string {
  return `${severity}\n${subject}`;
}

function sum(firings: readonly Firing[] = []): Firings {
  const lengths = firings.map(({ startSeconds, endSeconds }) => endSeconds - startSeconds);
  return {
    count: lengths.length,
    totalSeconds: lengths.reduce((seconds, length) => seconds + length, 0),
    longestSeconds: Math.max(0, ...lengths),
  };
}

/** The points of an expression, and the time range of each piece, also of an empty one. */
async function* pieces(expression: string, span: Span, history: History) {
  for (const piece of history.pieces(span)) {
    const points: HistoryPoint[] = [];
    for await (const some of history.points(expression, piece)) points.push(...some);
    yield { ...piece, points };
  }
}

/** Values by subject and time. */
type Values = ReadonlyMap<string, { readonly labels: HistoryPoint['labels']; readonly at: Map<number, number> }>;

function bySubject(points: readonly HistoryPoint[], use: ThresholdUse): Values {
  const values = new Map<string, { labels: HistoryPoint['labels']; at: Map<number, number> }>();
  for (const { labels, atSeconds, value } of points) {
    const subject = subjectOf(labels, use);
    const series = values.get(subject) ?? { labels, at: new Map<number, number>() };
    values.set(subject, series);
    series.at.set(atSeconds, value);
  }
  return values;
}

/** Whether an expression has a result for a subject at a time. */
type IsThere = (labels: HistoryPoint['labels'], atSeconds: number) => boolean;

/** Results of the other conditions in the rules of an alert, by severity. */
type Surroundings = Readonly<
  Record<
    AlertedSeverity,
    { readonly excuse: IsThere; readonly needs?: IsThere; readonly goesOn?: IsThere; readonly isLeftOut?: IsThere }
  >
>;

async function askSurroundings(use: ThresholdUse, piece: Span, history: History): Promise<Surroundings> {
  const asked = new Map<string, Promise<IsThere>>();
  // Both severities often have the same expression, which needs one query.
  const once = (expression: string) => {
    const before = asked.get(expression) ?? presence(expression, piece, history, use);
    asked.set(expression, before);
    return before;
  };
  const of = async (severity: AlertedSeverity) => ({
    excuse: await once(use.excuse[severity]),
    ...(use.needs === undefined ? {} : { needs: await once(use.needs[severity]) }),
    ...(use.goesOn === undefined ? {} : { goesOn: await once(use.goesOn[severity]) }),
    ...(use.onlyWarns === undefined || severity === 'warning' ? {} : { isLeftOut: await once(use.onlyWarns) }),
  });
  return { warning: await of('warning'), critical: await of('critical') };
}

/** A series without labels of a subject, such as one of the whole job, applies to every subject. */
async function presence(expression: string, piece: Span, history: History, use: ThresholdUse): Promise<IsThere> {
  const times = new Map<string, Set<number>>();
  for await (const points of history.points(expression, piece)) {
    for (const { labels, atSeconds } of points) {
      const key = projected(labels, use);
      const set = times.get(key) ?? new Set<number>();
      times.set(key, set);
      set.add(atSeconds);
    }
  }
  return (labels, atSeconds) =>
    times.get(projected(labels, use))?.has(atSeconds) === true || times.get('{}')?.has(atSeconds) === true;
}

function projected(labels: HistoryPoint['labels'], { subject }: ThresholdUse): string {
  return JSON.stringify(Object.fromEntries(subject.flatMap((name) => (name in labels ? [[name, labels[name]]] : []))));
}

/** The firings of an alert that Prometheus recorded. */
async function recordedFirings(use: ThresholdUse, span: Span, history: History): Promise<FiringsByKey> {
  const firings = new Map<string, Firing[]>();
  const expression = `max by (job, severity${use.subject.map((name) => `, ${name}`).join('')}) (ALERTS{alertname="${use.alert}", alertstate="firing"})`;
  for await (const points of history.points(expression, span)) {
    for (const { labels, atSeconds } of points) {
      const key = keyOf(labels['severity'] ?? '', subjectOf(labels, use));
      const list = firings.get(key) ?? [];
      firings.set(key, list);
      const last = list.at(-1);
      const endSeconds = atSeconds + span.stepSeconds;
      if (last !== undefined && atSeconds - last.endSeconds <= gapSeconds)
        list[list.length - 1] = { ...last, endSeconds };
      else list.push({ startSeconds: atSeconds, endSeconds });
    }
  }
  return firings;
}

/** Computes the state of each alert for one set of limits, like a rule that is evaluated at every step. */
class Trial {
  /** The lowest limit. Values up to it have no effect. */
  readonly lowest: number;
  readonly #use: ThresholdUse;
  readonly #limits: Limits;
  readonly #rules: Readonly<Record<AlertedSeverity, BundledRule | undefined>>;
  readonly #states = new Map<string, AlertState>();

  constructor(use: ThresholdUse, limits: Limits, rules: readonly BundledRule[]) {
    this.#use = use;
    this.#limits = limits;
    const ruleOf = (severity: AlertedSeverity) =>
      rules.find((rule) => rule.isAlert && rule.name === use.alert && rule.severity === severity);
    this.#rules = { warning: ruleOf('warning'), critical: ruleOf('critical') };
    this.lowest = Math.min(...[...limits.values()].flatMap(({ warning, critical }) => [warning, critical]));
  }

  /** Nothing is firing or pending. */
  get isQuiet(): boolean {
    return [...this.#states.values()].every(
      ({ pendingSince, firingSince }) => (pendingSince ?? firingSince) === undefined,
    );
  }

  run({ startSeconds, endSeconds, stepSeconds }: Span, values: Values, surroundings: Surroundings): void {
    const active = [...this.#states.values()].map(({ subject, labels }) => [subject, labels] as const);
    const subjects = new Map([...active, ...[...values].map(([subject, { labels }]) => [subject, labels] as const)]);
    for (const [subject, labels] of subjects) {
      const at = values.get(subject)?.at;
      const limit =
        this.#limits.get(this.#use.own === undefined ? '' : (labels[this.#use.own] ?? '')) ?? this.#limits.get('');
      for (let now = startSeconds; now < endSeconds; now += stepSeconds) {
        // Critical first, because it suppresses the warning.
        for (const severity of ['critical', 'warning'] as const) {
          const value = at?.get(now);
          const isAbove = value !== undefined && limit !== undefined && value > limit[severity];
          this.#evaluate(severity, subject, labels, now, isAbove, surroundings[severity]);
        }
      }
    }
  }

  /** The firings of each alert. One that still fires ends at `endSeconds`. */
  firingsAt(endSeconds: number): FiringsByKey {
    return new Map(
      [...this.#states.values()].flatMap(({ severity, subject, firings, firingSince }) => {
        const all = firingSince === undefined ? firings : [...firings, { startSeconds: firingSince, endSeconds }];
        return all.length === 0 ? [] : [[keyOf(severity, subject), all] as const];
      }),
    );
  }

  #evaluate(
    severity: AlertedSeverity,
    subject: string,
    labels: HistoryPoint['labels'],
    now: number,
    isAbove: boolean,
    { excuse, needs, goesOn, isLeftOut }: Surroundings[AlertedSeverity],
  ): void {
    const key = keyOf(severity, subject);
    let state = this.#states.get(key);
    if (state === undefined) {
      // A subject with a state is evaluated at every later step.
      if (!isAbove) return;
      state = { severity, subject, labels, firings: [] };
      this.#states.set(key, state);
    }
    const { forSeconds = 0, keepFiringSeconds = 0 } = this.#rules[severity] ?? {};
    if (state.firingSince === undefined) {
      const begins =
        isAbove &&
        (needs === undefined || needs(labels, now)) &&
        !excuse(labels, now) &&
        isLeftOut?.(labels, now) !== true &&
        !(severity === 'warning' && this.#isOverruled(subject, now));
      if (!begins) delete state.pendingSince;
      else state.pendingSince ??= now;
      if (state.pendingSince === undefined || now - state.pendingSince < forSeconds) return;
      state.firingSince = now;
      delete state.pendingSince;
      return;
    }
    const isHeld = this.#use.isHeld === true && excuse(labels, now);
    if (isHeld || (goesOn === undefined ? isAbove : goesOn(labels, now))) {
      delete state.overSince;
      return;
    }
    state.overSince ??= now;
    if (now - state.overSince < keepFiringSeconds) return;
    state.firings.push({ startSeconds: state.firingSince, endSeconds: now });
    delete state.firingSince;
    delete state.overSince;
  }

  #isOverruled(subject: string, now: number): boolean {
    const critical = this.#states.get(keyOf('critical', subject));
    const lastEnd = critical?.firings.at(-1)?.endSeconds;
    return critical?.firingSince !== undefined || (lastEnd !== undefined && now - lastEnd <= overruledSeconds);
  }
}

interface AlertState {
  readonly severity: AlertedSeverity;
  readonly subject: string;
  readonly labels: HistoryPoint['labels'];
  readonly firings: Firing[];
  pendingSince?: number;
  firingSince?: number;
  /** Since then the condition is false, but the alert still fires for `keep_firing_for`. */
  overSince?: number;
}
