import { componentLabels, componentSeverities } from '../../metrics/component-metrics.js';
import { choice, type Given, mapping, type Option, optional } from '../option.js';
import { textLike, url, wholeNumber, word } from '../option-kinds.js';
import { parseTarget } from '../target-url.js';
import { componentSloOptions, type Slo } from './thresholds-section.js';

/** How bad an alert about a component may become. */
export type ComponentSeverity = (typeof componentSeverities)[number];

/** A label that an endpoint can have; `group` is an option of its own. */
export type ComponentLabel = (typeof componentLabels)[number];

/** What the configuration says about a component and no probe finds out. */
export interface AboutComponent {
  /** For whoever sorts alerts; only those that are given. */
  readonly labels: Readonly<Partial<Record<ComponentLabel, string>>>;
  /** What it belongs to, in the words of the user. */
  readonly group?: string;
  readonly description?: string;
  /** Where the user's own runbook is. */
  readonly runbookUrl?: string;
}

/** All of it, as a component has it. */
export interface ComponentNotes {
  /** How bad its outage is; one that only warns is CRITICAL itself, and WARNING for the whole. */
  readonly severity: ComponentSeverity;
  readonly about: AboutComponent;
  /** What is promised of it; absent: what is promised of every one. */
  readonly slo?: Slo;
}

/** A component of which nothing is said. */
export const ordinary: ComponentNotes = { severity: 'critical', about: { labels: {} } };

/** On one line, since it becomes the value of a label and is read in notifications. */
function lineOf(longest: number) {
  return textLike(
    new RegExp(`^\\S(?:[^\\r\\n\\t]{0,${longest - 2}}\\S)?$`),
    `text of 1 to ${longest} characters on one line`,
  );
}

const longestLabel = 64;
const longestDescription = 200;
const longestLink = 500;

/** The value of a label. `tier: 2` is a number in YAML. */
const labelKind = {
  ...choice(
    [lineOf(longestLabel), wholeNumber({ minimum: 0, maximum: 1_000_000 })],
    `must be text of 1 to ${longestLabel} characters on one line`,
  ),
  // In short: every channel has this for each label.
  schema: () => ({ type: ['string', 'integer'], maxLength: longestLabel }),
};

/** `group` of a component, and of the channels that choose by it. */
export const groupKind = lineOf(longestLabel);

const labelHelp: Readonly<Record<ComponentLabel, string>> = {
  team: 'Team that operates it.',
  service: 'Part of the product.',
  owner: 'Person who is responsible.',
  tier: 'How important it is: 1, gold.',
  environment: 'Where it runs: production, staging.',
};

/** The same labels for a component, and for the channels that choose by them. */
export function labelOptions<Value>(
  kind: (value: typeof labelKind) => Option<Value>['kind'],
): Readonly<Record<ComponentLabel, Option<Value>>> {
  return Object.fromEntries(
    componentLabels.map((name) => [name, optional(kind(labelKind), labelHelp[name])]),
  ) as unknown as Readonly<Record<ComponentLabel, Option<Value>>>;
}

const labelNames = componentLabels.join(', ');

/** What is said of a component in `endpoints`. */
export const aboutOptions = {
  severity: optional(
    word(componentSeverities),
    'How bad an outage of this component is. With warning, all its alerts are warnings, and its CRITICAL counts as WARNING for the level of the whole.',
    { default: 'critical', synonyms: 'priority importance criticality alert_severity' },
  ),
  slo: optional(mapping(componentSloOptions), 'Service level objective of this component.', { synonyms: 'sla slos' }),
  labels: optional(
    mapping(labelOptions((value) => value)),
    `Labels of the alerts about this component, by which channels can select: ${labelNames}. Others are not possible, because Prometheus reads the rules unchanged.`,
    { synonyms: 'tags' },
  ),
  group: optional(groupKind, 'Group of components, also a label of its alerts.', { synonyms: 'category section' }),
  description: optional(lineOf(longestDescription), 'Description for people, in alerts and in /api/status.'),
  runbook_url: optional(
    url(runbookRefusal),
    'Your own page about what to do when it is down, instead of the runbook of the alert.',
    { defaultIs: 'the runbook of the alert', synonyms: 'runbook playbook playbook_url' },
  ),
};

/** Like the links to boards and runbooks, but of a page of somebody else's: it may have a query and a fragment. */
function runbookRefusal(given: string): string | undefined {
  const target = parseTarget(given);
  if (typeof target === 'string' || !('url' in target) || /[\s<>|"'`\\]/.test(given))
    return 'must be a URL such as https://wiki.example.com/payments#down';
  if (given.length > longestLink) return `must have at most ${longestLink} characters`;
  return target.credentials === undefined
    ? undefined
    : 'the URL contains credentials, which everybody who is notified would see';
}

/** What is said of a component, its labels as text. */
export function resolveNotes(given: Given<typeof aboutOptions>): ComponentNotes {
  const { severity, slo, labels = {}, group, description, runbook_url: runbookUrl } = given;
  const percent = slo?.availability_percent;
  return {
    severity: severity ?? aboutOptions.severity.default,
    ...(percent === undefined ? {} : { slo: { availabilityRatio: percent / 100 } }),
    about: {
      labels: textsOf(labels),
      ...(group === undefined ? {} : { group }),
      ...(description === undefined ? {} : { description }),
      ...(runbookUrl === undefined ? {} : { runbookUrl }),
    },
  };
}

function textsOf(labels: Readonly<Partial<Record<ComponentLabel, string | number | undefined>>>) {
  return Object.fromEntries(
    Object.entries(labels).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  ) as AboutComponent['labels'];
}
