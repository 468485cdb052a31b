import { catalogue } from './catalogue.js';
import type { Definition, Room } from './definition.js';
import { exampleQueries } from './example-queries.js';

interface Section {
  readonly title: string;
  readonly text: string;
}

const sections: Readonly<Record<Exclude<Room, 'configured'>, Section>> = {
  exporter: {
    title: 'Exporter',
    text: 'Which exporter this is, and whether the configuration in its file is the one in force.',
  },
  component: {
    title: 'Components',
    text: 'What the probes of `endpoints` find, and the level of the whole. A level is what the last probe saw; alerts should wait until it lasts.',
  },
  host: {
    title: 'Host',
    text: 'The machine, or the container, that the exporter runs on. Absent with `host: {enabled: false}`.',
  },
  agents: {
    title: 'Agents and PM gateway',
    text: 'How AI-CRM thinks, and who works. Absent without `ai_crm` or another source that tells it.',
  },
  business: {
    title: 'Tasks, users and use',
    text: 'What AI-CRM is used for. Absent without `ai_crm` or another source that tells it.',
  },
  transaction: { title: 'Transactions', text: 'The workflows of `transactions`, done step by step as a user would.' },
  source: {
    title: 'Data sources',
    text: 'Where the numbers of the sections above come from. While a source is down its gauges are absent.',
  },
  threshold: {
    title: 'Thresholds',
    text: 'The limits of `alert_thresholds` and the objective of `slo`, to compare with in rules and to draw as lines.',
  },
  collector: {
    title: 'Collectors',
    text: 'Whether the exporter itself can measure. Whatever is measured on its own schedule is a collector.',
  },
};

const introduction = `# Metrics

Every metric that the exporter has, made from the same definitions as the metrics themselves by \`npm run docs\`.

* Names are \`aicrm_<what>_<unit>\`, in seconds, bytes, and ratios from 0 to 1. Counters end in \`_total\`; times of day end in
  \`_timestamp_seconds\` and count from 1970.
* Absent means not known. A 0 was measured.
* Counters and histograms go on after a reload of the configuration and begin again with the process. Gauges of something that
  has vanished vanish with the next measurement.
* A level is four series with the label \`status\`: 1 for the one that it is, 0 for the others.
* \`component\` is the name under \`endpoints\`; \`source\` is where numbers come from: \`ai_crm_tasks\` and its like for AI-CRM itself,
  otherwise the name under \`json_sources\`, \`sql_sources\` or \`request_sources\`; \`transaction\` is the name under \`transactions\`. Prometheus adds \`job\`
  and \`instance\`.
* The buckets of a histogram also contain the thresholds that it is compared with.
* \`json_sources\` and \`sql_sources\` can add metrics of your own; they are not in this list.`;

/**
 * The text of `docs/metrics.md`. `processExposition` is a rendering, in the text format, of the `process_*` and `nodejs_*`
 * families, which are not in the catalogue.
 */
export function metricsDocument(processExposition: string): string {
  const rooms = new Set(catalogue.map(({ room }) => room));
  const parts = [...rooms].map((room) => sectionOf(room));
  return `${[introduction, ...parts, processSection(processExposition)].join('\n\n')}\n`;
}

function sectionOf(room: Room): string {
  if (room === 'configured') throw new Error("a configuration's own metric is in the catalogue");
  const { title, text } = sections[room];
  const families = catalogue.filter((definition) => definition.room === room);
  const buckets = families.flatMap(({ name, buckets: bounds }) =>
    bounds === undefined ? [] : [`Buckets of \`${name}\`: ${bounds.join(', ')} s.`],
  );
  const queries = exampleQueries
    .filter((query) => query.room === room)
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
    'What the runtime tells about the exporter.',
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
