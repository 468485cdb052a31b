import * as z from 'zod';
import { thresholdMaximum } from '../limits.js';
import { mapping, positiveNumber } from './fields.js';

function threshold(maximum: number) {
  const value = positiveNumber(maximum);
  return z.union(
    [
      value,
      mapping({
        warning: value.describe('WARNING above this.'),
        critical: value.optional().describe('CRITICAL above this; not below the warning.'),
      }),
    ],
    { error: 'must be a number or a mapping of warning and critical' },
  );
}

const milliseconds = threshold(thresholdMaximum.milliseconds);
const percent = threshold(thresholdMaximum.percent);

/** `alert_thresholds`: one number is the warning, and the critical threshold follows from it. */
export const thresholdsSchema = mapping({
  response_time_ms: milliseconds.optional().describe('Response time of a component, in milliseconds.'),
  task_processing_time_ms: milliseconds.optional().describe('Analysis time of the PM gateway, in milliseconds.'),
  agent_response_time_ms: milliseconds.optional().describe('Response time of the agents, in milliseconds.'),
  cpu_usage_percent: percent.optional().describe('CPU usage of the host, in percent.'),
  memory_usage_percent: percent.optional().describe('Memory usage of the host, in percent.'),
  disk_usage_percent: percent.optional().describe('Usage of each file system of the host, in percent.'),
  error_rate_percent: percent.optional().describe('Failed probes or requests, in percent of all.'),
});

/** `thresholds` of one endpoint. */
export const componentThresholdsSchema = mapping({
  response_time_ms: milliseconds.optional().describe('Response time of this component, in milliseconds.'),
  error_rate_percent: percent.optional().describe('Failed probes of this component, in percent of all.'),
});
