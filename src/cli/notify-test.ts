import { systemClock } from '../clock.js';
import type { Config } from '../config/config.js';
import { loadConfig } from '../config/load.js';
import { ExporterError } from '../errors.js';
import { printable } from '../http/printable.js';
import { accessTo, durationFlag } from './alertmanager/access.js';
import { createClient } from './alertmanager/client.js';
import { followLog } from './alertmanager/log-reasons.js';
import { askStatus, type Way } from './alertmanager/receivers.js';
import { createTestAlert, testAlertName } from './alertmanager/test-alert.js';
import { askCounts, watchDelivery } from './alertmanager/watch-delivery.js';
import type { NotifyTestOptions, Surroundings } from './options.js';

/** Exit code for a test that could not be made; 1 is for one that failed. */
const cannotAskCode = 2;
/** The test alert ends by itself this long after the test, should nobody be there to resolve it. */
const overtimeSeconds = 60;

/**
 * `notify-test`: sends a marked test alert through Alertmanager and says of each channel whether it was delivered, as Alertmanager's
 * own metrics have it, then resolves it. Returns the exit code: 0 delivered everywhere, 1 not, 2 could not be tested.
 */
export async function notifyTest(options: NotifyTestOptions, surroundings: Surroundings): Promise<number> {
  try {
    return await testNotifications(options, surroundings);
  } catch (error) {
    if (!(error instanceof ExporterError)) throw error;
    surroundings.errors.write(`ai-crm-exporter: ${printable(error.message)}\n`);
    return cannotAskCode;
  }
}

async function testNotifications(options: NotifyTestOptions, { environment, directory, out, errors }: Surroundings): Promise<number> {
  const timeoutSeconds = durationFlag('--timeout', options.timeout, { minimum: 1, maximum: 3600 });
  const config = await loadConfig(options['config.file'], { environment, directory });
  const access = await accessTo(options, config.alertmanager, directory);
  const logFile = options['alertmanager.log'];
  const readLog = logFile === undefined ? async () => [] : await followLog(logFile);
  const client = await createClient(access);
  try {
    const { receivers, version } = await askStatus(client);
    const { channels, remarks } = channelsToTest(options, config, receivers);
    for (const remark of remarks) errors.write(`${printable(remark)}\n`);
    const before = await askCounts(client);
    const alert = createTestAlert(client, { severity: options.severity, job: access.job });
    await alert.post(systemClock.nowSeconds() + timeoutSeconds + overtimeSeconds);
    out.write(`${testAlertName} with severity ${options.severity} sent to Alertmanager ${printable(version)} at ${access.url}\n`);
    const outcomes = await resolvedAfterwards(alert.post, () => watchDelivery({ client, alert, receivers, channels, before, readLog, timeoutSeconds }));
    const width = Math.max(...channels.map((channel) => channel.length));
    for (const { channel, text } of outcomes) out.write(`${printable(`${channel.padEnd(width)}  ${text}`)}\n`);
    return outcomes.every(({ isDelivered }) => isDelivered) ? 0 : 1;
  } finally {
    await client.close();
  }
}

async function resolvedAfterwards<Result>(post: (endsAtSeconds: number) => Promise<void>, test: () => Promise<Result>): Promise<Result> {
  try {
    return await test();
  } finally {
    // It ends by itself all the same, so that a failure here is not worth hiding another one.
    await post(systemClock.nowSeconds()).catch(() => {});
  }
}

/** The channels that are asked for, or those that should get an alert of this severity. Throws `usage`, and `alertmanager_failed` when there is none. */
function channelsToTest({ channel: asked, severity }: NotifyTestOptions, { alertChannels }: Config, receivers: ReadonlyMap<string, readonly Way[]>): { readonly channels: readonly string[]; readonly remarks: readonly string[] } {
  const inAlertmanager = [...new Set([...receivers.values()].flat().map((way) => way.channel))];
  const configured = alertChannels.filter(({ enabled }) => enabled);
  if (asked !== undefined) {
    const known = new Set<string>([...inAlertmanager, ...configured.map(({ name }) => name)]);
    const unknown = asked.find((name) => !known.has(name));
    if (unknown !== undefined) throw new ExporterError('usage', `--channel: there is no channel ${JSON.stringify(unknown)}; there are ${[...known].join(', ') || 'none, see alert_channels'}`);
    return { channels: [...new Set(asked)], remarks: [] };
  }
  const isFor = (severities: unknown) => !Array.isArray(severities) || severities.includes(severity);
  const left = configured.filter(({ settings }) => !isFor(settings['severities'])).map(({ name }) => name);
  const channels = configured.length === 0 ? inAlertmanager : configured.map(({ name }) => name).filter((name) => !left.includes(name));
  if (channels.length === 0) throw new ExporterError('alertmanager_failed', `there is no channel to test with severity ${severity}: neither alert_channels nor Alertmanager's receivers have one`);
  return { channels, remarks: left.map((name) => `${name}: not tested, its severities in alert_channels leave out ${severity}`) };
}
