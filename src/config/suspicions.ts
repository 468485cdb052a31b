import { formatDuration } from './duration.js';
import type { Path, Report } from './problem.js';
import type { Context } from './resolving.js';
import type { AlertChannel } from './sections/alert-channels-section.js';
import { type ComponentConfig, probeTimeoutSeconds } from './sections/endpoints-section.js';
import type { HeartbeatConfig } from './sections/heartbeats-section.js';
import type { Thresholds } from './sections/thresholds-section.js';
import type { Settings } from './settings.js';
import { otherBeginning } from './socket-target.js';
import { warnOfUntold } from './untold-alerts.js';

/** The name of the badge of the whole: see `/badge/overall.svg`. */
export const wholeBadge = 'overall';

/** The configuration so far. */
interface Resolved {
  readonly components: readonly ComponentConfig[];
  readonly heartbeats: readonly HeartbeatConfig[];
  readonly thresholds: Thresholds;
  readonly alertChannels: readonly AlertChannel[];
}

/**
 * Warns about settings that are permitted but nearly always a mistake. It must not warn about others, because users who
 * cannot avoid a warning ignore all warnings.
 */
export function warnOfSuspicions(settings: Settings, config: Resolved, context: Context): void {
  if (context.source !== null && Object.keys(settings).length === 0) {
    context.warn([], 'the file has no settings: the exporter probes the default addresses of AI-CRM on this machine');
  }
  warnOfUnits(settings, context.warn);
  warnOfShortTimeouts(settings, config, context.warn);
  warnOfPorts(settings, config, context.warn);
  warnOfMail(config, context.warn);
  if (settings.endpoints?.[wholeBadge] !== undefined)
    context.warn(
      ['endpoints', wholeBadge],
      `/badge/${wholeBadge}.svg shows the overall level; rename the component to give it a badge, too`,
      'key',
    );
  if (['endpoints', 'heartbeats', 'alert_channels'].every((section) => context.isSound(section)))
    warnOfUntold(config, context.warn);
}

/** Numbers that seem to be in another unit than the end of the option's name says. */
function warnOfUnits(
  { alert_thresholds: thresholds, slo, check_intervals: intervals, endpoints = {} }: Settings,
  warn: Report,
): void {
  eachNumber({ alert_thresholds: thresholds, slo }, [], (path, key, value) => {
    if (key.endsWith('_percent')) checkPercent(path, key, value, warn);
    if (key.endsWith('_ms')) checkMilliseconds(path, value, warn);
  });
  eachNumber({ check_intervals: intervals }, [], (path, _key, value) => checkInterval(path, value, warn));
  for (const [name, endpoint] of Object.entries(endpoints)) {
    if (typeof endpoint === 'string') continue;
    const path: Path = ['endpoints', name];
    eachNumber(endpoint.thresholds, [...path, 'thresholds'], (place, key, value) => {
      if (key.endsWith('_percent')) checkPercent(place, key, value, warn);
      // A cache may answer in a millisecond.
      if (key.endsWith('_ms') && /^http/i.test(endpoint.url)) checkMilliseconds(place, value, warn);
    });
    if (endpoint.interval !== undefined) checkInterval([...path, 'interval'], endpoint.interval, warn);
  }
}

/** A ratio of errors may be below one percent, for example for an objective of 99.9 %. Other percentages are larger. */
function checkPercent(path: Path, key: string, value: number, warn: Report): void {
  if (key.startsWith('error_rate') ? value >= 0.1 : value > 1) return;
  const asPercent = Math.round(value * 1e8) / 1e6;
  // 100 % is no advice: it is never exceeded, and no objective can be 100 %.
  const advice = asPercent === 100 ? '' : `; for ${asPercent} % write ${asPercent}`;
  warn(path, `${value} is ${value} %, which looks like a fraction${advice}`);
}

/** Warns about 10 ms and less, because answers over HTTP take longer. */
function checkMilliseconds(path: Path, value: number, warn: Report): void {
  if (value <= 10) warn(path, `${value} is ${value} ms; for ${value} s write ${value * 1000}`);
}

/** Warns about whole thousands of seconds, because these are probably milliseconds. */
function checkInterval(path: Path, seconds: number, warn: Report): void {
  if (seconds % 1000 !== 0) return;
  const meant = formatDuration(seconds / 1000);
  warn(
    path,
    `${seconds} seconds are ${formatDuration(seconds)}, which looks like milliseconds; for ${meant} write ${meant}`,
  );
}

/** Calls `see` for each number inside a value, with its path and the last key that is the name of an option. */
function eachNumber(value: unknown, path: Path, see: (path: Path, key: string, value: number) => void, key = ''): void {
  if (typeof value === 'number') see(path, key, value);
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    const isLevel = name === 'warning' || name === 'critical';
    eachNumber(inner, [...path, name], see, isLevel ? key : name);
  }
}

/**
 * Warns if a probe times out before its answer is slow enough to be CRITICAL. The position is that of the setting,
 * first of the component's.
 */
function warnOfShortTimeouts(
  settings: Settings,
  { components, thresholds }: Pick<Resolved, 'components' | 'thresholds'>,
  warn: Report,
): void {
  const reported = new Set<string>();
  for (const { name, timeoutSeconds, thresholds: own } of components) {
    const { critical } = own.responseTimeSeconds ?? thresholds.responseTimeSeconds;
    if (timeoutSeconds >= critical) continue;
    const place = placeOfConflict(settings, name, timeoutSeconds);
    if (place === undefined || reported.has(JSON.stringify(place))) continue;
    reported.add(JSON.stringify(place));
    warn(
      place,
      `a probe fails after its timeout of ${formatDuration(timeoutSeconds)}, so the critical response time of ${formatDuration(critical)} is never reached: lower it or raise the timeout`,
    );
  }
}

function placeOfConflict(
  { endpoints = {}, alert_thresholds: thresholds }: Settings,
  name: string,
  timeoutSeconds: number,
): Path | undefined {
  const endpoint = endpoints[name];
  const given = typeof endpoint === 'object' ? endpoint : undefined;
  if (given?.timeout !== undefined) return ['endpoints', name, 'timeout'];
  // A timeout that follows from a short interval is not a setting of the user.
  if (timeoutSeconds < probeTimeoutSeconds) return undefined;
  if (given?.thresholds?.response_time_ms !== undefined) return ['endpoints', name, 'thresholds', 'response_time_ms'];
  return thresholds?.response_time_ms === undefined ? undefined : ['alert_thresholds', 'response_time_ms'];
}

/** Warns about ports that start with TLS although the URL has none, or the reverse, so that no probe succeeds. */
function warnOfPorts({ endpoints = {} }: Settings, { components }: Pick<Resolved, 'components'>, warn: Report): void {
  for (const component of components) {
    const { kind, name } = component;
    const odd = kind === 'tcp' || kind === 'tls' ? otherBeginning(component) : otherWebPort(component);
    if (odd !== undefined) warn(['endpoints', name, ...(typeof endpoints[name] === 'string' ? [] : ['url'])], odd);
  }
}

function otherWebPort(component: ComponentConfig): string | undefined {
  const port = 'url' in component ? Number(new URL(component.url).port) : 'port' in component ? component.port : 0;
  if (port === 443 && /^(?:http|ws|grpc)$/.test(component.kind))
    return `port 443 has TLS from the first byte: write ${component.kind}s://`;
  if (port === 80 && /^(?:https|wss|grpcs)$/.test(component.kind))
    return `port 80 has no TLS: write ${component.kind.slice(0, -1)}://`;
  return undefined;
}

/** Public mail servers that need a login for mail to others. Relays that accept known addresses are not in this list. */
const serversWithLogin: readonly RegExp[] = [
  /^smtp\.(?:gmail|googlemail)\.com$/,
  /^smtp\.office365\.com$|^smtp-mail\.outlook\.com$|^smtp\.live\.com$|^smtp\.azurecomm\.net$/,
  /^smtp\.(?:sendgrid\.net|(?:eu\.)?mailgun\.org|mandrillapp\.com|(?:eu\.)?sparkpostmail\.com|resend\.com|elasticemail\.com|mailersend\.net)$/,
  /^smtp(?:-broadcasts)?\.postmarkapp\.com$|^(?:live|sandbox)\.smtp\.mailtrap\.io$|^mail(?:-eu|-us)?\.smtp2go\.com$/,
  /^email-smtp(?:-fips)?\.[a-z0-9-]+\.amazonaws\.com$|^smtp\.email\.[a-z0-9-]+\.oci\.oraclecloud\.com$/,
  /^in(?:-v3)?\.mailjet\.com$|^smtp-relay\.(?:brevo|sendinblue)\.com$/,
  /^smtp\.(?:mail\.(?:yahoo\.com|me\.com|ru)|aol\.com|yandex\.(?:com|ru)|qq\.com|exmail\.qq\.com|163\.com|126\.com)$/,
  /^(?:mail|smtp)\.gmx\.(?:net|com|de)$|^smtp\.web\.de$|^(?:secure)?smtp\.t-online\.de$|^posteo\.de$/,
  /^smtp(?:pro)?\.zoho\.(?:com|eu|in)$|^smtp\.(?:ionos\.(?:com|de|co\.uk|es|fr)|1und1\.de|strato\.(?:com|de)|mailbox\.org|fastmail\.com|migadu\.com)$/,
  /^smtp\.(?:protonmail\.ch|purelymail\.com|dreamhost\.com|titan\.email)$|^ssl0\.ovh\.net$|^mail\.(?:gandi\.net|infomaniak\.com|privateemail\.com|your-server\.de)$/,
];

const loopback = /^(?:localhost|127(?:\.\d+){3}|::1)$/;

function warnOfMail({ alertChannels }: Pick<Resolved, 'alertChannels'>, warn: Report): void {
  for (const channel of alertChannels) {
    if (channel.kind !== 'email' || !channel.enabled) continue;
    const { smtp_server: given = '', username = '', use_tls: useTls, smtp_port: port } = channel.settings;
    const server = given.toLowerCase().replace(/\.$/, '');
    if (username === '' && serversWithLogin.some((pattern) => pattern.test(server))) {
      warn(
        ['alert_channels', channel.name, 'smtp_server'],
        `${server} accepts no mail without a login: set username and password`,
      );
    }
    // Port 465 starts with TLS; use_tls does not matter.
    if (username !== '' && useTls === false && port !== 465 && !loopback.test(server)) {
      warn(['alert_channels', channel.name, 'use_tls'], 'the login goes to the mail server without encryption');
    }
  }
}
