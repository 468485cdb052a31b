import { agentLastResponse, agentUtilization } from './agent-metrics.js';
import { tasksCompleted, tasksCreated } from './business-metrics.js';
import { catalogue } from './catalogue.js';
import {
  componentMaintenance,
  componentProbeFailures,
  componentProbes,
  componentResponse,
  componentUp,
} from './component-metrics.js';
import type { Area, Definition } from './definition.js';
import { collectorInterval, collectorLastRun, thresholdSeconds } from './exporter-metrics.js';
import { heartbeatDeadline } from './heartbeat-metrics.js';
import { hostFilesystemAvailable } from './host-metrics.js';
import { sourceUp } from './source-metrics.js';
import { transactionFailures } from './transaction-metrics.js';

interface ExampleQuery {
  readonly area: Area;
  /** Without the colon that follows it in `docs/metrics.md`. */
  readonly question: string;
  readonly promql: string;
}

/** Queries for `docs/metrics.md`, in the order of its sections. */
export const exampleQueries: readonly ExampleQuery[] = [
  {
    area: 'component',
    question: 'Components that are not up and not in maintenance',
    promql: `${n(componentUp)} == 0 unless on (job, instance, component) ${n(componentMaintenance)} == 1`,
  },
  {
    area: 'component',
    question: 'Share of failed probes in the last hour',
    promql: `sum by (component) (rate(${n(componentProbeFailures)}[1h])) / sum by (component) (rate(${n(componentProbes)}[1h]))`,
  },
  {
    area: 'component',
    question: 'Response time that 95 % of the probes stay below, in seconds',
    promql: `histogram_quantile(0.95, sum by (component, le) (rate(${n(componentResponse)}_bucket[1h])))`,
  },
  {
    area: 'host',
    question: 'File systems that are full in a day if they fill up as in the last six hours',
    promql: `predict_linear(${n(hostFilesystemAvailable)}[6h], 86400) < 0`,
  },
  {
    area: 'agents',
    question: 'Agents that answer more slowly than the warning threshold',
    promql: `${n(agentLastResponse)} > on (job, instance) group_left () ${n(thresholdSeconds)}{threshold="agent_response_time", severity="warning"}`,
  },
  { area: 'agents', question: 'The five agents with the most to do', promql: `topk(5, ${n(agentUtilization)})` },
  {
    area: 'business',
    question: 'Tasks completed for each one created, over a day',
    promql: `increase(${n(tasksCompleted)}[1d]) / increase(${n(tasksCreated)}[1d])`,
  },
  {
    area: 'transaction',
    question: 'Steps that failed within the last hour, and why',
    promql: `sum by (transaction, step, reason) (increase(${n(transactionFailures)}[1h])) > 0`,
  },
  {
    area: 'heartbeat',
    question: 'Jobs that are overdue, and for how many seconds',
    promql: `time() - ${n(heartbeatDeadline)} > 0`,
  },
  {
    area: 'source',
    question: 'Sources whose numbers have been missing for a quarter of an hour',
    promql: `max_over_time(${n(sourceUp)}[15m]) == 0`,
  },
  {
    area: 'collector',
    question: 'Measurements that are overdue',
    promql: `time() - ${n(collectorLastRun)} > 3 * ${n(collectorInterval)}`,
  },
];

function n({ name }: Pick<Definition, 'name'>): string {
  return name;
}

interface Section {
  readonly title: string;
  readonly text: string;
}

const sections: Readonly<Record<Exclude<Area, 'configured'>, Section>> = {
  exporter: {
    title: 'Exporter',
    text: 'Version of the exporter, and whether it uses the configuration in its file.',
  },
  component: {
    title: 'Components',
    text: 'Results of the probes of `endpoints`, and the overall level. A level shows the last probe, so alerts should wait until it lasts.',
  },
  host: {
    title: 'Host',
    text: 'The machine, or the container, that the exporter runs on. Absent with `host: {enabled: false}`.',
  },
  agents: {
    title: 'Agents and PM gateway',
    text: 'Agents of AI-CRM and its PM gateway. Absent without `ai_crm` or another source of these numbers.',
  },
  business: {
    title: 'Tasks, users and use',
    text: 'What AI-CRM is used for. Absent without `ai_crm` or another source of these numbers.',
  },
  transaction: {
    title: 'Transactions',
    text: 'The workflows of `transactions`, which the exporter runs step by step like a user.',
  },
  heartbeat: {
    title: 'Heartbeats',
    text: 'The [reports](heartbeats.md) of the jobs of `heartbeats`. Their label is `component`, because silences and maintenance treat them like components.',
  },
  source: {
    title: 'Data sources',
    text: 'Whether the sources of the numbers above can be read. While a source is down, its gauges are absent.',
  },
  threshold: {
    title: 'Thresholds',
    text: 'The limits of `alert_thresholds` and the objective of `slo`, for rules and for lines on boards.',
  },
  collector: {
    title: 'Collectors',
    text: 'Whether the exporter itself can measure. Everything with its own schedule is a collector.',
  },
};

const introduction = `# Metrics

This page lists every metric of the exporter, with its unit and when it is absent. \`npm run docs\` makes it from the definitions in the code.

* Names are \`aicrm_<what>_<unit>\`, in seconds, bytes, and ratios from 0 to 1. Counters end in \`_total\`; times of day end in
  \`_timestamp_seconds\` and count from 1970.
* An absent metric means that the value is not known. A 0 is a measured value.
* Counters and histograms continue after a reload of the configuration. They begin at 0 when the exporter starts. When something
  disappears, its gauges disappear with the next measurement.
* A level is four series with the label \`status\`: 1 for the present level, 0 for the others.
* The buckets of a histogram include the thresholds that are compared with it.
* Your own metrics of \`json_sources\` and \`sql_sources\` are not in this list.

| Label | Value |
|---|---|
| \`component\` | name under \`endpoints\` or \`heartbeats\` |
| \`source\` | \`ai_crm_tasks\` and similar names for AI-CRM itself, otherwise the name under \`json_sources\`, \`sql_sources\` or \`request_sources\` |
| \`transaction\` | name under \`transactions\` |
| \`job\`, \`instance\` | Prometheus adds them |`;

/**
 * The text of `docs/metrics.md`. `processExposition` has the `process_*` and `nodejs_*` families in the text format,
 * because they are not in the catalogue.
 */
export function metricsDocument(processExposition: string): string {
  const areas = new Set(catalogue.map(({ area }) => area));
  const parts = [...areas].map((area) => sectionOf(area));
  return `${[introduction, ...parts, processSection(processExposition)].join('\n\n')}\n`;
}

function sectionOf(area: Area): string {
  if (area === 'configured') throw new Error("a configuration's own metric is in the catalogue");
  const { title, text } = sections[area];
  const families = catalogue.filter((definition) => definition.area === area);
  const buckets = families.flatMap(({ name, buckets: bounds }) =>
    bounds === undefined ? [] : [`Buckets of \`${name}\`: ${bounds.join(', ')} s.`],
  );
  const queries = exampleQueries
    .filter((query) => query.area === area)
    .map(({ question, promql }) => `${question}:\n\n\`\`\`promql\n${promql}\n\`\`\``);
  return [
    `## ${title}`,
    text,
    table(['Metric', 'Type', 'Labels', 'Meaning'], families.map(row)),
    ...buckets,
    ...queries,
  ].join('\n\n');
}

function row({ name, type, labels, values, help }: Definition): readonly string[] {
  const shown = labels.map((label) => {
    const closed = values?.[label];
    return `\`${label}\`${closed === undefined ? '' : `: ${closed.join(', ')}`}`;
  });
  return [`\`${name}\``, type, shown.join('; '), help];
}

function processSection(exposition: string): string {
  const types = new Map(
    [...exposition.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => [name, type]),
  );
  const families = [...exposition.matchAll(/^# HELP (\S+) (.*)$/gm)].map(([, name = '', help = '']) => [
    `\`${name}\``,
    types.get(name) ?? '',
    sentence(help),
  ]);
  return [
    '## The process itself',
    'Measurements of the runtime about the exporter.',
    table(['Metric', 'Type', 'Meaning'], families),
  ].join('\n\n');
}

function sentence(help: string): string {
  return help.endsWith('.') ? help : `${help}.`;
}

function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(headings), `|${'---|'.repeat(headings.length)}`, ...rows.map(line)].join('\n');
}
