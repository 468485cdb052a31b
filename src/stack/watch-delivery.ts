import { open, stat } from 'node:fs/promises';
import { ExporterError, systemCodeOf } from '../base/errors.js';
import { withoutPaths } from '../base/sensitive.js';
import { oneLine } from '../base/text.js';
import type { Way } from './alertmanager-api.js';
import type { ProgramClient } from './other-program.js';
import type { TestAlert, TestAlertState } from './test-alert.js';

/** A failed notification in the log of Alertmanager. */
interface LoggedFailure {
  readonly receiver: string;
  readonly integration: string;
  /** On one line. URLs have only scheme and host. */
  readonly reason: string;
}

/** Maximum number of bytes that are read. */
const maxLogBytes = 4 * 1024 * 1024;

/**
 * Notes where a log ends now. The result reads the failures that were written after that. Throws `usage` for an
 * unreadable file.
 */
export async function followLog(file: string): Promise<() => Promise<readonly LoggedFailure[]>> {
  const start = (await orUsage(file, () => stat(file))).size;
  return async () => readFailures(await orUsage(file, () => readFrom(file, start)));
}

/**
 * The failed notifications in a log (logfmt or JSON), with the last error of each receiver and integration. A
 * notification that was delivered later is not a failure.
 */
export function readFailures(text: string): readonly LoggedFailure[] {
  const found = new Map<string, LoggedFailure>();
  for (const line of text.split('\n')) {
    const receiver = field(line, 'receiver');
    const integration = /^(\w+)/.exec(field(line, 'integration') ?? '')?.[1];
    if (receiver === undefined || integration === undefined) continue;
    const way = `${receiver} ${integration}`;
    const error = field(line, 'err');
    if (field(line, 'msg') === 'Notify success') found.delete(way);
    else if (error !== undefined) found.set(way, { receiver, integration, reason: oneLine(withoutPaths(error)) });
  }
  return [...found.values()];
}

function field(line: string, name: string): string | undefined {
  const quoted = new RegExp(`(?:(?:^| )${name}=|"${name}":)("(?:[^"\\\\]|\\\\.)*")`).exec(line)?.[1];
  if (quoted === undefined) return new RegExp(`(?:^| )${name}=(\\S+)`).exec(line)?.[1];
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return quoted.slice(1, -1);
  }
}

async function readFrom(file: string, start: number): Promise<string> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    // A shorter log was rotated, so all of it is new.
    const from = size < start ? 0 : start;
    const buffer = Buffer.alloc(Math.min(maxLogBytes, size - from));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, from);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

async function orUsage<Result>(file: string, attempt: () => Promise<Result>): Promise<Result> {
  try {
    return await attempt();
  } catch (error) {
    throw new ExporterError(
      'usage',
      `--alertmanager.log: ${file}: cannot be read (${systemCodeOf(error) ?? 'unknown error'})`,
      { cause: error },
    );
  }
}

/** Notifications of one integration since Alertmanager started, and of one receiver if the metrics name it. */
interface NotificationCount {
  readonly integration: string;
  /** Absent if the metrics do not name receivers: before 0.28, and later without the feature `receiver-name-in-metrics`. */
  readonly receiver?: string;
  /** Sent requests, repetitions included. */
  readonly attempts: number;
  readonly failedAttempts: number;
  /** Notifications that Alertmanager gave up. */
  readonly givenUp: number;
}

const counters = {
  alertmanager_notification_requests_total: 'attempts',
  alertmanager_notification_requests_failed_total: 'failedAttempts',
  alertmanager_notifications_failed_total: 'givenUp',
} as const satisfies Readonly<Record<string, keyof NotificationCount>>;

/** Reads the counts in `/metrics` of Alertmanager, by integration and receiver. A missing count means never tried. */
export function readNotificationCounts(exposition: string): readonly NotificationCount[] {
  const counts = new Map<
    string,
    { integration: string; receiver?: string; attempts: number; failedAttempts: number; givenUp: number }
  >();
  for (const [, name = '', labels = '', value = ''] of exposition.matchAll(/^(alertmanager_\w+)\{([^}]*)\} (\S+)/gm)) {
    const field = Object.hasOwn(counters, name) ? counters[name as keyof typeof counters] : undefined;
    const integration = /(?:^|,)integration="([^"]*)"/.exec(labels)?.[1];
    if (field === undefined || integration === undefined) continue;
    const receiver = /(?:^|,)receiver_name="([^"]*)"/.exec(labels)?.[1];
    const key = JSON.stringify([integration, receiver]);
    const count = counts.get(key) ?? {
      integration,
      ...(receiver === undefined ? {} : { receiver }),
      attempts: 0,
      failedAttempts: 0,
      givenUp: 0,
    };
    // Newer versions count failures by reason. This is their sum.
    count[field] += Number(value);
    counts.set(key, count);
  }
  return [...counts.values()];
}

/** The difference of two readings for an integration, limited to `receivers` if the metrics name them. */
export function countedBetween(
  before: readonly NotificationCount[],
  after: readonly NotificationCount[],
  integration: string,
  receivers?: ReadonlySet<string>,
): Pick<NotificationCount, 'attempts' | 'failedAttempts' | 'givenUp'> {
  const sum = (counts: readonly NotificationCount[], field: 'attempts' | 'failedAttempts' | 'givenUp') =>
    counts
      .filter(
        (count) =>
          count.integration === integration && (receivers === undefined || receivers.has(count.receiver ?? '')),
      )
      .reduce((total, count) => total + count[field], 0);
  const difference = (field: 'attempts' | 'failedAttempts' | 'givenUp') => sum(after, field) - sum(before, field);
  return {
    attempts: difference('attempts'),
    failedAttempts: difference('failedAttempts'),
    givenUp: difference('givenUp'),
  };
}

/** Result of the test alert for one channel. */
export interface ChannelOutcome {
  readonly channel: string;
  readonly isDelivered: boolean;
  /** Message for people, on one line. */
  readonly text: string;
}

/**
 * Failed attempts after which a channel counts as broken. Alertmanager itself tries until the group's next interval,
 * five minutes by default.
 */
const attemptsUntilFailed = 3;
const whereToLook =
  'the reason is in the log of Alertmanager ("Notify attempt failed"), which --alertmanager.log reads';

/** A test alert and its channels. */
export interface DeliveryWatch {
  readonly client: ProgramClient;
  readonly alert: TestAlert;
  readonly receivers: ReadonlyMap<string, readonly Way[]>;
  readonly channels: readonly string[];
  /** Counts from before the alert was sent. */
  readonly before: readonly NotificationCount[];
  readonly readLog: () => Promise<readonly LoggedFailure[]>;
  readonly timeoutSeconds: number;
  /** Pause between two looks. */
  readonly pollMilliseconds: number;
}

/** Asks Alertmanager for the number of its notifications. Throws `program_failed`. */
export async function askCounts(client: ProgramClient): Promise<readonly NotificationCount[]> {
  return readNotificationCounts(await client.askText('/metrics'));
}

/**
 * Waits until every channel has delivered or failed, or until the timeout. Returns the result of each channel. Throws
 * `program_failed`.
 */
export async function watchDelivery(watch: DeliveryWatch): Promise<readonly ChannelOutcome[]> {
  const deadline = performance.now() + watch.timeoutSeconds * 1000;
  let previous: readonly (ChannelOutcome | undefined)[] = [];
  for (;;) {
    const isLate = performance.now() >= deadline;
    const seen: Seen = {
      state: await watch.alert.state(),
      after: await askCounts(watch.client),
      failures: await watch.readLog(),
    };
    const outcomes = watch.channels.map((channel) => outcomeOf(channel, watch, seen, isLate ? 1 : attemptsUntilFailed));
    // Alertmanager counts an attempt before its failure. So a result counts only if it is seen twice.
    const isSettled = outcomes.every(
      (outcome, index) => outcome !== undefined && outcome.isDelivered === previous[index]?.isDelivered,
    );
    if (isSettled || isLate)
      return outcomes.map(
        (outcome, index) => outcome ?? lateOutcome(watch.channels[index] ?? '', watch.timeoutSeconds),
      );
    previous = outcomes;
    await new Promise((resolve) => setTimeout(resolve, watch.pollMilliseconds));
  }
}

/** State of Alertmanager at one moment. */
interface Seen {
  readonly state: TestAlertState | undefined;
  readonly after: readonly NotificationCount[];
  readonly failures: readonly LoggedFailure[];
}

/** Undefined while the result is not known. */
function outcomeOf(
  channel: string,
  { receivers, before }: DeliveryWatch,
  { state, after, failures }: Seen,
  attemptsEnough: number,
): ChannelOutcome | undefined {
  if (state === undefined) return undefined;
  const failed = (text: string): ChannelOutcome => ({ channel, isDelivered: false, text });
  const [silence] = state.silencedBy;
  if (silence !== undefined)
    return failed(`silenced: end the silence ("maintenance stop --id ${silence}") and try again`);
  if (state.inhibitedBy.length > 0) return failed('inhibited by another alert that fires: try again when that is over');
  const waysOf = (receiver: string) => receivers.get(receiver) ?? [];
  const own = state.receivers.filter((receiver) => waysOf(receiver).some((way) => way.channel === channel));
  const way = own.flatMap(waysOf).find((each) => each.channel === channel);
  if (way === undefined)
    return failed(
      `not routed: the alert went to ${state.receivers.join(', ') || 'no receiver'}; see the routes of Alertmanager`,
    );
  const { integration } = way;
  // If the metrics do not name receivers, all receivers with the same integration have one count.
  const hasReceivers = after.some((count) => count.integration === integration && count.receiver !== undefined);
  const counted = hasReceivers ? own : state.receivers;
  const ways = counted.flatMap(waysOf).filter((each) => each.integration === integration);
  const { attempts, failedAttempts, givenUp } = countedBetween(
    before,
    after,
    integration,
    hasReceivers ? new Set(own) : undefined,
  );
  const delivered = attempts - failedAttempts;
  if (delivered >= ways.length) return { channel, isDelivered: true, text: 'delivered' };
  if (givenUp === 0 && failedAttempts < attemptsEnough * (ways.length - delivered)) return undefined;
  const ofIntegration = failures.filter((failure) => failure.integration === integration);
  const reasons = [
    ...new Set(ofIntegration.filter(({ receiver }) => own.includes(receiver)).map(({ reason }) => reason)),
  ];
  if (reasons.length > 0) return failed(`failed (${failedAttempts} attempts): ${reasons.join('; ')}`);
  const others = [...new Set(ways.map((each) => each.channel))].filter((other) => other !== channel);
  if (delivered === 0 || others.length === 0) return failed(`failed (${failedAttempts} attempts); ${whereToLook}`);
  // The log names every failure, so a channel that it does not name has delivered.
  if (ofIntegration.length > 0) return { channel, isDelivered: true, text: 'delivered' };
  return failed(
    `failed, or ${others.join(' or ')} did: ${delivered} of ${ways.length} were delivered, and Alertmanager's metrics do not show which; ${whereToLook}`,
  );
}

function lateOutcome(channel: string, timeoutSeconds: number): ChannelOutcome {
  return {
    channel,
    isDelivered: false,
    text: `nothing was sent within ${timeoutSeconds} s; wait longer with --timeout, at least the group_wait of its route`,
  };
}
