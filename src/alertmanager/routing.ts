import {
  type AlertSeverity,
  type ChannelChoice,
  chosenLabels,
  takesSeverity,
} from '../config/sections/channel-choice.js';
import type { Commented, InhibitRule, Matchers, Route } from './alertmanager-file.js';

/** Only alerts of this exporter's rules: an Alertmanager may serve others as well. */
export const own = 'alertname=~"AiCrm.+"';

/**
 * Maintenance holds back reminders of what was reported before it. Nothing else is held back here: the rules themselves keep an alert
 * from beginning because of another one, or of a dependency. Alertmanager drops the end of an alert that ends while it is inhibited,
 * and then does not report the next failure. So the rules hold what fires until maintenance is over, and AiCrmMaintenance begins when
 * an end that came before it has been reported.
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

/** A channel that alerts can be sent to, under the name of its receiver. */
interface Destination {
  readonly name: string;
  readonly choice: ChannelChoice;
}

/** The receiver that tells nobody. */
export const nobody = 'nobody';

/** The receiver that the watchdog goes to. */
export const watchdog = 'watchdog';

/**
 * What belongs into one notification: everything about one component, one host, or one exporter; what has neither, such as
 * agents and tasks, by AI-CRM and subject.
 */
const groupBy = ['job', 'area', 'component', 'instance'];

/** How long to collect what belongs together, to wait with news of it, and to remind. */
interface Timing {
  readonly group_wait: string;
  readonly group_interval: string;
  readonly repeat_interval: string;
}

/**
 * Critical at once: the five seconds let what begins together be one notification. The watchdog is repeated once a minute:
 * Alertmanager looks at a group at every group_interval, and repeats when more than repeat_interval has passed. So 50 s come at
 * the sixth look. A minute would sometimes be a moment too early, and then come at the seventh.
 */
const timings = {
  critical: { group_wait: '5s', group_interval: '1m', repeat_interval: '1h' },
  warning: { group_wait: '30s', group_interval: '5m', repeat_interval: '12h' },
  info: { group_wait: '1m', group_interval: '15m', repeat_interval: '1d' },
  watchdog: { group_wait: '0s', group_interval: '10s', repeat_interval: '50s' },
  test: { group_wait: '0s', group_interval: '1m', repeat_interval: '1d' },
} as const satisfies Readonly<Record<string, Timing>>;

/** The root of the routing tree, but for its branches. */
export const root: Route = { receiver: nobody, group_by: groupBy };

/**
 * The branches. Every alert takes one of them, and below it reaches each channel that wants its severity once. Channels are
 * receivers of their own, so that one that fails is told from the others and does not hold them up.
 */
export function branches(destinations: readonly Destination[]): readonly Commented<Route>[] {
  const forSeverity = (severity: AlertSeverity) =>
    destinations.filter(({ choice }) => takesSeverity(choice, severity)).flatMap(routesTo);
  const toEach = destinations.map(({ name }) => ({ receiver: name, matchers: [`channel=~"${name}|"`] }));
  return [
    {
      comment: "Fires as long as alerting works: a dead man's switch misses it.",
      value: {
        receiver: watchdog,
        matchers: ['alertname="AiCrmWatchdog"'],
        group_by: ['alertname', 'job'],
        ...timings.watchdog,
      },
    },
    {
      comment: 'Alerts that are there for inhibition and for boards.',
      value: { receiver: nobody, matchers: ['severity="none"'] },
    },
    {
      comment: '"ai-crm-exporter notify-test": every channel, whatever its severities, or the one that the label says.',
      value: reaching(toEach, { matchers: ['alertname="AiCrmNotifyTest"'], group_by: ['...'], ...timings.test }),
    },
    {
      comment: 'Critical: at once, and again every hour until it is over.',
      value: reaching(forSeverity('critical'), { matchers: ['severity="critical"'], ...timings.critical }),
    },
    {
      comment: 'Information: once a day at most.',
      value: reaching(forSeverity('info'), { matchers: ['severity="info"'], ...timings.info }),
    },
    {
      comment: 'Warnings, and whatever has another severity or none: collected, and again after half a day.',
      value: reaching(forSeverity('warning'), timings.warning),
    },
  ];
}

/**
 * The routes to a channel: one, or where it chooses by component one for what it chose, and one for the alert that tells of
 * several components at once, in the place of those that the channel would have heard of.
 */
function routesTo({ name, choice }: Destination): readonly Route[] {
  const chosen = [...chosenLabels(choice)].map(([label, values]) => matcher(label, values));
  if (chosen.length === 0) return [{ receiver: name }];
  return [chosen, ['alertname="AiCrmComponentsDown"']].map((matchers: Matchers) => ({ receiver: name, matchers }));
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
