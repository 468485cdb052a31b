import { choice, complete, type Given, mapping, type Option, optional, required } from '../option.js';
import { numberBetween, positiveNumber } from '../option-kinds.js';
import type { Path, Report } from '../problem.js';

/** A limit in the unit of its name; `critical` is never below `warning`, of a limit from below never above it. */
export interface Threshold {
  readonly warning: number;
  readonly critical: number;
}

/** What a threshold is, in the unit that its key ends in. */
interface ThresholdRow {
  readonly key: `${string}_ms` | `${string}_percent` | `${string}_days`;
  readonly help: string;
  readonly warning: number;
  /** Where CRITICAL begins when only the warning is given. Absent: at 2.5 times the warning. */
  readonly critical?: number;
  /** A limit from below: what is less is bad. */
  readonly isLeast?: true;
  /** For docs/thresholds.md. */
  readonly comparedWith: string;
  /** A component may have its own; then this is the help text of that one. */
  readonly ofComponent?: string;
  readonly synonyms?: string;
}

/** Every threshold. Warnings are those of AI-CRM's monitoring document. */
const thresholdTable = [
  {
    key: 'response_time_ms',
    help: 'Response time of a component.',
    warning: 2000,
    comparedWith: 'a probe, the task board, the list of agents; alerts: the median of 5 and 10 minutes',
    ofComponent: 'Response time of this component.',
    synonyms: 'latency latency_ms max_response_time',
  },
  {
    key: 'task_processing_time_ms',
    help: 'Analysis time of the PM gateway.',
    warning: 5000,
    comparedWith: 'an analysis by the PM gateway',
  },
  {
    key: 'agent_response_time_ms',
    help: 'Response time of the agents.',
    warning: 3000,
    comparedWith: "a suggestion of agents, or the agent's own time if AI-CRM reports it",
  },
  {
    key: 'cpu_usage_percent',
    help: 'CPU usage of the host.',
    warning: 80,
    critical: 95,
    comparedWith: 'the host',
    synonyms: 'cpu cpu_threshold',
  },
  {
    key: 'memory_usage_percent',
    help: 'Memory usage of the host.',
    warning: 85,
    critical: 95,
    comparedWith: 'what is not available',
    synonyms: 'memory mem ram mem_usage mem_usage_percent memory_threshold',
  },
  {
    key: 'disk_usage_percent',
    help: 'Usage of each file system of the host.',
    warning: 90,
    critical: 95,
    comparedWith: 'each file system, as `df` counts',
    synonyms: 'disk disk_threshold',
  },
  {
    key: 'error_rate_percent',
    help: 'Failed probes or requests of all.',
    warning: 5,
    critical: 10,
    comparedWith: 'failed probes of a component, or failed requests if AI-CRM reports them',
    ofComponent: 'Failed probes of this component.',
    synonyms: 'errors',
  },
  {
    key: 'certificate_expiry_days',
    help: 'Days until the first certificate of a chain expires.',
    warning: 14,
    critical: 3,
    isLeast: true,
    comparedWith: 'days until the first certificate of a chain expires; less is worse',
    ofComponent: 'Days until the first certificate of this component expires.',
    synonyms: 'certificate_days cert_days certificate_expiration cert_expiry tls_expiry expiry_days days_left',
  },
] as const satisfies readonly ThresholdRow[];

type Row = (typeof thresholdTable)[number];
type Camel<Text> = Text extends `${infer Head}_${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : Text;
type NameOf<Key> = Key extends `${infer Label}_ms`
  ? `${Camel<Label>}Seconds`
  : Key extends `${infer Label}_days`
    ? `${Camel<Label>}Seconds`
    : Key extends `${infer Label}_percent`
      ? `${Camel<Label>}Ratio`
      : never;
type ComponentRow = Extract<Row, { readonly ofComponent: string }>;

/** The thresholds of the whole installation: times in seconds, the rest as ratios 0–1. `cpu_usage_percent` is `cpuUsageRatio`. */
export type Thresholds = { readonly [Key in Row['key'] as NameOf<Key>]: Threshold };

/** What one component overrides of the thresholds; absent means the installation's applies. */
export type ComponentThresholds = { readonly [Key in ComponentRow['key'] as NameOf<Key>]?: Threshold };

/** A threshold as the configuration and the metrics have it. */
export interface KnownThreshold {
  readonly key: Row['key'];
  readonly name: keyof Thresholds;
  /** Value of the label `threshold`. */
  readonly label: string;
  /** What a value is exported in. */
  readonly unit: 'seconds' | 'ratio';
  /** What the file counts in, in one second or in the whole. */
  readonly perUnit: number;
  readonly row: ThresholdRow;
}

/** What the last word of a key says. */
const units = {
  ms: { unit: 'seconds', perUnit: 1000, value: positiveNumber(3_600_000, 'Milliseconds') },
  percent: { unit: 'ratio', perUnit: 100, value: positiveNumber(100, 'Percent') },
  days: { unit: 'seconds', perUnit: 1 / 86_400, value: positiveNumber(3650, 'Days') },
} as const;

function unitOf(key: Row['key']) {
  return units[key.slice(key.lastIndexOf('_') + 1) as keyof typeof units];
}

/** Every threshold with its names. */
export const knownThresholds: readonly KnownThreshold[] = thresholdTable.map((row) => {
  const { unit, perUnit } = unitOf(row.key);
  const label = row.key.replace(/_[a-z]+$/, '');
  const camel = label.replace(/_(\w)/g, (_match, letter: string) => letter.toUpperCase());
  const name = `${camel}${unit === 'seconds' ? 'Seconds' : 'Ratio'}` as keyof Thresholds;
  return { key: row.key, name, label, unit, perUnit, row };
});

/** The threshold of a component or of the installation, by its name; undefined where it has none of its own. */
export function thresholdOf(thresholds: Thresholds | ComponentThresholds, name: keyof Thresholds) {
  return (thresholds as Readonly<Partial<Record<keyof Thresholds, Threshold>>>)[name];
}

const timeFactor = 2.5;

function thresholdKind({ key, row: { isLeast } }: KnownThreshold) {
  const { value } = unitOf(key);
  const [beyond, order] = isLeast ? ['below', 'not above'] : ['above', 'not below'];
  const both = mapping({
    warning: required(value, `WARNING ${beyond} this.`, { synonyms: 'warn' }),
    critical: optional(value, `CRITICAL ${beyond} this; ${order} the warning.`, {
      synonyms: 'crit',
      defaultIs: 'as above',
    }),
  });
  return { ...choice([value, both], 'must be a number or a mapping of warning and critical'), type: value.type };
}

type ThresholdKind = ReturnType<typeof thresholdKind>;
type GivenThreshold = Exclude<ReturnType<ThresholdKind['read']>, symbol>;

/** `alert_thresholds`: one number is the warning, and the critical threshold follows from it. */
export const thresholdOptions = Object.fromEntries(
  knownThresholds.map((known) => {
    const { key, row } = known;
    const { help, warning, critical, synonyms } = row;
    const defaultIs = `${warning}, critical ${critical ?? `${timeFactor} times the warning`}`;
    return [key, optional(thresholdKind(known), help, { defaultIs, ...(synonyms === undefined ? {} : { synonyms }) })];
  }),
) as Readonly<Record<Row['key'], Option<GivenThreshold>>>;

/** `thresholds` of one endpoint. */
export const componentThresholdOptions = Object.fromEntries(
  knownThresholds.flatMap((known) => {
    const { ofComponent } = known.row;
    const defaultIs = `alert_thresholds.${known.key}`;
    return ofComponent === undefined ? [] : [[known.key, optional(thresholdKind(known), ofComponent, { defaultIs })]];
  }),
) as Readonly<Record<ComponentRow['key'], Option<GivenThreshold>>>;

/** The thresholds in seconds and ratios. A critical threshold on the wrong side of its warning is reported. */
export function resolveThresholds(given: Given<typeof thresholdOptions>, report: Report): Thresholds {
  const entries = knownThresholds.map((known) => {
    const { key, name, row } = known;
    return [name, resolveThreshold(given[key] ?? row.warning, known, ['alert_thresholds', key], report)];
  });
  return Object.fromEntries(entries) as Thresholds;
}

/** `thresholds` of one component; only what is given. */
export function resolveComponentThresholds(
  given: Given<typeof componentThresholdOptions>,
  path: Path,
  report: Report,
): ComponentThresholds {
  const all: Readonly<Partial<Record<Row['key'], GivenThreshold | undefined>>> = given;
  const entries = knownThresholds.flatMap((known) => {
    const value = all[known.key];
    return value === undefined ? [] : [[known.name, resolveThreshold(value, known, [...path, known.key], report)]];
  });
  return Object.fromEntries(entries) as ComponentThresholds;
}

/** A threshold in seconds or as a ratio; the critical one follows from the warning where it is not given. */
export function resolveThreshold(
  given: GivenThreshold,
  { perUnit, row }: KnownThreshold,
  path: Path,
  report: Report,
): Threshold {
  const { warning, critical } = typeof given === 'number' ? { warning: given } : given;
  const { isLeast } = row;
  if (critical !== undefined && (isLeast ? critical > warning : critical < warning))
    report([...path, 'critical'], `must be at ${isLeast ? 'most' : 'least'} the warning of ${warning}`);
  // A warning at 98 % means that 95 % is not critical to this person, so the two then coincide.
  const usual = (isLeast ? Math.min : Math.max)(warning, row.critical ?? warning * timeFactor);
  return { warning: warning / perUnit, critical: (critical ?? usual) / perUnit };
}

/** A threshold in the unit of the file. Rounded, because 0.07 × 100 is not 7. */
export function thresholdInFile({ warning, critical }: Threshold, perUnit: number): Threshold {
  const rounded = (value: number) => Math.round(value * perUnit * 1e6) / 1e6;
  return { warning: rounded(warning), critical: rounded(critical) };
}

/** What is promised of every component, or of one. */
export interface Slo {
  /** Share of probes that are answered as expected, above 0 and below 1; maintenance is left out. */
  readonly availabilityRatio: number;
}

/** `slo`. Without room for errors there is no budget that could burn, so that 100 % cannot be promised. */
export const sloOptions = {
  availability_percent: optional(
    numberBetween(0, 100, 'Percent'),
    'Probes that are answered as expected, maintenance left out. 99.5 leaves 3.6 hours in 30 days.',
    { default: 99.5, synonyms: 'objective availability uptime' },
  ),
};

/** `slo` of one endpoint. */
export const componentSloOptions = {
  availability_percent: optional(
    sloOptions.availability_percent.kind,
    'Availability that you promise for this component.',
    {
      defaultIs: 'slo.availability_percent',
      synonyms: 'objective availability uptime',
    },
  ),
};

/** `slo` as ratios. */
export function resolveSlo(given: Given<typeof sloOptions>): Slo {
  return { availabilityRatio: complete(sloOptions, given).availability_percent / 100 };
}
