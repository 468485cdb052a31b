import { type Channel, channels, type Message, type Told } from './heard.js';
import { type Expectation, onConsole, type Topic } from './model.js';
import type { Span } from './steps.js';

/** A wrong, missing, repeated or late notification. */
export interface Mistake {
  readonly kind: 'missed' | 'false' | 'doubled' | 'late';
  readonly channel: Channel;
  readonly job: string;
  /** The expected notification and the one that came, in words. */
  readonly text: string;
  readonly atSeconds: number;
  /** The latest time at which a missed notification can still come. */
  readonly latestSeconds: number;
}

/** The result of a drill. */
export interface Comparison {
  readonly mistakes: readonly Mistake[];
  /** The number of right begins and ends, of all channels together. */
  readonly told: number;
  /** For each outage without an excuse: the time from the failure to the slowest channel. */
  readonly secondsToDelivery: readonly number[];
}

/** The time is in shipped seconds from the begin of the drill. */
export type TimedMessage = Message & { readonly atSeconds: number };

interface Open {
  readonly expectation: Expectation | undefined;
  readonly sinceSeconds: number;
}

/** A notification may come so much too early, because the times come from two clocks. */
const toleranceSeconds = 2;

export interface CompareOptions {
  /** The factor for all allowed times. */
  readonly patience?: number;
  /** The times when the console was down, which is an exporter. */
  readonly consoleGone?: readonly Span[];
  /** Whether Alertmanager crashed before it stored a notification of this time, so that it may repeat it. */
  readonly forgotten?: (toldAtSeconds: number) => boolean;
  /** Jobs with failed scrapes. A notification about failed scrapes is right for them. */
  readonly unscraped?: ReadonlySet<string>;
}

/** Compares the notifications of each channel with the expected ones. */
export function compare(
  expected: readonly Expectation[],
  messages: readonly TimedMessage[],
  { patience = 1, consoleGone = [], forgotten = () => false, unscraped = new Set() }: CompareOptions = {},
): Comparison {
  const parts = channels.map((channel) => {
    const latest = new Map(expected.map((one) => [one, channel === 'console' ? onConsole(one, consoleGone) : one]));
    const heard = messages.filter(
      (message) =>
        message.channel === channel &&
        !(unscraped.has(message.job) && message.told.every(({ topic }) => topic === 'scrapes')),
    );
    return compareChannel(channel, latest, heard, patience, forgotten);
  });
  const firstTold = new Map<Expectation, number[]>();
  for (const { begun } of parts) for (const [one, at] of begun) firstTold.set(one, [...(firstTold.get(one) ?? []), at]);
  const delays = [...firstTold]
    .filter(([one]) => one.topic === 'down' && one.must && one.isFromFailure)
    .map(([one, times]) => Math.max(...times) - one.dueSeconds);
  return {
    mistakes: parts.flatMap(({ mistakes }) => mistakes),
    told: parts.reduce((sum, part) => sum + part.told, 0),
    secondsToDelivery: delays.sort((a, b) => a - b),
  };
}

/** `latest` has each expectation with the latest times of this channel. */
function compareChannel(
  channel: Channel,
  latest: ReadonlyMap<Expectation, Expectation>,
  messages: readonly TimedMessage[],
  patience: number,
  forgotten: (toldAtSeconds: number) => boolean,
) {
  const mistakes: Mistake[] = [];
  const expected = [...latest.keys()];
  /** The problems that a reader of this channel believes to be open. */
  const open = new Map<string, Open>();
  /** The time of the last notification about each thing. */
  const toldAt = new Map<string, number>();
  const begun = new Map<Expectation, number>();
  const ended = new Map<Expectation, number>();
  const mistake = (kind: Mistake['kind'], job: string, atSeconds: number, text: string, latestSeconds = atSeconds) =>
    void mistakes.push({ kind, channel, job, atSeconds, text, latestSeconds });
  const allowed = (from: number, latest: number) => from + (latest - from) * patience;

  const begins = (job: string, at: number, { topic, subject, sentence }: Told) => {
    const one = expected.find(
      (other) =>
        other.job === job &&
        other.topic === topic &&
        other.subject === subject &&
        at >= other.fromSeconds - toleranceSeconds &&
        at <= Math.max(other.overSeconds, latest.get(other)!.latestBeginSeconds) + allowed(0, 60),
    );
    open.set(keyOf(job, topic, subject), { expectation: one, sinceSeconds: at });
    if (one === undefined) return mistake('false', job, at, `"${sentence}"`);
    if (begun.has(one))
      return mistake(
        'doubled',
        job,
        at,
        `"${sentence}" once more: ${inWords(one)}, told at ${begun.get(one)?.toFixed(0)} s`,
      );
    begun.set(one, at);
    if (one.must && at > allowed(one.dueSeconds, latest.get(one)!.latestBeginSeconds))
      mistake(
        'late',
        job,
        at,
        `"${sentence}", ${(at - one.dueSeconds).toFixed(0)} s after it was due: ${inWords(one)}`,
      );
  };
  const ends = (job: string, at: number, { topic, subject, sentence }: Told) => {
    const key = keyOf(job, topic, subject);
    const { expectation: one } = open.get(key) ?? {};
    open.delete(key);
    if (one === undefined) return mistake('false', job, at, `end of what was not told, or falsely: "${sentence}"`);
    if (at < one.overSeconds - toleranceSeconds)
      return mistake('false', job, at, `"${sentence}" while it goes on: ${inWords(one)}`);
    ended.set(one, at);
    if (at > allowed(one.overSeconds, latest.get(one)!.latestEndSeconds))
      mistake(
        'late',
        job,
        at,
        `"${sentence}", ${(at - one.overSeconds).toFixed(0)} s after it was over: ${inWords(one)}`,
      );
  };
  for (const message of messages) {
    const news = message.told.filter((one) => open.has(keyOf(message.job, one.topic, one.subject)) === one.isOver);
    // A message must contain something new. Next to that it may list what is already known.
    if (
      news.length === 0 &&
      !message.told.some((one) => forgotten(toldAt.get(keyOf(message.job, one.topic, one.subject)) ?? -1))
    )
      mistake(
        'doubled',
        message.job,
        message.atSeconds,
        `nothing new in "${message.told.map(({ sentence }) => sentence).join('", "')}"`,
      );
    for (const one of news) {
      toldAt.set(keyOf(message.job, one.topic, one.subject), message.atSeconds);
      (one.isOver ? ends : begins)(message.job, message.atSeconds, one);
    }
  }
  for (const one of expected) {
    if (one.must && !begun.has(one))
      mistake(
        'missed',
        one.job,
        one.dueSeconds,
        `its beginning was not told: ${inWords(one)}`,
        allowed(one.dueSeconds, latest.get(one)!.latestBeginSeconds),
      );
    else if (begun.has(one) && !ended.has(one))
      mistake(
        'missed',
        one.job,
        one.overSeconds,
        `its end was not told: ${inWords(one)}`,
        allowed(one.overSeconds, latest.get(one)!.latestEndSeconds),
      );
  }
  return { mistakes, begun, told: begun.size + ended.size };
}

function keyOf(job: string, topic: Topic | undefined, subject: string): string {
  return `${job} ${topic ?? ''} ${subject}`;
}

function inWords({ job, topic, subject, dueSeconds, overSeconds, must }: Expectation): string {
  return `${job}: ${subject} ${topic}, ${dueSeconds}–${overSeconds} s${must ? '' : ' (may be told)'}`;
}
