import type { Collector } from '../collector.js';
import type { Config } from '../config/config.js';
import { infoLabelsOf } from '../config/sections/about-component.js';
import type { ComponentConfig } from '../config/sections/endpoints-section.js';
import {
  type ComponentThresholds,
  knownThresholds,
  type Threshold,
  type Thresholds,
  thresholdOf,
} from '../config/sections/thresholds-section.js';
import { componentDependsOn, componentInfo, componentTimeout } from '../metrics/component-metrics.js';
import { type Definition, type Sample, set } from '../metrics/definition.js';
import { sloObjective, thresholdRatio, thresholdSeconds } from '../metrics/exporter-metrics.js';
import { sourceDependsOn } from '../metrics/source-metrics.js';
import { transactionDependsOn } from '../metrics/transaction-metrics.js';
import { addressName } from '../net/origin-name.js';

/**
 * The configuration as metrics: components, dependencies, thresholds, the objective. They change only with a reload.
 * `collectors` are those of this configuration.
 */
export function configurationSamples(
  config: Config,
  collectors: readonly Pick<Collector, 'asks'>[],
): readonly Sample[] {
  const samples: Sample[] = [...dependencySamples(config, collectors)];
  for (const component of config.components) {
    samples.push(infoSample(component), set(componentTimeout, { component: component.name }, component.timeoutSeconds));
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

/** A component with its configured properties. Rules find thresholds and labels with this series. */
export function infoSample({ name, target, kind, severity, about }: ComponentConfig): Sample {
  return set(componentInfo, { component: name, target, kind, severity, ...infoLabelsOf(about) }, 1);
}

/**
 * The components that a data source or a transaction depends on: those at a host and port that it asks, those of the
 * AI-CRM that it asks, and all their dependencies. Indirect ones are included, because a rule can follow only one step.
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
    const asked = new Set(asks.places.map(addressName));
    const needed = new Set(
      addresses.filter(({ address }) => address !== undefined && asked.has(address)).map(({ name }) => name),
    );
    if (aiCrm !== undefined && asked.has(addressName(aiCrm.url)))
      for (const name of aiCrm.components ?? []) needed.add(name);
    // The loop also visits names that it adds to the set.
    for (const name of needed) for (const other of dependencies.get(name) ?? []) needed.add(other);
    return [...needed].map((other) =>
      asks.label === 'source'
        ? set(sourceDependsOn, { source: asks.name, depends_on: other }, 1)
        : set(transactionDependsOn, { transaction: asks.name, depends_on: other }, 1),
    );
  });
}

/** Metrics that the configuration defines, each once, without those of the catalogue. */
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

/** All response time thresholds in use, in seconds. The response histogram needs them as bounds. */
export function responseThresholdsInUse(config: Config): readonly number[] {
  const inUse = [
    config.thresholds.responseTimeSeconds,
    ...config.components.map(({ thresholds }) => thresholds.responseTimeSeconds),
  ];
  return inUse.flatMap((threshold) => (threshold === undefined ? [] : thresholdBounds(threshold)));
}

/** The bounds of a histogram that make it exact how often a threshold is exceeded; in its own unit. */
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

/** Host and port of a component; undefined for a component without a port. */
function placeOf(component: ComponentConfig): string | undefined {
  if ('url' in component) return addressName(component.url);
  if ('database' in component) return addressName(component.database);
  return 'port' in component ? addressName(component) : undefined;
}
