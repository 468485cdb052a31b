import { suggestion } from '../nearest.js';
import { mapping, optional } from '../option.js';
import { flag } from '../option-kinds.js';
import type { Report } from '../problem.js';

/** AI-CRM's own numbers, by subject. */
export const aiCrmSubjects = ['tasks', 'agents', 'users', 'pm_gateway', 'database'] as const;

/** See `aiCrmSubjects`. */
export type AiCrmSubject = (typeof aiCrmSubjects)[number];

/** Something that the `track_*` flags can switch off: a subject of `ai_crm`, or a part of AI-CRM's numbers. */
export type Tracked = AiCrmSubject | 'agent_response' | 'http_requests' | 'failed_logins';

/** The flags of the monitoring document, by section and flag. */
export type Tracking = Readonly<
  Record<'performance_metrics' | 'business_metrics' | 'security_monitoring', Readonly<Record<string, boolean>>>
>;

type TrackingSection = keyof Tracking;

interface TrackingFlag {
  readonly section: TrackingSection;
  /** `enabled` is for the whole section. */
  readonly flag: string;
  readonly help: string;
  /** Not read if the flag is false. */
  readonly switchesOff: readonly Tracked[];
}

/** All flags with an effect, which only `false` has. If several are false, messages name the first. */
export const trackingFlags: readonly TrackingFlag[] = [
  {
    section: 'performance_metrics',
    flag: 'enabled',
    help: 'All flags of the section.',
    switchesOff: ['agent_response', 'pm_gateway', 'http_requests'],
  },
  {
    section: 'performance_metrics',
    flag: 'track_response_times',
    help: 'How long a suggestion of agents and an analysis by the PM gateway take: agents in part, and pm_gateway.',
    switchesOff: ['agent_response', 'pm_gateway'],
  },
  {
    section: 'performance_metrics',
    flag: 'track_error_rates',
    help: 'Requests and errors that AI-CRM counts itself; both need this flag and track_throughput.',
    switchesOff: ['http_requests'],
  },
  {
    section: 'performance_metrics',
    flag: 'track_throughput',
    help: 'Requests and errors that AI-CRM counts itself; both need this flag and track_error_rates.',
    switchesOff: ['http_requests'],
  },
  {
    section: 'business_metrics',
    flag: 'enabled',
    help: 'All flags of the section.',
    switchesOff: ['tasks', 'agents', 'users'],
  },
  { section: 'business_metrics', flag: 'track_task_completion', help: 'tasks.', switchesOff: ['tasks'] },
  {
    section: 'business_metrics',
    flag: 'track_agent_utilization',
    help: 'agents, except for the time of a suggestion. users has no flag; only enabled switches it off.',
    switchesOff: ['agents'],
  },
  {
    section: 'security_monitoring',
    flag: 'enabled',
    help: 'All flags of the section.',
    switchesOff: ['failed_logins'],
  },
  {
    section: 'security_monitoring',
    flag: 'track_failed_logins',
    help: 'Failed logins that AI-CRM counts itself.',
    switchesOff: ['failed_logins'],
  },
];

/** A section of flags. Flags without an effect may have any name and value; each causes a warning. */
export function trackingKind(section: TrackingSection) {
  const flags = trackingFlags.filter((each) => each.section === section);
  return mapping(
    Object.fromEntries(flags.map(({ flag: key, help }) => [key, optional(flag(), help, { defaultIs: 'true' })])),
    'a mapping of track_* flags',
    { isOpen: true },
  );
}

/** Why something is not read: `business_metrics.track_task_completion is false`. Undefined if it is read. */
export function switchedOffBy(tracking: Tracking, what: Tracked): string | undefined {
  const found = trackingFlags.find(
    (each) => each.switchesOff.includes(what) && tracking[each.section][each.flag] === false,
  );
  return found === undefined ? undefined : `${found.section}.${found.flag} is false`;
}

/**
 * The flags of the file. Flags without an effect are permitted, because files of AI-CRM itself have them
 * (`log_security_events`).
 */
export function resolveTracking(
  settings: Readonly<Record<TrackingSection, Readonly<Record<string, unknown>> | undefined>>,
  warn: Report,
): Tracking {
  const flagsOf = (section: TrackingSection): Readonly<Record<string, boolean>> => {
    const known = trackingFlags.filter((each) => each.section === section).map((each) => each.flag);
    const given = Object.entries(settings[section] ?? {});
    for (const [key] of given)
      if (!known.includes(key)) warn([section, key], `this flag has no effect${suggestion(key, known)}`, 'key');
    return Object.fromEntries(given.flatMap(([key, value]) => (typeof value === 'boolean' ? [[key, value]] : [])));
  };
  return {
    performance_metrics: flagsOf('performance_metrics'),
    business_metrics: flagsOf('business_metrics'),
    security_monitoring: flagsOf('security_monitoring'),
  };
}
