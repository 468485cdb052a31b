import { type Channel, channels, type Message, type Told } from './heard.js';
import { type Expectation, onConsole, type Topic } from './model.js';
import type { Span } from './steps.js';

/** Something that went wrong with telling. */
export interface Mistake {
  readonly kind: 'missed' | 'false' | 'doubled' | 'late';
  readonly channel: Channel;
  readonly job: string;
  /** In words: what was expected, and what came. */
  readonly text: string;
  readonly atSeconds: number;
  /** Until when what was missed could still come. */
  readonly latestSeconds: number;
}

/** What a drill has shown. */
export interface Comparison {
  readonly mistakes: readonly Mistake[];
  /** How many beginnings and ends were told as they should be; of all channels together. */
  readonly told: number;
  /** From the failure of a component to the slowest channel, for each outage that had no excuse. */
  readonly secondsToDelivery: readonly number[];
}

/** By shipped seconds from the beginning of the drill. */
export type TimedMessage = Message & { readonly atSeconds: number };

interface Open {
  readonly expectation: Expectation | undefined;
  readonly sinceSeconds: number;
}

/** Told too early by this much is a matter of two clocks and no mistake. */
const toleranceSeconds = 2;

/** What the comparison has to know besides. */
export interface CompareOptions {
  /** By what the time that everything may take is multiplied. */
  readonly patience?: number;
  /** When the console, which is an exporter, was gone. */
  readonly consoleGone?: readonly Span[];
  /** Whether Alertmanager crashed before it had written down what it told then, so that it may tell it again. */
  readonly forgotten?: (toldAtSeconds: number) => boolean;
  /** Jobs of which scrapes did fail, so that it is no mistake to tell that. */
  readonly unscraped?: ReadonlySet<string>;
}

/** Compares what each channel was told with what should be told. */
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

/** `latest` has each expectation with those times that hold for the channel. */
function compareChannel(
  channel: Channel,
  latest: ReadonlyMap<Expectation, Expectation>,
  messages: readonly TimedMessage[],
  patience: number,
  forgotten: (toldAtSeconds: number) => boolean,
) {
  const mistakes: Mistake[] = [];
  const expected = [...latest.keys()];
  /** What people take to be going on. */
  const open = new Map<string, Open>();
  /** When each thing that was told was told last. */
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
    // A message is there for its news; what it repeats beside them is its list.
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
