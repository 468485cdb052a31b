import { limits } from '../limits.js';
import { presetNames } from '../presets/names.js';
import { httpShape, namePattern, namesAre } from './endpoint.js';
import { duration, flag, mapping, named, text, wholeNumber, word } from './fields.js';
import { metricsSchema } from './metrics.js';

const { expect: _expect, ...dataHttpShape } = httpShape;

/** `json_sources`: name → where a JSON document is, and what it becomes. */
export const jsonSourcesSchema = named(
  namePattern,
  namesAre,
  mapping({
    url: text().describe('http:// or https://.'),
    ...dataHttpShape,
    max_body_bytes: wholeNumber(limits.maxBodyBytes)
      .optional()
      .describe('A longer body is a failure of reason size. Default 10 MiB.'),
    use_login: flag()
      .optional()
      .describe('Ask with the login of ai_crm instead of auth; only at its origin. Default false.'),
    interval: duration(limits.intervalSeconds)
      .optional()
      .describe('Time between two queries, default check_intervals.detailed_analysis.'),
    timeout: duration(limits.timeoutSeconds)
      .optional()
      .describe('Deadline of one request, default 10s or the interval, whichever is less.'),
    max_series: wholeNumber(limits.maxSeries).optional().describe('More series are left out. Default 1000.'),
    preset: word(presetNames).optional().describe('Ready-made metrics, before those of metrics.'),
    metrics: metricsSchema.optional().describe('What becomes of the document.'),
  }),
  'a mapping of source names to options',
);
