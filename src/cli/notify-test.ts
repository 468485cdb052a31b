import { systemClock } from '../base/clock.js';
import { ExporterError } from '../base/errors.js';
import { printable, printableLine } from '../base/text.js';
import type { Config } from '../config/config.js';
import { loadConfig } from '../config/load.js';
import { isSecretPath } from '../config/placement.js';
import type { Path } from '../config/problem.js';
import type { Needs } from '../config/resolving.js';
import {
  type AlertmanagerOptions,
  accessTo,
  alertmanagerNeeds,
  askStatus,
  durationFlag,
  type Way,
} from '../stack/alertmanager-api.js';
import { createProgramClient } from '../stack/other-program.js';
import { createTestAlert, readLabels, type TestAlertTerms, testAlertName } from '../stack/test-alert.js';
import {
  askCounts,
  type ChannelOutcome,
  type DeliveryWatch,
  followLog,
  watchDelivery,
} from '../stack/watch-delivery.js';
import type { CommandSurroundings } from './options.js';

/** Flags of `notify-test`. */
export interface NotifyTestOptions extends AlertmanagerOptions {
  readonly channel?: readonly string[];
  readonly timeout: string;
  readonly severity: 'warning' | 'critical';
  /** Each is `name=value`: one more label of the test alert. */
  readonly label?: readonly string[];
  readonly 'alertmanager.log'?: string;
}

/** Exit code if the test was not possible. 1 means that a channel failed. */
const cannotAskCode = 2;
/** The test alert ends by itself this long after the test, if this process cannot resolve it. */
const overtimeSeconds = 60;

/**
 * `notify-test`: sends a test alert through Alertmanager, prints for each channel whether it was delivered by the
 * metrics of Alertmanager, and resolves it. Returns 0 if every channel delivered, 1 if not, 2 if the test was not
 * possible.
 */
export async function notifyTest(options: NotifyTestOptions, surroundings: CommandSurroundings): Promise<number> {
  try {
    return await testNotifications(options, surroundings);
  } catch (error) {
    if (!(error instanceof ExporterError)) throw error;
    surroundings.errors.write(`ai-crm-exporter: ${printable(error.message)}\n`);
    return cannotAskCode;
  }
}

async function testNotifications(
  options: NotifyTestOptions,
  { environment, directory, out }: CommandSurroundings,
): Promise<number> {
  const timeoutSeconds = durationFlag('--timeout', options.timeout, { minimum: 1, maximum: 3600 });
  const labels = readLabels(options.label ?? []);
  const needsAccess = alertmanagerNeeds(options);
  // Only the names of channels are needed, because Alertmanager has their secrets.
  const isSecret = (path: Path) => isSecretPath(path) || String(path.at(-1)).endsWith('_file');
  const needs: Needs = (path) => (path[0] === 'alert_channels' && !isSecret(path)) || needsAccess(path);
  const config = await loadConfig(options['config.file'], { environment, directory, needs });
  const access = await accessTo(options, config.alertmanager, { environment, directory });
  const logFile = options['alertmanager.log'];
  const readLog = logFile === undefined ? async () => [] : await followLog(logFile);
  const client = await createProgramClient(access);
  try {
    const { receivers, version } = await askStatus(client);
    const channels = channelsToTest(options.channel, config, receivers);
    out.write(
      `${testAlertName} with severity ${options.severity} to Alertmanager ${printableLine(version)} at ${access.url}\n`,
    );
    const width = Math.max(...channels.map((channel) => channel.length));
    let isDelivered = true;
    for (let left = channels; left.length > 0; ) {
      const outcomes = await testNext(
        left,
        { client, receivers, readLog, timeoutSeconds, pollMilliseconds: 250 },
        { severity: options.severity, job: access.job, labels },
      );
      for (const { channel, text } of outcomes) out.write(`${printableLine(`${channel.padEnd(width)}  ${text}`)}\n`);
      isDelivered &&= outcomes.every((outcome) => outcome.isDelivered);
      left = left.filter((name) => !outcomes.some(({ channel }) => channel === name));
    }
    return isDelivered ? 0 : 1;
  } finally {
    await client.close();
  }
}

/**
 * Tests the first channel with its own alert. Only this separates a webhook from the console in the metrics of
 * Alertmanager. If the routes send the alert to other channels, too, it tests them all.
 */
async function testNext(
  channels: readonly string[],
  watch: Omit<DeliveryWatch, 'alert' | 'before' | 'channels'>,
  terms: Omit<TestAlertTerms, 'channel'>,
): Promise<readonly ChannelOutcome[]> {
  const [first = ''] = channels;
  const before = await askCounts(watch.client);
  const alert = createTestAlert(watch.client, { ...terms, channel: first });
  await alert.post(systemClock.nowSeconds() + watch.timeoutSeconds + overtimeSeconds);
  try {
    const reached = new Set(
      ((await alert.state())?.receivers ?? [])
        .flatMap((name) => watch.receivers.get(name) ?? [])
        .map((way) => way.channel),
    );
    const isShared = channels.some((channel) => channel !== first && reached.has(channel));
    return await watchDelivery({ ...watch, alert, before, channels: isShared ? channels : [first] });
  } finally {
    // The alert ends by itself anyway, so an error here must not hide another one.
    await alert.post(systemClock.nowSeconds()).catch(() => {});
  }
}

/**
 * The requested channels, else those of the configuration, else those of Alertmanager. Throws `usage`, and
 * `program_failed` if there is none.
 */
function channelsToTest(
  asked: readonly string[] | undefined,
  { alertChannels }: Config,
  receivers: ReadonlyMap<string, readonly Way[]>,
): readonly string[] {
  // The dead man's switch does not notify people. It gets a signal all the time, and raises an alarm without it.
  const isForPeople = (name: string) => name !== 'watchdog';
  const inAlertmanager = [...new Set([...receivers.values()].flat().map((way) => way.channel))].filter(isForPeople);
  const configured = alertChannels.filter(({ name, enabled }) => enabled && isForPeople(name)).map(({ name }) => name);
  const known = new Set<string>([...configured, ...inAlertmanager]);
  const unknown = asked?.find((name) => !known.has(name));
  if (unknown !== undefined)
    throw new ExporterError(
      'usage',
      `--channel: there is no channel ${JSON.stringify(unknown.slice(0, 64))}; ${known.size === 0 ? 'alert_channels has none' : `use one of ${[...known].join(', ')}`}`,
    );
  const channels = asked ?? (configured.length > 0 ? configured : inAlertmanager);
  if (channels.length === 0)
    throw new ExporterError(
      'program_failed',
      'there is no channel to test: neither alert_channels nor the receivers of Alertmanager have one',
    );
  return [...new Set(channels)];
}
