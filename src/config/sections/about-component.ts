import { componentLabels, componentSeverities, infoLabel } from '../../metrics/component-metrics.js';
import type { Labels } from '../../metrics/definition.js';
import { choice, type Given, mapping, type Option, optional } from '../option.js';
import { textLike, url, wholeNumber, word } from '../option-kinds.js';
import { parseTarget } from '../target-url.js';
import { componentSloOptions, type Slo } from './thresholds-section.js';

/** Highest severity of alerts about a component. */
export type ComponentSeverity = (typeof componentSeverities)[number];

/** A label of an endpoint. `group` is a separate option. */
export type ComponentLabel = (typeof componentLabels)[number];

/** Facts about a component that only the configuration knows. */
export interface AboutComponent {
  /** For routing alerts. Has only labels that are given. */
  readonly labels: Readonly<Partial<Record<ComponentLabel, string>>>;
  /** Name of a group, chosen by the user. */
  readonly group?: string;
  readonly description?: string;
  /** Address of the user's own runbook. */
  readonly runbookUrl?: string;
}

/** The severity, objective and description of a component. */
export interface ComponentNotes {
  /** Severity of its outage. With `warning` a component that is CRITICAL counts as WARNING in the level of AI-CRM. */
  readonly severity: ComponentSeverity;
  readonly about: AboutComponent;
  /** Absent: the general objective. */
  readonly slo?: Slo;
}

/** The values of a component without these options. */
export const ordinary: ComponentNotes = { severity: 'critical', about: { labels: {} } };

/** One line, because it becomes the value of a label and is part of notifications. */
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
  // A short schema, because every channel repeats it for each label.
  schema: () => ({ type: ['string', 'integer'], maxLength: longestLabel }),
};

/** Kind of `group` in a component, and of `groups` in a channel. */
export const groupKind = lineOf(longestLabel);

const labelHelp: Readonly<Record<ComponentLabel, string>> = {
  team: 'Team that operates it.',
  service: 'Part of the product.',
  owner: 'Person who is responsible.',
  tier: 'Importance: 1, gold.',
  environment: 'Environment in which it runs: production, staging.',
};

/** The labels of a component, and those that a channel selects by. */
export function labelOptions<Value>(
  kind: (value: typeof labelKind) => Option<Value>['kind'],
): Readonly<Record<ComponentLabel, Option<Value>>> {
  return Object.fromEntries(
    componentLabels.map((name) => [name, optional(kind(labelKind), labelHelp[name])]),
  ) as unknown as Readonly<Record<ComponentLabel, Option<Value>>>;
}

const labelNames = componentLabels.join(', ');

/** Options of an endpoint that do not affect its probe. */
export const aboutOptions = {
  severity: optional(
    word(componentSeverities),
    'How bad an outage of this component is. With warning, all its alerts are warnings, and its CRITICAL counts as WARNING for the overall level.',
    { default: 'critical', synonyms: 'priority importance criticality alert_severity' },
  ),
  slo: optional(mapping(componentSloOptions), 'Service level objective of this component.', { synonyms: 'sla slos' }),
  labels: optional(
    mapping(labelOptions((value) => value)),
    `Labels of its alerts, by which channels can select: ${labelNames}. Others are not possible, because Prometheus reads the rules unchanged.`,
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

/**
 * Checks a link like those to boards and runbooks. It may have a query and a fragment, because the page belongs to
 * another system.
 */
function runbookRefusal(given: string): string | undefined {
  const target = parseTarget(given);
  if (typeof target === 'string' || !('url' in target) || /[\s<>|"'`\\]/.test(given))
    return 'must be a URL such as https://wiki.example.com/payments#down';
  if (given.length > longestLink) return `must have at most ${longestLink} characters`;
  return target.credentials === undefined
    ? undefined
    : 'the URL contains credentials, which everybody who is notified would see';
}

/** The options with defaults, with labels as text. */
export function resolveNotes({ severity, slo, ...given }: Given<typeof aboutOptions>): ComponentNotes {
  const percent = slo?.availability_percent;
  return {
    severity: severity ?? aboutOptions.severity.default,
    ...(percent === undefined ? {} : { slo: { availabilityRatio: percent / 100 } }),
    about: aboutOf(given),
  };
}

/** What is given of a component, with labels as text. */
export function aboutOf({
  labels = {},
  group,
  description,
  runbook_url: runbookUrl,
}: Omit<Given<typeof aboutOptions>, 'severity' | 'slo'>): AboutComponent {
  return {
    labels: textsOf(labels),
    ...(group === undefined ? {} : { group }),
    ...(description === undefined ? {} : { description }),
    ...(runbookUrl === undefined ? {} : { runbookUrl }),
  };
}

/** The same as labels of an info metric, in which the rules find them. */
export function infoLabelsOf({ labels, group, description, runbookUrl }: AboutComponent) {
  const own = componentLabels.map((label) => [infoLabel(label), labels[label]]);
  return {
    ...(Object.fromEntries(own.filter(([, value]) => value !== undefined)) as Labels<ReturnType<typeof infoLabel>>),
    ...(group === undefined ? {} : { group }),
    ...(description === undefined ? {} : { description }),
    ...(runbookUrl === undefined ? {} : { runbook_url: runbookUrl }),
  };
}

function textsOf(labels: Readonly<Partial<Record<ComponentLabel, string | number | undefined>>>) {
  return Object.fromEntries(
    Object.entries(labels).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  ) as AboutComponent['labels'];
}
