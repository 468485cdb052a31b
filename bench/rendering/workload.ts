import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { catalogue } from '../../src/metrics/catalogue.js';
import * as families from '../../src/metrics/component-metrics.js';
import {
  addSeries,
  type Definition,
  type Labels,
  observeSeries,
  seriesOf,
  setSeries,
} from '../../src/metrics/definition.js';
import { Recorder } from '../../src/metrics/recorder.js';

/** An object that holds series and renders them. */
export interface Subject {
  /** Gives every series another value, which depends on `round`. */
  change(round: number): void;
  /** The metrics, as the exporter sends them. */
  render(): Promise<Buffer>;
}

/** Sample lines of each component: fourteen of a histogram, one of a counter, five of gauges. */
export const linesPerComponent = 20;

const gauges: readonly { readonly definition: Definition; readonly labels: Labels }[] = [
  { definition: families.componentLastResponse, labels: {} },
  ...['connect', 'first_byte', 'transfer'].map((phase) => ({ definition: families.componentPhase, labels: { phase } })),
  { definition: families.componentUptime, labels: {} },
];

const nameOf = (component: number) => `component_${component}`;

/** A time with all digits, like a measured one. It is always in the first bucket, so that every bucket line changes. */
function secondsOf(component: number, place: number, round: number): number {
  return 0.001 + ((component * 7919 + place * 1543 + round * 104_729) % 100_003) / 30_000_001;
}

/** Our recorder with this number of components. */
export function recorderSubject(components: number): Subject {
  const recorder = new Recorder(catalogue, { processMetrics: false });
  const all = Array.from({ length: components }, (_, i) => ({
    owner: `component:${nameOf(i)}`,
    probes: seriesOf(families.componentProbes, { component: nameOf(i) }),
    response: seriesOf(families.componentResponse, { component: nameOf(i) }),
    gauges: gauges.map(({ definition, labels }) => seriesOf(definition, { ...labels, component: nameOf(i) })),
  }));
  return {
    change: (round) =>
      all.forEach((component, i) => {
        recorder.record(component.owner, [
          addSeries(component.probes, 1),
          observeSeries(component.response, secondsOf(i, 0, round)),
          ...component.gauges.map((series, place) => setSeries(series, secondsOf(i, place, round))),
        ]);
      }),
    render: async () => (await recorder.render('text')).body,
  };
}

/** The same series in a registry of prom-client. Every child is looked up only once, which is the fastest way. */
export function promClientSubject(components: number): Subject {
  const registry = new Registry();
  const options = ({ name, help, labels }: Definition) => ({
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
  });
  const probes = new Counter(options(families.componentProbes));
  const response = new Histogram({
    ...options(families.componentResponse),
    buckets: [...(families.componentResponse.buckets ?? [])],
  });
  const byName = new Map(
    [...new Set(gauges.map(({ definition }) => definition))].map((definition) => [
      definition.name,
      new Gauge(options(definition)),
    ]),
  );
  const all = Array.from({ length: components }, (_, i) => ({
    probes: probes.labels({ component: nameOf(i) }),
    response: response.labels({ component: nameOf(i) }),
    gauges: gauges.flatMap(
      ({ definition, labels }) =>
        byName.get(definition.name)?.labels({ ...labels, component: nameOf(i) } as Record<string, string>) ?? [],
    ),
  }));
  return {
    change: (round) =>
      all.forEach((component, i) => {
        component.probes.inc(1);
        component.response.observe(secondsOf(i, 0, round));
        component.gauges.forEach((gauge, place) => gauge.set(secondsOf(i, place, round)));
      }),
    render: async () => Buffer.from(await registry.metrics()),
  };
}
