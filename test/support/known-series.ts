import { readFile } from 'node:fs/promises';
import { catalogue } from '../../src/metrics/catalogue.js';
import { componentLabels } from '../../src/metrics/component-metrics.js';
import type { Rule } from './rule-files.js';

/** Facts about the series with one name. */
export interface KnownSeries {
  readonly labels: ReadonlySet<string>;
  /** The fixed values of the labels that have such. */
  readonly values: Readonly<Partial<Record<string, readonly string[]>>>;
  readonly isCounter: boolean;
  readonly isRecord: boolean;
}

/** The labels that the level of a record may name. */
const levelLabels = [
  'job',
  'instance',
  'component',
  'mountpoint',
  'agent',
  'operation',
  'source',
  'transaction',
  'reason',
];

/** Additional labels of alert records, which keep the labels of alerts. */
const alertLabels = ['alertname', 'severity', 'area', 'collector', 'source', 'exporter', 'transaction'];

/** Every series that the exporter makes, with the parts of histograms, and every series that these rules record. */
export function knownSeries(rules: readonly Rule[]): ReadonlyMap<string, KnownSeries> {
  const known = new Map<string, KnownSeries>();
  for (const { name, type, labels, values = {} } of catalogue) {
    const own = new Set(['job', 'instance', ...labels]);
    if (type !== 'histogram') known.set(name, { labels: own, values, isCounter: type === 'counter', isRecord: false });
    else
      for (const part of ['_bucket', '_sum', '_count'])
        known.set(name + part, {
          labels: part === '_bucket' ? new Set([...own, 'le']) : own,
          values,
          isCounter: true,
          isRecord: false,
        });
  }
  // Series of Prometheus itself.
  for (const name of ['process_start_time_seconds', 'prometheus_build_info'])
    known.set(name, { labels: new Set(['job', 'instance']), values: {}, isCounter: false, isRecord: false });
  for (const { name, labels, isAlert } of rules) {
    if (isAlert) continue;
    const level = name.split(':')[0]?.split('_') ?? [];
    const before = known.get(name);
    const values = Object.fromEntries(
      Object.entries(labels).map(([label, value]) => [label, [...(before?.values[label] ?? []), value]]),
    );
    const ofAlerts = /^[^:]+:aicrm_alerts_/.test(name) ? [...levelLabels, ...alertLabels] : [];
    const ofComponents =
      name === 'job_component:aicrm_component_info:last' ? ['severity', 'group', ...componentLabels] : [];
    known.set(name, {
      labels: new Set([
        ...ofComponents,
        ...levelLabels.filter((label) => level.includes(label)),
        ...ofAlerts,
        ...Object.keys(labels),
      ]),
      values,
      isCounter: false,
      isRecord: true,
    });
  }
  return known;
}

/** The names of the exporter's `process_*` and `nodejs_*` families. */
export async function processFamilies(): Promise<readonly string[]> {
  return [...(await readFile('docs/metrics.md', 'utf8')).matchAll(/^\| `((?:process|nodejs)_\w+)`/gm)].map(
    ([, name = '']) => name,
  );
}
