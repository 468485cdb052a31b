import { objectivePercent } from '../limits.js';
import { mapping, numberBetween } from './fields.js';

/** `slo`: what is promised of every component. */
export const sloSchema = mapping({
  availability_percent: numberBetween(objectivePercent)
    .optional()
    .describe('Probes that are answered as expected, in percent of all. Default 99.5.'),
});
