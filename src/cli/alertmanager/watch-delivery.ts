import type { ProgramClient } from '../other-program/client.js';
import type { LoggedFailure } from './log-reasons.js';
import { countedBetween, type NotificationCount, readNotificationCounts } from './notification-counts.js';
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
const whereToLook =
  'the reason is in the log of Alertmanager ("Notify attempt failed"), which --alertmanager.log reads';

/** What is watched. */
export interface Watch {
  readonly client: ProgramClient;
  readonly alert: TestAlert;
  readonly receivers: ReadonlyMap<string, readonly Way[]>;
  readonly channels: readonly string[];
  /** Before the alert was sent. */
  readonly before: readonly NotificationCount[];
  readonly readLog: () => Promise<readonly LoggedFailure[]>;
  readonly timeoutSeconds: number;
}

/** Asks how often Alertmanager has tried to notify. Throws `program_failed`. */
export async function askCounts(client: ProgramClient): Promise<readonly NotificationCount[]> {
  return readNotificationCounts(await client.askText('/metrics'));
}

/** Waits until every channel has delivered or failed, or the time is up; says what became of each. Throws `program_failed`. */
export async function watchDelivery(watch: Watch): Promise<readonly ChannelOutcome[]> {
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
    // Attempts and failures are counted one after the other: what is seen once may be a moment between the two.
    const isSettled = outcomes.every(
      (outcome, index) => outcome !== undefined && outcome.isDelivered === previous[index]?.isDelivered,
    );
    if (isSettled || isLate)
      return outcomes.map(
        (outcome, index) => outcome ?? lateOutcome(watch.channels[index] ?? '', watch.timeoutSeconds),
      );
    previous = outcomes;
    await new Promise((resolve) => setTimeout(resolve, pollMilliseconds));
  }
}

/** What Alertmanager says at one moment. */
interface Seen {
  readonly state: TestAlertState | undefined;
  readonly after: readonly NotificationCount[];
  readonly failures: readonly LoggedFailure[];
}

/** Undefined as long as nothing can be said. */
function outcomeOf(
  channel: string,
  { receivers, before }: Watch,
  { state, after, failures }: Seen,
  attemptsEnough: number,
): ChannelOutcome | undefined {
  if (state === undefined) return undefined;
  const failed = (text: string): ChannelOutcome => ({ channel, isDelivered: false, text });
  const [silence] = state.silencedBy;
  if (silence !== undefined)
    return failed(`silenced: end the silence ("maintenance stop --id ${silence}") and try again`);
  if (state.inhibitedBy.length > 0) return failed('inhibited by another alert that fires: try again when that is over');
  const own = state.receivers.filter((receiver) => receivers.get(receiver)?.some((way) => way.channel === channel));
  if (own.length === 0)
    return failed(
      `not routed: the alert went to ${state.receivers.join(', ') || 'no receiver'}; see the routes of Alertmanager`,
    );
  const integration = receivers.get(own[0] ?? '')?.find((way) => way.channel === channel)?.integration ?? channel;
  // Without the receivers in its metrics, all that share an integration are counted as one.
  const isTold = after.some((count) => count.integration === integration && count.receiver !== undefined);
  const counted = isTold ? own : state.receivers;
  const ways = counted
    .flatMap((receiver) => receivers.get(receiver) ?? [])
    .filter((way) => way.integration === integration);
  const { attempts, failedAttempts, givenUp } = countedBetween(
    before,
    after,
    integration,
    isTold ? new Set(own) : undefined,
  );
  const delivered = attempts - failedAttempts;
  if (delivered >= ways.length) return { channel, isDelivered: true, text: 'delivered' };
  if (givenUp === 0 && failedAttempts < attemptsEnough * (ways.length - delivered)) return undefined;
  const ofIntegration = failures.filter((failure) => failure.integration === integration);
  const reasons = [
    ...new Set(ofIntegration.filter(({ receiver }) => own.includes(receiver)).map(({ reason }) => reason)),
  ];
  if (reasons.length > 0) return failed(`failed (${failedAttempts} attempts): ${reasons.join('; ')}`);
  const others = [...new Set(ways.map((way) => way.channel))].filter((other) => other !== channel);
  if (delivered === 0 || others.length === 0) return failed(`failed (${failedAttempts} attempts); ${whereToLook}`);
  // The log has a name for each failure, so that a channel without one is well.
  if (ofIntegration.length > 0) return { channel, isDelivered: true, text: 'delivered' };
  return failed(
    `failed, or ${others.join(' or ')} did: ${delivered} of ${ways.length} were delivered, and Alertmanager's metrics do not tell which; ${whereToLook}`,
  );
}

function lateOutcome(channel: string, timeoutSeconds: number): ChannelOutcome {
  return {
    channel,
    isDelivered: false,
    text: `nothing was sent within ${timeoutSeconds} s; wait longer with --timeout, at least the group_wait of its route`,
  };
}
