import { choice, filledList, type Given, mapping, type Options, optional } from '../option.js';
import { flag, text, word } from '../option-kinds.js';
import type { Path } from '../problem.js';
import { type Context, checkComponentNames } from '../resolving.js';
import { type AboutComponent, type ComponentLabel, groupKind, labelOptions } from './about-component.js';

/** Severities for channels, the lowest first. */
export const channelSeverities = ['info', 'warning', 'critical'] as const;

/** See `channelSeverities`. */
export type AlertSeverity = (typeof channelSeverities)[number];

/** Messages quote only values of options with this property. A wrong value of another option may be the URL of a webhook. */
export const harmless = { quotes: 'always' } as const;

/** The declaration of a kind of channel. */
export interface ChannelRow {
  readonly help: string;
  readonly options: Options;
  /** Keys of secrets. Each may also be in a file. */
  readonly secrets: readonly string[];
  /** Keys that an enabled channel needs. */
  readonly needs: readonly string[];
  /** Further checks of an enabled channel of this kind. */
  readonly check?: (settings: Readonly<Record<string, unknown>>, path: Path, context: Context) => void;
}

/** `enabled` of every channel. */
export const enabledOption = optional(flag(), 'Whether to use the channel.', {
  ...harmless,
  default: true,
  synonyms: 'active disabled disable',
});

const whenAll = { ...harmless, defaultIs: 'all alerts, also those about no component' } as const;

/** Options for the alerts of a channel. All that are given must match. */
export const choiceOptions = {
  severities: optional(
    filledList(word(channelSeverities), 'a list of severities'),
    `Only alerts of these severities: ${channelSeverities.join(', ')}. Any other severity counts as warning.`,
    { ...harmless, defaultIs: 'all' },
  ),
  components: optional(
    filledList(text(), 'a list of component names'),
    'Only alerts about these components and jobs. A channel with components, labels or groups gets no other alerts, except the alert that several components went down together.',
    whenAll,
  ),
  labels: optional(
    mapping(
      labelOptions((value) => ({
        ...choice([value, filledList(value, 'a list of values')], 'must be a value or a list of values'),
        schema: () => ({ type: ['string', 'integer', 'array'], minItems: 1, items: value.schema() }),
      })),
    ),
    'Only alerts about components and jobs with these labels: a value for each, or a list of accepted values.',
    whenAll,
  ),
  groups: optional(
    filledList(groupKind, 'a list of groups'),
    'Only alerts about components and jobs of these groups.',
    whenAll,
  ),
};

/** The alerts of a channel. An absent option means all. */
export type ChannelChoice = Given<typeof choiceOptions>;

/** Required labels of an alert about a component, each with its permitted values. Empty: the channel gets all alerts. */
export function chosenLabels({
  components,
  labels = {},
  groups,
}: ChannelChoice): ReadonlyMap<string, readonly string[]> {
  const chosen = Object.entries(labels).flatMap(([label, values]): [string, readonly string[]][] =>
    values === undefined ? [] : [[label, (Array.isArray(values) ? values : [values]).map(String)]],
  );
  return new Map([
    ...(components === undefined ? [] : [['component', components] as const]),
    ...chosen,
    ...(groups === undefined ? [] : [['group', groups] as const]),
  ]);
}

/** Whether a channel gets alerts of a severity. */
export function takesSeverity({ severities = channelSeverities }: ChannelChoice, severity: AlertSeverity): boolean {
  return severities.includes(severity);
}

/** A component or a job, as far as channels can choose its alerts. */
export interface AlertSubject {
  readonly name: string;
  readonly about: Pick<AboutComponent, 'labels' | 'group'>;
  /** The severities of its alerts, the worst first. */
  readonly severities: readonly AlertSeverity[];
}

/** Whether a channel gets alerts about a component or a job, of any severity. */
export function takesSubject(choice: ChannelChoice, subject: AlertSubject): boolean {
  return [...chosenLabels(choice)].every(([label, values]) => {
    const value = labelOf(subject, label);
    return value !== undefined && values.includes(value);
  });
}

/** The value of a label of the alerts about a component or a job; undefined without it. */
export function labelOf({ name, about }: AlertSubject, label: string): string | undefined {
  if (label === 'component') return name;
  return label === 'group' ? about.group : about.labels[label as ComponentLabel];
}

/** Reports names of no component and no job. */
export function checkChoice({ components = [] }: ChannelChoice, path: Path, context: Context): void {
  checkComponentNames(components, [...path, 'components'], context);
}
