import type { Path, Report } from './problem.js';
import type { AlertChannel } from './sections/alert-channels-section.js';
import {
  type AlertSeverity,
  type AlertSubject,
  type ChannelChoice,
  chosenLabels,
  labelOf,
  takesSeverity,
  takesSubject,
} from './sections/channel-choice.js';
import type { ComponentConfig } from './sections/endpoints-section.js';
import type { HeartbeatConfig } from './sections/heartbeats-section.js';

/** A channel for alerts. */
interface Chooser {
  readonly name: string;
  readonly choice: ChannelChoice;
}

/** Maximum number of components and jobs in a warning. */
const maxNamed = 5;

/** Warns of alerts that no channel gets, and of choices of a channel that match no alert. */
export function warnOfUntold(
  {
    components,
    heartbeats,
    alertChannels,
  }: {
    readonly components: readonly Pick<ComponentConfig, 'name' | 'about' | 'severity'>[];
    readonly heartbeats: readonly Pick<HeartbeatConfig, 'name' | 'about' | 'severity'>[];
    readonly alertChannels: readonly AlertChannel[];
  },
  warn: Report,
): void {
  const enabled = alertChannels.filter((channel) => channel.enabled);
  const channels = enabled.flatMap((channel) =>
    channel.kind === 'watchdog' ? [] : [{ name: channel.name, choice: channel.settings }],
  );
  const subjects: readonly AlertSubject[] = [
    ...components.map(
      ({ severity, ...rest }): AlertSubject => ({
        ...rest,
        severities: severity === 'critical' ? ['critical', 'warning'] : ['warning'],
      }),
    ),
    ...heartbeats.map(({ severity, ...rest }) => ({ ...rest, severities: [severity] })),
  ];
  for (const channel of channels) warnOfVainChoice(channel, subjects, warn);
  // Without any channel that is probably intended.
  if (enabled.length > 0)
    for (const severity of ['critical', 'warning'] as const) warnOfUnchosen(severity, channels, subjects, warn);
}

function warnOfVainChoice({ name, choice }: Chooser, subjects: readonly AlertSubject[], warn: Report): void {
  const chosen = chosenLabels(choice);
  if (chosen.size === 0) return;
  const path: Path = ['alert_channels', name];
  let isExplained = false;
  for (const [label, values] of chosen) {
    if (label === 'component') continue;
    const known = new Set(subjects.map((subject) => labelOf(subject, label)));
    const unknown = values.filter((value) => !known.has(value));
    if (unknown.length === 0) continue;
    isExplained ||= unknown.length === values.length;
    const place = label === 'group' ? ['groups'] : ['labels', label];
    warn([...path, ...place], `no component and no job has the ${label} ${unknown.map(quoted).join(' or ')}`);
  }
  if (isExplained) return;
  if (choice.components !== undefined) {
    const byName = new Map(subjects.map((subject) => [subject.name, subject]));
    choice.components.forEach((each, index) => {
      const subject = byName.get(each);
      const why = subject && whyNone(choice, chosen, subject);
      if (why !== undefined) warn([...path, 'components', index], `the channel gets no alerts about ${each}${why}`);
    });
    return;
  }
  const own = subjects.filter((subject) => takesSubject(choice, subject));
  if (own.length === 0) warn(path, 'no component and no job has all the labels and groups of this channel');
  else if (own.every((subject) => whyNone(choice, chosen, subject) !== undefined))
    warn(
      [...path, 'severities'],
      `the alerts that the channel selects never have the severity ${choice.severities?.join(' or ')}`,
    );
}

/** Why a channel gets no alerts about a component or a job; undefined if it gets some. */
function whyNone(
  choice: ChannelChoice,
  chosen: ReturnType<typeof chosenLabels>,
  subject: AlertSubject,
): string | undefined {
  for (const [label, values] of chosen) {
    const value = labelOf(subject, label);
    if (value === undefined) return `, which has no ${label}`;
    if (!values.includes(value)) return `, which has the ${label} ${quoted(value)}`;
  }
  if (subject.severities.some((severity) => takesSeverity(choice, severity))) return undefined;
  return `, which never have the severity ${choice.severities?.join(' or ')}`;
}

/**
 * Warns of alerts of one severity that no channel gets. Nobody may want warnings about what also has critical alerts,
 * but about everything there must be some alert that somebody gets.
 */
function warnOfUnchosen(
  severity: AlertSeverity,
  channels: readonly Chooser[],
  subjects: readonly AlertSubject[],
  warn: Report,
): void {
  const isGeneral = ({ choice }: Chooser) => chosenLabels(choice).size === 0;
  const ofSeverity = subjects.filter(({ severities }) => severities.includes(severity));
  // A channel that gets nothing does not say what is wanted.
  const takers = channels.filter(
    (channel) =>
      takesSeverity(channel.choice, severity) &&
      (isGeneral(channel) || ofSeverity.some((subject) => takesSubject(channel.choice, subject))),
  );
  if (takers.some(isGeneral)) return;
  const isWanted = takers.length > 0 || severity === 'critical';
  const untold = ofSeverity.filter(
    (subject) =>
      (isWanted || subject.severities[0] === severity) && !takers.some(({ choice }) => takesSubject(choice, subject)),
  );
  const named = [
    ...untold.slice(0, maxNamed).map(({ name }) => name),
    ...(untold.length > maxNamed ? [`${untold.length - maxNamed} more`] : []),
    ...(isWanted ? ['the host, the exporter and the overall level'] : []),
  ];
  if (named.length === 0) return;
  const general = channels.find(isGeneral);
  const remedy =
    general === undefined
      ? 'add a channel without components, labels and groups'
      : `add ${severity} to the severities of ${general.name}`;
  warn(['alert_channels'], `no channel gets ${severity} alerts about ${named.join(', ')}: ${remedy}`);
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
