import {
  type AlertSeverity,
  type ChannelChoice,
  chosenLabels,
  takesSeverity,
} from '../config/sections/channel-choice.js';
import type { Commented, InhibitRule, Matchers, Route } from './alertmanager-file.js';

/** Matches only alerts of this exporter's rules, because an Alertmanager may serve others, too. */
export const own = 'alertname=~"AiCrm.+"';

/**
 * Maintenance suppresses reminders of older alerts. Alertmanager never reports the end of an alert that ends while it
 * is inhibited, and then does not report the next failure. So the rules keep alerts firing until maintenance is over,
 * and AiCrmMaintenance begins after the ends before it have been reported. No other inhibition is needed: the rules
 * themselves suppress alerts that follow from another alert or from a dependency.
 */
export const inhibitions: readonly Commented<InhibitRule>[] = [
  {
    comment: 'A component in maintenance.',
    value: {
      source_matchers: ['alertname="AiCrmMaintenance"', 'component!=""'],
      target_matchers: [own, 'alertname!="AiCrmMaintenance"'],
      equal: ['job', 'component'],
    },
  },
  {
    comment: 'The whole AI-CRM in maintenance. Its exporters are not.',
    value: {
      source_matchers: ['alertname="AiCrmMaintenance"', 'scope="all"'],
      target_matchers: [own, 'alertname!="AiCrmMaintenance"', 'area!="exporter"'],
      equal: ['job'],
    },
  },
];

/** A channel for alerts, with the name of its receiver. */
interface Destination {
  readonly name: string;
  readonly choice: ChannelChoice;
  /** All that it chooses are jobs, so that several components down at once do not concern it. */
  readonly isForJobs: boolean;
}

/** The receiver without a channel. */
export const nobody = 'nobody';

/** The receiver of the watchdog. */
export const watchdog = 'watchdog';

/**
 * Labels of a group, which is one notification: all alerts of a component, a host or an exporter. Other alerts, such as
 * those of agents and tasks, are grouped by AI-CRM and area.
 */
const groupBy = ['job', 'area', 'component', 'instance'];

/** Time before the first notification of a group, before its next news, and before a reminder. */
interface Timing {
  readonly group_wait: string;
  readonly group_interval: string;
  readonly repeat_interval: string;
}

/**
 * Critical alerts wait five seconds, so that alerts that begin together are one notification. The watchdog is repeated
 * every minute: Alertmanager checks a group at each group_interval and repeats it when more than repeat_interval has
 * passed. With 50 s this is the sixth check. With 1m the sixth check is sometimes too early, and it is the seventh.
 */
const timings = {
  critical: { group_wait: '5s', group_interval: '1m', repeat_interval: '1h' },
  warning: { group_wait: '30s', group_interval: '5m', repeat_interval: '12h' },
  info: { group_wait: '1m', group_interval: '15m', repeat_interval: '1d' },
  watchdog: { group_wait: '0s', group_interval: '10s', repeat_interval: '50s' },
  test: { group_wait: '0s', group_interval: '1m', repeat_interval: '1d' },
} as const satisfies Readonly<Record<string, Timing>>;

/** The root of the routing tree without its branches. */
export const root: Route = { receiver: nobody, group_by: groupBy };

/**
 * The branches of the routing tree. Each alert takes one branch and reaches each channel for its severity once. Each
 * channel is a separate receiver, so a failing channel has its own error and does not delay the others.
 */
export function branches(destinations: readonly Destination[]): readonly Commented<Route>[] {
  const forSeverity = (severity: AlertSeverity) =>
    destinations.filter(({ choice }) => takesSeverity(choice, severity)).flatMap(routesTo);
  const toEach = destinations.map(({ name }) => ({ receiver: name, matchers: [`channel=~"${name}|"`] }));
  return [
    {
      comment: "Always fires: the dead man's switch raises an alarm when it stops.",
      value: {
        receiver: watchdog,
        matchers: ['alertname="AiCrmWatchdog"'],
        group_by: ['alertname', 'job'],
        ...timings.watchdog,
      },
    },
    {
      comment: 'Alerts that are only for inhibition and boards.',
      value: { receiver: nobody, matchers: ['severity="none"'] },
    },
    {
      comment:
        '"ai-crm-exporter notify-test": to every channel, whatever its severities, or to the channel in the label.',
      value: reaching(toEach, { matchers: ['alertname="AiCrmNotifyTest"'], group_by: ['...'], ...timings.test }),
    },
    {
      comment: 'Critical: at once, and repeated every hour until it is over.',
      value: reaching(forSeverity('critical'), { matchers: ['severity="critical"'], ...timings.critical }),
    },
    {
      comment: 'Information: once a day at most.',
      value: reaching(forSeverity('info'), { matchers: ['severity="info"'], ...timings.info }),
    },
    {
      comment: 'Warnings, and alerts with another severity or none: grouped, and repeated after half a day.',
      value: reaching(forSeverity('warning'), timings.warning),
    },
  ];
}

/**
 * The routes to a channel. A channel that chooses components has two: one for these components, and one for the alert
 * about several components at once, which replaces their own alerts.
 */
function routesTo({ name, choice, isForJobs }: Destination): readonly Route[] {
  const chosen = [...chosenLabels(choice)].map(([label, values]) => matcher(label, values));
  if (chosen.length === 0) return [{ receiver: name }];
  return [chosen, ...(isForJobs ? [] : [['alertname="AiCrmComponentsDown"']])].map((matchers: Matchers) => ({
    receiver: name,
    matchers,
  }));
}

function matcher(label: string, values: readonly string[]): string {
  const [only = '', ...others] = values;
  const quoted = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`;
  if (others.length === 0) return `${label}=${quoted(only)}`;
  return `${label}=~${quoted(values.map((value) => value.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|'))}`;
}

function reaching(routes: readonly Route[], branch: Route): Route {
  const [only] = routes;
  if (only?.receiver === undefined) return { receiver: nobody, ...branch };
  if (routes.length === 1 && only.matchers === undefined) return { receiver: only.receiver, ...branch };
  return {
    ...branch,
    routes: routes.map((route, index) => (index === routes.length - 1 ? route : { ...route, continue: true })),
  };
}
