import { sloObjective } from '../../src/metrics/exporter-metrics.js';
import { greatest } from './aggregate.js';
import { select, selectRecord } from './selector.js';

/** The promised share of time. */
export const objective = greatest(select(sloObjective));

/**
 * How many times the downtime that its objective allows for a day each component had in the day that begins at the time of the sample, so
 * that a square has the date of what it is about.
 */
export const burnOfDay = `(1 - avg_over_time(${selectRecord('job_component:aicrm_component_availability:avg1h')}[1d] offset -1d)) / on (job) group_left () (1 - ${greatest(`max_over_time(${select(sloObjective)}[1d] offset -1d)`)})`;

/** When each outage began that ended within the step, in seconds; one sample at its end, with the label `reason`. */
export const outageBegin = 'job_component_reason:aicrm_component_outage_start:ended';

/** How long it lasted, in seconds; one sample as well. */
export const outageLength = 'job_component_reason:aicrm_component_outage_seconds:ended';
