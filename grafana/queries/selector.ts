import type { Definition } from '../../src/metrics/definition.js';

/** Matchers by label, with operator: `{ status: '="critical"' }`. */
export type Matchers<L extends string = string> = Readonly<Partial<Record<L, string>>>;

/** The components that are chosen on the board. */
export const chosenComponent = { component: '=~"$component"' } as const;

/** The agents that are chosen on the board. */
export const chosenAgent = { agent: '=~"$agent"' } as const;

/**
 * Series of a metric, for the chosen variables of the board. Takes the definition and not the name: after a renaming the code does not
 * compile, and no board breaks.
 */
export function select<L extends string>({ name }: Definition<L>, matchers?: Matchers<L>): string {
  return selector(name, { job: '=~"$job"', instance: '=~"$instance"', ...matchers });
}

/** The cumulative buckets of a histogram. */
export function selectBuckets<L extends string>(definition: Definition<L>, matchers?: Matchers<L>): string {
  return select({ ...definition, name: `${definition.name}_bucket` }, matchers);
}

/**
 * Series of a recorded metric, for the chosen variables. The name of a record starts with its labels. Few records keep `instance`, and a
 * matcher on an absent label would find nothing. A test compares the names with `prometheus/rules`.
 */
export function selectRecord(name: string, matchers: Matchers = {}): string {
  const labels = (name.split(':')[0] ?? '').split('_');
  return selector(name, {
    job: '=~"$job"',
    ...(labels.includes('instance') && { instance: '=~"$instance"' }),
    ...matchers,
  });
}

/** Alerts of the chosen jobs. Prometheus itself makes these series. Few of them have the label `instance`. */
export function selectAlerts(matchers: Matchers = {}, name: 'ALERTS' | 'ALERTS_FOR_STATE' = 'ALERTS'): string {
  return selector(name, { job: '=~"$job"', ...matchers });
}

/**
 * Series of the chosen exporters as targets of Prometheus and as processes. The catalogue does not define these names: Prometheus makes the
 * first two, the runtime makes the others. Components of `deploy/scaling` are targets too. They have the label `exporter` and are left out.
 */
export function selectTarget(
  name:
    | 'up'
    | 'scrape_duration_seconds'
    | 'process_resident_memory_bytes'
    | 'process_cpu_seconds_total'
    | 'nodejs_eventloop_lag_seconds',
): string {
  return selector(name, { job: '=~"$job"', instance: '=~"$instance"', exporter: '=""' });
}

/** Series of another program's metric. The caller adds the matchers for variables. */
export function selector(name: string, matchers: Matchers): string {
  return `${name}{${Object.entries(matchers)
    .map(([label, matcher]) => `${label}${matcher}`)
    .join(',')}}`;
}
