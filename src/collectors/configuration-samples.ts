import type { Collector } from '../collector.js';
import type { Config } from '../config/config.js';
import type { ComponentConfig } from '../config/sections/endpoints-section.js';
import {
  type ComponentThresholds,
  knownThresholds,
  type Threshold,
  type Thresholds,
  thresholdOf,
} from '../config/sections/thresholds-section.js';
import { componentDependsOn, componentInfo, componentLabels, infoLabel } from '../metrics/component-metrics.js';
import { type Definition, type Labels, type Sample, set } from '../metrics/definition.js';
import { sloObjective, thresholdRatio, thresholdSeconds } from '../metrics/exporter-metrics.js';
import { sourceDependsOn } from '../metrics/source-metrics.js';
import { transactionDependsOn } from '../metrics/transaction-metrics.js';
import { addressName } from '../net/origin-name.js';

/**
 * What the configuration itself says in metrics: components, dependencies, thresholds, the objective. Changes only with a reload.
 * The collectors are those that are made of it.
 */
export function configurationSamples(
  config: Config,
  collectors: readonly Pick<Collector, 'asks'>[],
): readonly Sample[] {
  const samples: Sample[] = [...dependencySamples(config, collectors)];
  for (const component of config.components) {
    samples.push(infoSample(component));
    for (const other of component.dependsOn)
      samples.push(set(componentDependsOn, { component: component.name, depends_on: other }, 1));
  }
  samples.push(...thresholdSamples(config.thresholds));
  samples.push(set(sloObjective, {}, config.slo.availabilityRatio));
  for (const { name, thresholds, slo } of config.components) {
    samples.push(...thresholdSamples(thresholds, name));
    if (slo !== undefined) samples.push(set(sloObjective, { component: name }, slo.availabilityRatio));
  }
  return samples;
}

/** A component with all that the configuration says of it; rules find thresholds and labels by this one. */
export function infoSample({ name, target, kind, severity, about }: ComponentConfig): Sample {
  const { labels, group, description, runbookUrl } = about;
  const own = componentLabels.map((label) => [infoLabel(label), labels[label]]);
  return set(
    componentInfo,
    {
      component: name,
      target,
      kind,
      severity,
      ...(Object.fromEntries(own.filter(([, value]) => value !== undefined)) as Labels<ReturnType<typeof infoLabel>>),
      ...(group === undefined ? {} : { group }),
      ...(description === undefined ? {} : { description }),
      ...(runbookUrl === undefined ? {} : { runbook_url: runbookUrl }),
    },
    1,
  );
}

/**
 * Which components a data source or a transaction cannot do without: whatever is watched at a host and port that it asks or is
 * answered by the AI-CRM that it asks, and what that depends on, however far away, since a rule cannot follow it further than one step.
 */
function dependencySamples(
  { components, aiCrm }: Config,
  collectors: readonly Pick<Collector, 'asks'>[],
): readonly Sample[] {
  const dependencies = new Map(components.map(({ name, dependsOn }) => [name, dependsOn]));
  const addresses = components.map((component) => ({
    name: component.name,
    address: placeOf(component),
  }));
  return collectors.flatMap(({ asks }) => {
    if (asks === undefined) return [];
    const asked = new Set(asks.places.map(addressName).filter((address) => address !== undefined));
    const needed = new Set(
      addresses.filter(({ address }) => address !== undefined && asked.has(address)).map(({ name }) => name),
    );
    if (aiCrm !== undefined && asked.has(addressName(aiCrm.url) ?? ''))
      for (const name of aiCrm.components ?? []) needed.add(name);
    // What is added to a set while it is gone through is gone through as well.
    for (const name of needed) for (const other of dependencies.get(name) ?? []) needed.add(other);
    return [...needed].map((other) =>
      asks.label === 'source'
        ? set(sourceDependsOn, { source: asks.name, depends_on: other }, 1)
        : set(transactionDependsOn, { transaction: asks.name, depends_on: other }, 1),
    );
  });
}

/** The metrics that the configuration defines itself, each once; those of the catalogue are not among them. */
export function ownDefinitions({
  jsonSources,
  sqlSources,
}: Pick<Config, 'jsonSources' | 'sqlSources'>): readonly Definition[] {
  const used = [...jsonSources, ...sqlSources].flatMap(({ metrics }) => metrics.map(({ definition }) => definition));
  return [
    ...new Map(
      used.filter(({ area }) => area === 'configured').map((definition) => [definition.name, definition]),
    ).values(),
  ];
}

/** Every response time threshold in use, in seconds: the bounds that the response histogram must have. */
export function responseThresholdsInUse(config: Config): readonly number[] {
  const inUse = [
    config.thresholds.responseTimeSeconds,
    ...config.components.map(({ thresholds }) => thresholds.responseTimeSeconds),
  ];
  return inUse.flatMap((threshold) => (threshold === undefined ? [] : thresholdBounds(threshold)));
}

/** The bounds that a histogram must have so that how often a threshold is exceeded can be told exactly; in its own unit. */
export function thresholdBounds({ warning, critical }: Threshold): readonly number[] {
  return [warning, critical];
}

function thresholdSamples(thresholds: Thresholds | ComponentThresholds, component?: string): readonly Sample[] {
  return knownThresholds.flatMap(({ name, label, unit }) => {
    const threshold = thresholdOf(thresholds, name);
    if (threshold === undefined) return [];
    const labels = component === undefined ? { threshold: label } : { threshold: label, component };
    const family = unit === 'seconds' ? thresholdSeconds : thresholdRatio;
    return [
      set(family, { ...labels, severity: 'warning' }, threshold.warning),
      set(family, { ...labels, severity: 'critical' }, threshold.critical),
    ];
  });
}

/** Host and port of a component; undefined for one that is a whole host. */
function placeOf(component: ComponentConfig): string | undefined {
  if ('url' in component) return addressName(component.url);
  if ('database' in component) return addressName(component.database);
  return 'port' in component ? addressName(component) : undefined;
}
