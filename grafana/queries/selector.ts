import type { Definition } from '../../src/metrics/definition.js';

/** Matchers by label, operator included: `{ status: '="critical"' }`. */
export type Matchers<L extends string = string> = Readonly<Partial<Record<L, string>>>;

/** The components that are chosen above the board. */
export const chosenComponent = { component: '=~"$component"' } as const;

/** The agents that are chosen above the board. */
export const chosenAgent = { agent: '=~"$agent"' } as const;

/**
 * The series of a metric that the variables of the board choose. Takes the definition and not a name, so that a renamed metric or
 * label breaks the compile and not the board.
 */
export function select<L extends string>({ name }: Definition<L>, matchers?: Matchers<L>): string {
  return selector(name, { job: '=~"$job"', instance: '=~"$instance"', ...matchers });
}

/** The cumulated buckets of a histogram. */
export function selectBuckets<L extends string>(definition: Definition<L>, matchers?: Matchers<L>): string {
  return select({ ...definition, name: `${definition.name}_bucket` }, matchers);
}

/**
 * The series of a recorded metric that the variables choose. Its name starts with its labels, and few records keep `instance`:
 * matching on a label that is not there would find nothing. A test compares the names with `prometheus/rules`.
 */
export function selectRecord(name: string, matchers: Matchers = {}): string {
  const labels = (name.split(':')[0] ?? '').split('_');
  return selector(name, {
    job: '=~"$job"',
    ...(labels.includes('instance') && { instance: '=~"$instance"' }),
    ...matchers,
  });
}

/** Alerts of the chosen jobs; Prometheus makes these series, and the label `instance` is on few of them. */
export function selectAlerts(matchers: Matchers = {}, name: 'ALERTS' | 'ALERTS_FOR_STATE' = 'ALERTS'): string {
  return selector(name, { job: '=~"$job"', ...matchers });
}

/**
 * What is known of the chosen exporters as targets of Prometheus and as processes. These names are no definitions of the catalogue:
 * Prometheus makes the first two, the runtime the others. Components that are probed on demand are targets as well, which have the
 * label `exporter` as `deploy/scaling` gives it: they are no exporters.
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

/** The series of another program's metric; the variables for it are the caller's. */
export function selector(name: string, matchers: Matchers): string {
  return `${name}{${Object.entries(matchers)
    .map(([label, matcher]) => `${label}${matcher}`)
    .join(',')}}`;
}
