import * as z from 'zod';
import { limits } from '../limits.js';
import { captureNamePattern } from '../template.js';
import { httpShape, namePattern, namesAre } from './endpoint.js';
import { duration, filledList, flag, list, mapping, named, text, textLike } from './fields.js';

const captureSchema = z.union(
  [
    text(),
    mapping({
      json: text().optional().describe('JSONPath (RFC 9535) of the value in the JSON body; the same as just the path.'),
      header: text().optional().describe('Name of the header of the answer that holds the value.'),
    }),
  ],
  { error: 'must be a JSONPath, or a mapping with json or header' },
);

const stepSchema = mapping(
  {
    name: textLike(namePattern, 'a name of 1 to 63 letters, digits and "_", ".", ":", "-"').describe(
      'Value of the label step; different from that of other steps.',
    ),
    url: text()
      .optional()
      .describe(
        'http:// or https:// URL. Either this or path. {{name}} stands for a captured value, also in header values and body.',
      ),
    path: text().optional().describe('Path, with a query if need be, below base_url.'),
    ...httpShape,
    method: httpShape.method.describe('HTTP method, default GET, or POST when there is a body.'),
    json: z
      .record(z.string(), z.unknown(), { error: 'must be a mapping' })
      .optional()
      .describe('Request body that is sent as JSON, with the content type for it.'),
    use_login: flag().optional().describe('Ask with the login of ai_crm; only URLs of its origin. Default false.'),
    timeout: duration(limits.timeoutSeconds)
      .optional()
      .describe('Deadline of this step, default and at most that of the transaction.'),
    capture: named(
      captureNamePattern,
      'names of captures are 1 to 63 letters, digits and "_", without a digit at the beginning',
      captureSchema,
      'a mapping of names to JSONPaths',
    )
      .optional()
      .describe('Values to take out of the answer for later steps: name to JSONPath.'),
  },
  'a mapping with a name and a url or path',
);

/** `transactions`: name → steps and what belongs to them. */
export const transactionsSchema = named(
  namePattern,
  namesAre,
  mapping(
    {
      interval: duration(limits.intervalSeconds)
        .optional()
        .describe('Time between two runs, default check_intervals.detailed_analysis.'),
      timeout: duration(limits.timeoutSeconds)
        .optional()
        .describe(
          'Deadline of all steps together, default 30s or the interval, whichever is less; cleanup has as much again.',
        ),
      base_url: text().optional().describe('What the paths of steps are appended to.'),
      steps: filledList(stepSchema, 'a list of steps').describe(
        'Requests, one after the other; the first that fails is the last.',
      ),
      cleanup: list(stepSchema, 'a list of steps')
        .optional()
        .describe(
          'Requests that follow in any case, all of them; those that need what was never captured are left out.',
        ),
    },
    'a mapping with steps',
  ),
  'a mapping of transaction names to steps',
);
