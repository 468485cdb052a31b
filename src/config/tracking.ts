import type { AiCrmSubject, Config } from './config.js';
import { suggestion } from './nearest.js';
import type { Report } from './problem.js';

/** What the `track_*` flags are about: a subject of `ai_crm`, or a part of what AI-CRM tells. */
export type Tracked = AiCrmSubject | 'agent_response' | 'http_requests' | 'failed_logins';

type Tracking = Config['tracking'];

/** A section of the file that has such flags. */
export type TrackingSection = keyof Tracking;

interface TrackingFlag {
  readonly section: TrackingSection;
  /** `enabled` stands for the whole section. */
  readonly flag: string;
  /** What is not read when the flag is false. */
  readonly switchesOff: readonly Tracked[];
}

/** Every flag that has an effect, in the order in which they are named when more than one is false. Only `false` has one. */
export const trackingFlags: readonly TrackingFlag[] = [
  { section: 'performance_metrics', flag: 'enabled', switchesOff: ['agent_response', 'pm_gateway', 'http_requests'] },
  { section: 'performance_metrics', flag: 'track_response_times', switchesOff: ['agent_response', 'pm_gateway'] },
  { section: 'performance_metrics', flag: 'track_error_rates', switchesOff: ['http_requests'] },
  { section: 'performance_metrics', flag: 'track_throughput', switchesOff: ['http_requests'] },
  { section: 'business_metrics', flag: 'enabled', switchesOff: ['tasks', 'agents', 'users'] },
  { section: 'business_metrics', flag: 'track_task_completion', switchesOff: ['tasks'] },
  { section: 'business_metrics', flag: 'track_agent_utilization', switchesOff: ['agents'] },
  { section: 'security_monitoring', flag: 'enabled', switchesOff: ['failed_logins'] },
  { section: 'security_monitoring', flag: 'track_failed_logins', switchesOff: ['failed_logins'] },
];

/** Why something is not read, `business_metrics.track_task_completion is false`; undefined when no flag switches it off. */
export function switchedOffBy(tracking: Tracking, what: Tracked): string | undefined {
  const found = trackingFlags.find(
    ({ section, flag, switchesOff }) => switchesOff.includes(what) && tracking[section][flag] === false,
  );
  return found === undefined ? undefined : `${found.section}.${found.flag} is false`;
}

/** Takes the flags of the file. Those without an effect are accepted, because files of AI-CRM itself have them (`log_security_events`). */
export function trackingOf(
  settings: Readonly<Record<TrackingSection, Readonly<Record<string, unknown>> | undefined>>,
  warn: Report,
): Tracking {
  const flagsOf = (section: TrackingSection): Readonly<Record<string, boolean>> => {
    const known = trackingFlags.filter((each) => each.section === section).map(({ flag }) => flag);
    const given = Object.entries(settings[section] ?? {});
    for (const [flag] of given)
      if (!known.includes(flag)) warn([section, flag], `this flag has no effect${suggestion(flag, known)}`, 'key');
    return Object.fromEntries(given.flatMap(([flag, value]) => (typeof value === 'boolean' ? [[flag, value]] : [])));
  };
  return {
    performance_metrics: flagsOf('performance_metrics'),
    business_metrics: flagsOf('business_metrics'),
    security_monitoring: flagsOf('security_monitoring'),
  };
}
