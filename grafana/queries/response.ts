import { chosenComponent, selectRecord } from './selector.js';

/**
 * Quantile of the probe times of five minutes, in seconds, for each chosen component. A rule records it, because a query for a month of
 * buckets is too slow.
 */
export const responseQuantile = (quantile: 0.5 | 0.95 | 0.99): string =>
  selectRecord('job_component:aicrm_component_response_seconds:quantile5m', {
    ...chosenComponent,
    quantile: `="${quantile}"`,
  });
