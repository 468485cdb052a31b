import { type FaultKind, type ServiceName, serviceNames } from '../../simulator/faults.js';
import { dependencies } from '../support/alerting-stack.js';
import { type CrmStep, jobOf, type Span, type Step } from './steps.js';

/** The topics of notifications. `scrapes`: this machine is too slow for a scrape, which no sequence can predict. */
export type Topic = 'down' | 'many down' | 'unwatched' | 'unknown' | 'slow' | 'degraded' | 'unsteady' | 'scrapes';

/**
 * A notification with its begin and end. It is required, or only possible because the failure was short or excused for a part of its time.
 */
export interface Expectation {
  readonly job: string;
  readonly topic: Topic;
  /** The component, or the job if the topic is the whole job. */
  readonly subject: string;
  readonly must: boolean;
  /** The earliest begin. In shipped seconds from the begin of the drill. */
  readonly fromSeconds: number;
  /** The time from which a delay counts: the component has failed and nothing excuses it. */
  readonly dueSeconds: number;
  /** Whether the failure made it due, not the end of an excuse. Only then the delay is the time from the failure. */
  readonly isFromFailure: boolean;
  /** The earliest end. */
  readonly overSeconds: number;
  readonly latestBeginSeconds: number;
  readonly latestEndSeconds: number;
}

interface Rule {
  /** A failure of this length must be notified. */
  readonly sureAfterSeconds: number;
  /** The allowed time from due to notified. */
  readonly beginWithinSeconds: number;
  readonly endWithinSeconds: number;
}

/** The promises of the product, in seconds. A failure is confirmed, so that a short one is not notified. */
const rules: Readonly<Record<Exclude<Topic, 'scrapes'>, Rule>> = {
  down: { sureAfterSeconds: 75, beginWithinSeconds: 60, endWithinSeconds: 260 },
  'many down': { sureAfterSeconds: 75, beginWithinSeconds: 60, endWithinSeconds: 260 },
  unwatched: { sureAfterSeconds: 110, beginWithinSeconds: 120, endWithinSeconds: 120 },
  unknown: { sureAfterSeconds: 240, beginWithinSeconds: 240, endWithinSeconds: 720 },
  slow: { sureAfterSeconds: 400, beginWithinSeconds: 400, endWithinSeconds: 1000 },
  degraded: { sureAfterSeconds: 300, beginWithinSeconds: 240, endWithinSeconds: 720 },
  unsteady: { sureAfterSeconds: 600, beginWithinSeconds: 700, endWithinSeconds: 1700 },
};

/** A probe that hangs fails only after this time. */
const probeTimeoutSeconds = 10;
/** A shorter failure is never notified. */
const blipSeconds = 10;
/** An outage ends after this time of health. A failure before that belongs to the same outage. */
const confirmedWellSeconds = 120;
/** The same for a component that failed again within a quarter of an hour. */
const confirmedAgainSeconds = 300;
const againWithinSeconds = 900;
/** A dependency may be probed later than its dependant and may recover earlier. It stays an excuse for this time. */
const dependencyMarginSeconds = 150;
/** The begin and the end of a maintenance are known some seconds late. */
const maintenanceMarginSeconds = 25;
/** After its restart a program needs time to know the state again. Prometheus repeats firing alerts to Alertmanager every minute. */
const findsOutSeconds = {
  'Prometheus killed': 30,
  'Alertmanager killed': 75,
  'exporter killed': 30,
  'exporter stopped': 30,
} as const;
/** An alert that was over before Prometheus was back starts again, so that it can end: see :aicrm_prometheus_restarts:changes2m. */
const endsAgainSeconds = 90;
/** The same for a console that was down: Alertmanager tries again, at the latest with the next notification of the group. */
const consoleRetrySeconds = 90;
/** Many components that go down within this time are one notification. */
const togetherSeconds = 60;

type Effect = 'down' | 'unknown' | 'slow' | 'degraded' | 'unsteady';

const effectOf: Readonly<Record<FaultKind, Effect>> = {
  refuse: 'down',
  hang: 'down',
  reset: 'down',
  '500': 'down',
  '404': 'down',
  '401': 'down',
  unhealthy: 'down',
  'expired-certificate': 'down',
  'wrong-json': 'unknown',
  html: 'unknown',
  slow: 'slow',
  freeze: 'slow',
  'upstream-slow': 'slow',
  'upstream-hang': 'down',
  'upstream-refuse': 'down',
  'bundle-404': 'down',
  'bundle-html': 'down',
  degraded: 'degraded',
  flaky: 'unsteady',
};

/** Every required and possible notification of a sequence, until its end. */
export function expectations(steps: readonly Step[], crms: number): readonly Expectation[] {
  const endSeconds = Math.max(...steps.map(({ toSeconds }) => toSeconds)) + 60;
  return Array.from({ length: crms }, (_, crm) =>
    crmExpectations(
      steps.filter(
        (step): step is Step & (CrmStep | { readonly kind: 'Prometheus killed' | 'Alertmanager killed' }) =>
          !('crm' in step) || step.crm === crm,
      ),
      crm,
      endSeconds,
    ),
  ).flat();
}

function crmExpectations(steps: readonly Step[], crm: number, endSeconds: number): readonly Expectation[] {
  const job = jobOf(crm);
  const seconds = Array.from({ length: endSeconds }, (_, second) => second);
  const faults = steps.flatMap((step) => (step.kind === 'fault' ? [step] : []));
  const maintenances = steps.flatMap((step) => (step.kind === 'maintenance' ? [step] : []));
  const killed = steps.flatMap((step) =>
    step.kind === 'Prometheus killed' || step.kind === 'Alertmanager killed'
      ? [longer(step, findsOutSeconds[step.kind])]
      : [],
  );
  const gone = steps.filter(({ kind }) => kind === 'exporter killed' || kind === 'exporter stopped');

  const ownEffect = (component: ServiceName, at: number) =>
    faults
      .filter(({ service }) => service === component)
      .filter((fault) => isIn(fault, at))
      .map(({ fault }) => effectOf[fault.kind])
      .at(0);
  const effect = (component: ServiceName, at: number): Effect | undefined =>
    ownEffect(component, at) ??
    (dependencies[component] ?? []).map((other) => effect(other, at)).find((one) => one !== undefined);
  const effects = new Map(serviceNames.map((component) => [component, seconds.map((at) => effect(component, at))]));
  const isUnwell = (component: ServiceName, at: number) => effects.get(component)?.[at] !== undefined;

  const inMaintenance = (component: ServiceName, at: number, margin = 0) =>
    maintenances.some(
      (one) => (one.components === 'all' || one.components.includes(component)) && isIn(one, at, margin, margin),
    );
  const isUnwatched = (at: number, margin = 0) => gone.some((one) => isIn(one, at, 0, margin));
  /** Whether a component must not be notified now; with margins, whether that is only possible. */
  const isExcused = (component: ServiceName, at: number, isSure: boolean) =>
    isUnwatched(at, isSure ? findsOutSeconds['exporter killed'] : 0) || hasReason(component, at, isSure);
  const hasReason = (component: ServiceName, at: number, isSure: boolean) =>
    inMaintenance(component, at, isSure ? maintenanceMarginSeconds : -maintenanceMarginSeconds) ||
    (dependencies[component] ?? []).some((other) =>
      isSure ? someWithin(at - dependencyMarginSeconds, at, (then) => isUnwell(other, then)) : isUnwell(other, at),
    );
  /** The earliest time at which the end can be notified: no excuse begins before the end is confirmed. */
  const tellableEnd = (component: ServiceName | undefined, over: number): number => {
    const until = [
      ...maintenances.filter(
        ({ components }) => component !== undefined && (components === 'all' || components.includes(component)),
      ),
      ...gone,
      ...killed,
    ]
      .filter((one) => one.fromSeconds <= over + confirmedWellSeconds && one.toSeconds > over)
      .map(({ toSeconds }) => toSeconds);
    const later = Math.max(over, ...until);
    return later > over ? tellableEnd(component, later) : over;
  };
  const expectation = (
    topic: keyof typeof rules,
    subject: string,
    must: boolean,
    component: ServiceName | undefined,
    times: Pick<Expectation, 'fromSeconds' | 'dueSeconds' | 'overSeconds' | 'isFromFailure'>,
    confirmedLaterSeconds = 0,
  ): Expectation => {
    const { beginWithinSeconds, endWithinSeconds } = rules[topic];
    const foundOutSeconds = faults.some((one) => one.fault.kind === 'hang' && isIn(one, times.dueSeconds))
      ? probeTimeoutSeconds
      : 0;
    // The end of an outage is not notified during maintenance either.
    const overSeconds = Math.max(
      times.overSeconds,
      ...maintenances
        .filter(
          (one) =>
            component !== undefined &&
            (one.components === 'all' || one.components.includes(component)) &&
            isIn(one, times.overSeconds),
        )
        .map(({ toSeconds }) => toSeconds),
    );
    return {
      job,
      topic,
      subject,
      must,
      ...times,
      overSeconds,
      latestBeginSeconds: times.dueSeconds + foundOutSeconds + beginWithinSeconds,
      latestEndSeconds: tellableEnd(component, times.overSeconds) + endWithinSeconds + confirmedLaterSeconds,
    };
  };

  // Many components that go down at the same time, without a known cause, are one notification.
  const onsets = serviceNames.flatMap((component) =>
    spans(seconds, (at) => effects.get(component)?.[at] === 'down' && !hasReason(component, at, false)).map((span) => ({
      component,
      ...span,
    })),
  );
  const isTogether = (at: number) => {
    const begun = onsets
      .filter(({ fromSeconds }) => fromSeconds <= at && fromSeconds > at - togetherSeconds)
      .filter(({ toSeconds }) => toSeconds - at > blipSeconds);
    const down = serviceNames.filter(
      (component) => effects.get(component)?.[at] === 'down' && !inMaintenance(component, at),
    );
    return new Set(begun.map(({ component }) => component)).size >= 3 && down.length * 2 >= serviceNames.length;
  };
  const together = spans(seconds, isTogether);
  const isDown = (component: ServiceName, at: number) =>
    ['down', 'unknown', 'unsteady'].includes(effects.get(component)?.[at] ?? '');
  const wasDownBefore = (component: ServiceName, at: number): boolean => {
    const before = effects.get(component)?.[at - 1];
    return before === 'down' || (before === 'unknown' && wasDownBefore(component, at - 1));
  };
  const tellsOfMany = together.map((span) => {
    const members = onsets.filter(
      ({ fromSeconds }) => fromSeconds > span.fromSeconds - togetherSeconds && fromSeconds <= span.toSeconds,
    );
    const from = Math.min(...members.map(({ fromSeconds }) => fromSeconds));
    const over = Math.max(...members.map(({ toSeconds }) => toSeconds));
    return {
      members,
      expectation: expectation('many down', job, over - from >= rules['many down'].sureAfterSeconds, undefined, {
        fromSeconds: from,
        dueSeconds: from,
        isFromFailure: true,
        overSeconds: over,
      }),
    };
  });
  const isOneOfMany = (component: ServiceName, at: number) =>
    tellsOfMany.some(({ members }) =>
      members.some((one) => one.component === component && at >= one.fromSeconds && at < one.toSeconds),
    );

  const aboutComponents = serviceNames.flatMap((component) =>
    (['down', 'unknown', 'slow', 'degraded', 'unsteady'] as const).flatMap((topic) => {
      const { sureAfterSeconds } = rules[topic];
      const isSo = (at: number) => effects.get(component)?.[at] === topic;
      // An outage lasts until the component is up. If its answer becomes unreadable meanwhile, that is not a new notification.
      const isFailing = (at: number) => isSo(at) || (topic === 'down' && effects.get(component)?.[at] === 'unknown');
      const isNews = (at: number) => isSo(at) && !(topic === 'unknown' && wasDownBefore(component, at));
      return episodes(spans(seconds, isFailing)).flatMap((episode) => {
        const isAgain =
          someWithin(episode.toSeconds - againWithinSeconds, episode.fromSeconds - 1, (at) => isDown(component, at)) ||
          episode.parts > 1;
        const stretches = (isSure: boolean, atLeast: number) =>
          spans(
            seconds.slice(episode.fromSeconds, episode.toSeconds),
            (at) => isNews(at) && !isExcused(component, at, isSure) && !isOneOfMany(component, at),
          ).filter(
            ({ fromSeconds, toSeconds }) =>
              toSeconds - fromSeconds >= atLeast + (isSure ? delayBy(killed, fromSeconds, fromSeconds + atLeast) : 0),
          );
        const [possible] = stretches(false, blipSeconds);
        if (possible === undefined) return [];
        const [sure] = stretches(true, sureAfterSeconds);
        const due = sure?.fromSeconds ?? possible.fromSeconds;
        return [
          expectation(
            topic,
            component,
            sure !== undefined,
            component,
            {
              fromSeconds: possible.fromSeconds,
              dueSeconds: due,
              isFromFailure: due === episode.fromSeconds,
              overSeconds: episode.toSeconds,
            },
            isAgain ? confirmedAgainSeconds - confirmedWellSeconds : 0,
          ),
        ];
      });
    }),
  );
  const aboutExporter = gone
    .filter((one) => lengthOf(one) >= 60)
    .map((one) =>
      expectation('unwatched', job, lengthOf(one) >= rules.unwatched.sureAfterSeconds, undefined, {
        fromSeconds: one.fromSeconds,
        dueSeconds: one.fromSeconds,
        isFromFailure: true,
        overSeconds: one.toSeconds,
      }),
    );
  return [...aboutComponents, ...tellsOfMany.map((one) => one.expectation), ...aboutExporter].map((one) =>
    patient(one, killed, endsAgainSeconds),
  );
}

/** Adds the time in which a program on the way of the notification is down. */
function patient(one: Expectation, gone: readonly Span[], slowerEndSeconds = 0): Expectation {
  // Alertmanager groups for at most half a minute, and starts again after a crash.
  const delaySeconds = delayBy(gone, one.dueSeconds, one.latestBeginSeconds + 30);
  return {
    ...one,
    isFromFailure: one.isFromFailure && delaySeconds === 0,
    latestBeginSeconds: one.latestBeginSeconds + delaySeconds,
    latestEndSeconds:
      one.latestEndSeconds +
      delayBy(
        gone.map((span) => longer(span, slowerEndSeconds)),
        one.overSeconds,
        one.latestEndSeconds,
      ),
  };
}

/** The expectation for a console that is sometimes down. */
export function onConsole(one: Expectation, gone: readonly Span[]): Expectation {
  return patient(
    one,
    gone.map((span) => longer(span, consoleRetrySeconds)),
  );
}

/** The delay of an event within this time, by one program after the other. */
function delayBy(gone: readonly Span[], from: number, latest: number): number {
  let delaySeconds = 0;
  for (const one of gone)
    if (one.fromSeconds < latest + delaySeconds && one.toSeconds > from) delaySeconds += lengthOf(one);
  return delaySeconds;
}

function longer({ fromSeconds, toSeconds }: Span, bySeconds: number): Span {
  return { fromSeconds, toSeconds: toSeconds + bySeconds };
}

function isIn({ fromSeconds, toSeconds }: Span, at: number, before = 0, after = 0): boolean {
  return at >= fromSeconds - before && at < toSeconds + after;
}

function lengthOf({ fromSeconds, toSeconds }: Span): number {
  return toSeconds - fromSeconds;
}

function someWithin(from: number, to: number, isSo: (at: number) => boolean): boolean {
  for (let at = Math.max(0, from); at <= to; at += 1) if (isSo(at)) return true;
  return false;
}

/** Where it is so without a break. */
function spans(seconds: readonly number[], isSo: (at: number) => boolean): readonly Span[] {
  const found: { fromSeconds: number; toSeconds: number }[] = [];
  for (const at of seconds) {
    if (!isSo(at)) continue;
    const last = found.at(-1);
    if (last?.toSeconds === at) last.toSeconds = at + 1;
    else found.push({ fromSeconds: at, toSeconds: at + 1 });
  }
  return found;
}

/** Spans that are one outage, since between them it was not well for long enough. */
function episodes(parts: readonly Span[]): readonly (Span & { readonly parts: number })[] {
  const found: { fromSeconds: number; toSeconds: number; parts: number }[] = [];
  for (const part of parts) {
    const last = found.at(-1);
    const isAgain =
      last !== undefined &&
      (last.parts > 1 || last.toSeconds - (found.at(-2)?.toSeconds ?? -Infinity) < againWithinSeconds);
    if (
      last !== undefined &&
      part.fromSeconds - last.toSeconds < (isAgain ? confirmedAgainSeconds : confirmedWellSeconds)
    ) {
      last.toSeconds = part.toSeconds;
      last.parts += 1;
    } else found.push({ ...part, parts: 1 });
  }
  return found;
}
