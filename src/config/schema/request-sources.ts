import { limits } from '../limits.js';
import { namePattern, namesAre } from './endpoint.js';
import { duration, mapping, named, text } from './fields.js';

/** `request_sources`: name → where the requests to AI-CRM are counted. */
export const requestSourcesSchema = named(
  namePattern,
  namesAre,
  mapping({
    access_log: text()
      .optional()
      .describe('The access log of nginx or Apache before AI-CRM, relative to the configuration file.'),
    pattern: text()
      .optional()
      .describe(
        'A JavaScript regular expression of a line, with the group status, and user_agent if it is there. Default: combined format.',
      ),
    stub_status: text().optional().describe('URL of the stub_status page of nginx, instead of an access log.'),
    interval: duration(limits.intervalSeconds).optional().describe('Time between two readings. Default 15s.'),
    timeout: duration(limits.timeoutSeconds)
      .optional()
      .describe('Deadline of one reading, default 10s or the interval, whichever is less.'),
  }),
  'a mapping of source names to options',
);
