import { choice, complete, type Given, mapping, type Option, optional, required } from '../option.js';
import { numberBetween, positiveNumber } from '../option-kinds.js';
import type { Path, Report } from '../problem.js';

/** A limit in the unit of its name. `critical` is at least `warning`; for a lower limit it is at most `warning`. */
export interface Threshold {
  readonly warning: number;
  readonly critical: number;
}

/** A threshold in the unit at the end of its key. */
interface ThresholdRow {
  readonly key: `${string}_ms` | `${string}_percent` | `${string}_days`;
  readonly help: string;
  readonly warning: number;
  /** Default of the critical limit. Absent: 2.5 times the warning. */
  readonly critical?: number;
  /** A lower limit: smaller values are worse. */
  readonly isLeast?: true;
  /** Text in docs/thresholds.md. */
  readonly comparedWith: string;
  /** Help text of the threshold of one component. Absent if a component cannot have its own. */
  readonly ofComponent?: string;
  readonly synonyms?: string;
}

/** Every threshold. The warnings are those of AI-CRM's monitoring document. */
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
    comparedWith: 'memory that new programs cannot get',
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

/** The general thresholds: times in seconds, others as ratios from 0 to 1. `cpu_usage_percent` is `cpuUsageRatio`. */
export type Thresholds = { readonly [Key in Row['key'] as NameOf<Key>]: Threshold };

/** The own thresholds of a component. Absent: the general threshold applies. */
export type ComponentThresholds = { readonly [Key in ComponentRow['key'] as NameOf<Key>]?: Threshold };

/** A threshold with its names in the configuration and in metrics. */
export interface KnownThreshold {
  readonly key: Row['key'];
  readonly name: keyof Thresholds;
  /** Value of the label `threshold`. */
  readonly label: string;
  /** Unit of the metric. */
  readonly unit: 'seconds' | 'ratio';
  /** Factor from the metric's unit to the unit of the file. */
  readonly perUnit: number;
  readonly row: ThresholdRow;
}

/** Units by the last word of a key. */
const units = {
  ms: { unit: 'seconds', perUnit: 1000, value: positiveNumber(3_600_000, 'Milliseconds') },
  percent: { unit: 'ratio', perUnit: 100, value: positiveNumber(100, 'Percent') },
  days: { unit: 'seconds', perUnit: 1 / 86_400, value: positiveNumber(3650, 'Days') },
} as const;

function unitOf(key: Row['key']) {
  return units[key.slice(key.lastIndexOf('_') + 1) as keyof typeof units];
}

/** All thresholds. */
export const knownThresholds: readonly KnownThreshold[] = thresholdTable.map((row) => {
  const { unit, perUnit } = unitOf(row.key);
  const label = row.key.replace(/_[a-z]+$/, '');
  const camel = label.replace(/_(\w)/g, (_match, letter: string) => letter.toUpperCase());
  const name = `${camel}${unit === 'seconds' ? 'Seconds' : 'Ratio'}` as keyof Thresholds;
  return { key: row.key, name, label, unit, perUnit, row };
});

/** A threshold by its name; undefined if a component has none of its own. */
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

/** `alert_thresholds`. A number is the warning, and the critical threshold follows from it. */
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

/** The thresholds in seconds and ratios. Reports a critical threshold on the wrong side of its warning. */
export function resolveThresholds(given: Given<typeof thresholdOptions>, report: Report): Thresholds {
  const entries = knownThresholds.map((known) => {
    const { key, name, row } = known;
    return [name, resolveThreshold(given[key] ?? row.warning, known, ['alert_thresholds', key], report)];
  });
  return Object.fromEntries(entries) as Thresholds;
}

/** `thresholds` of one component. Has only those that are given. */
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

/** A threshold in seconds or as a ratio. Without a critical threshold it follows from the warning. */
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
  // After a warning at 98 %, the default of 95 % cannot be critical. So both are then 98 %.
  const usual = (isLeast ? Math.min : Math.max)(warning, row.critical ?? warning * timeFactor);
  return { warning: warning / perUnit, critical: (critical ?? usual) / perUnit };
}

/** A threshold in the unit of the file. Rounded, because 0.07 × 100 is not exactly 7. */
export function thresholdInFile({ warning, critical }: Threshold, perUnit: number): Threshold {
  const rounded = (value: number) => Math.round(value * perUnit * 1e6) / 1e6;
  return { warning: rounded(warning), critical: rounded(critical) };
}

/** Service level objective of all components or of one. */
export interface Slo {
  /** Share of good probes outside maintenance, above 0 and below 1. */
  readonly availabilityRatio: number;
}

/** `slo`. It is below 100 %, because otherwise there is no error budget. */
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
