import { chosenComponent, selectRecord } from './selector.js';

/** The time in seconds that this share of the probes of five minutes stayed below, for each chosen component. Recorded: a month of buckets is too much to ask for. */
export const responseQuantile = (quantile: 0.5 | 0.95 | 0.99): string =>
  selectRecord('job_component:aicrm_component_response_seconds:quantile5m', {
    ...chosenComponent,
    quantile: `="${quantile}"`,
  });
