import { sloObjective } from '../../src/metrics/exporter-metrics.js';
import { greatest } from './aggregate.js';
import { select, selectRecord } from './selector.js';

/** The objective, as a share of time. */
export const objective = greatest(select(sloObjective));

/**
 * Downtime of each component in a day, as a multiple of the downtime that the objective allows per day. The day begins at the time of the
 * sample, so a square has the date of its day.
 */
export const burnOfDay = `(1 - avg_over_time(${selectRecord('job_component:aicrm_component_availability:avg1h')}[1d] offset -1d)) / on (job) group_left () (1 - ${greatest(`max_over_time(${select(sloObjective)}[1d] offset -1d)`)})`;

/** Start of each outage that ended in the step, in Unix seconds: one sample at the end of the outage, with the label `reason`. */
export const outageBegin = 'job_component_reason:aicrm_component_outage_start:ended';

/** Length of each outage, in seconds: one sample at its end, as above. */
export const outageLength = 'job_component_reason:aicrm_component_outage_seconds:ended';
