import type { AlertmanagerClient } from './client.js';
import type { LoggedFailure } from './log-reasons.js';
import { countedBetween, readNotificationCounts, type NotificationCount } from './notification-counts.js';
import type { Way } from './receivers.js';
import type { TestAlert, TestAlertState } from './test-alert.js';

/** What became of the test alert on one channel. */
export interface ChannelOutcome {
  readonly channel: string;
  readonly isDelivered: boolean;
  /** For people, on one line. */
  readonly text: string;
}

/** After so many attempts a way counts as broken; Alertmanager itself goes on until the group's next turn, five minutes by default. */
const attemptsUntilFailed = 3;
const pollMilliseconds = 250;
const whereToLook = 'the reason is in the log of Alertmanager ("Notify attempt failed"), which --alertmanager.log reads';

/** What is watched. */
export interface Watch {
  readonly client: AlertmanagerClient;
  readonly alert: TestAlert;
  readonly receivers: ReadonlyMap<string, readonly Way[]>;
  readonly channels: readonly string[];
  /** Before the alert was sent. */
  readonly before: readonly NotificationCount[];
  readonly readLog: () => Promise<readonly LoggedFailure[]>;
  readonly timeoutSeconds: number;
}

/** Asks how often Alertmanager has tried to notify. Throws `alertmanager_failed`. */
export async function askCounts(client: AlertmanagerClient): Promise<readonly NotificationCount[]> {
  return readNotificationCounts(await client.askText('/metrics'));
}

/** Waits until every channel has delivered or failed, or the time is up; says what became of each. Throws `alertmanager_failed`. */
export async function watchDelivery(watch: Watch): Promise<readonly ChannelOutcome[]> {
  const deadline = performance.now() + watch.timeoutSeconds * 1000;
  let previous: readonly (ChannelOutcome | undefined)[] = [];
  for (;;) {
    const state = await watch.alert.state();
    const after = await askCounts(watch.client);
    const failures = await watch.readLog();
    const isLate = performance.now() >= deadline;
    const outcomes = watch.channels.map((channel) => outcomeOf(channel, watch, state, after, failures));
    // Attempts and failures are counted one after the other: what is seen once may be a moment between the two.
    const isSettled = outcomes.every((outcome, index) => outcome !== undefined && outcome.text === previous[index]?.text);
    if (isSettled || isLate) return outcomes.map((outcome, index) => outcome ?? lateOutcome(watch.channels[index] ?? '', watch));
    previous = outcomes;
    await new Promise((resolve) => setTimeout(resolve, pollMilliseconds));
  }
}

/** Undefined as long as nothing can be said. */
function outcomeOf(channel: string, { receivers, before }: Watch, state: TestAlertState | undefined, after: readonly NotificationCount[], failures: readonly LoggedFailure[]): ChannelOutcome | undefined {
  if (state === undefined) return undefined;
  const failed = (text: string): ChannelOutcome => ({ channel, isDelivered: false, text });
  const [silence] = state.silencedBy;
  if (silence !== undefined) return failed(`silenced by ${silence}: end that silence ("maintenance stop --id ${silence}") and try again`);
  if (state.inhibitedBy.length > 0) return failed('inhibited by another alert that fires: try again when that is over');
  const own = state.receivers.filter((receiver) => receivers.get(receiver)?.some((way) => way.channel === channel));
  if (own.length === 0) return failed(`not routed: the alert went to ${state.receivers.join(', ') || 'no receiver'}; look at the routes of Alertmanager`);
  const integration = receivers.get(own[0] ?? '')?.find((way) => way.channel === channel)?.integration ?? channel;
  const isTold = after.some((count) => count.integration === integration && count.receiver !== undefined);
  const sharing = isTold ? own : state.receivers;
  const expected = sharing.flatMap((receiver) => receivers.get(receiver) ?? []).filter((way) => way.integration === integration);
  const counted = isTold ? sumOf(own.map((receiver) => countedBetween(before, after, integration, receiver))) : countedBetween(before, after, integration);
  const delivered = counted.attempts - counted.failedAttempts;
  if (delivered >= expected.length) return { channel, isDelivered: true, text: 'delivered' };
  if (counted.givenUp === 0 && counted.failedAttempts < attemptsUntilFailed * (expected.length - delivered)) return undefined;
  const others = [...new Set(expected.map((way) => way.channel))].filter((other) => other !== channel);
  const reasons = failures.filter((failure) => failure.integration === integration && own.includes(failure.receiver));
  // Both are the same to these counts, but what is in the log has a name, and with it the other one is known to be well.
  if (delivered > 0 && others.length > 0 && failures.some((failure) => failure.integration === integration)) {
    if (reasons.length === 0) return { channel, isDelivered: true, text: 'delivered' };
  } else if (delivered > 0 && others.length > 0) {
    return failed(`failed, or ${others.join(' or ')} did: ${delivered} of ${expected.length} were delivered, and Alertmanager's metrics do not tell which; ${whereToLook}`);
  }
  const why = [...new Set(reasons.map(({ reason }) => reason))].join('; ');
  return failed(`failed (${counted.failedAttempts} attempts): ${why === '' ? whereToLook : why}`);
}

function sumOf(counts: readonly ReturnType<typeof countedBetween>[]): ReturnType<typeof countedBetween> {
  return counts.reduce((sum, { attempts, failedAttempts, givenUp }) => ({ attempts: sum.attempts + attempts, failedAttempts: sum.failedAttempts + failedAttempts, givenUp: sum.givenUp + givenUp }), { attempts: 0, failedAttempts: 0, givenUp: 0 });
}

function lateOutcome(channel: string, { timeoutSeconds }: Watch): ChannelOutcome {
  return { channel, isDelivered: false, text: `nothing was sent within ${timeoutSeconds} s: wait longer with --timeout, at least the group_wait of its route` };
}
