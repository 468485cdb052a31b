import type { Slo } from '../config.js';
import { defaults } from '../defaults.js';
import type { Settings } from '../schema/document.js';

/** `slo` as ratios. */
export function normaliseSlo({ availability_percent: availabilityPercent }: NonNullable<Settings['slo']>): Slo {
  return {
    availabilityRatio: availabilityPercent === undefined ? defaults.slo.availabilityRatio : availabilityPercent / 100,
  };
}
