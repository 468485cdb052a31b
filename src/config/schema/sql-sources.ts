import { limits } from '../limits.js';
import { sqlPresetNames } from '../presets/ai-crm-tables.js';
import { httpShape } from './endpoint.js';
import { duration, filledList, list, mapping, named, text, wholeNumber, word } from './fields.js';

const column = text();

const metricSchema = mapping({
  name: text().describe('Name of the metric; of a counter it ends in _total.'),
  help: text().optional().describe('What it is, in a sentence. Required, except for a metric of this exporter itself.'),
  type: word(['gauge', 'counter'])
    .optional()
    .describe('A counter mirrors a total that the query gives. Default gauge.'),
  value: column.describe('The column with the value.'),
  labels: named(/./, 'a label must not be empty', column, 'a mapping of label names to columns')
    .optional()
    .describe('Label name to the column with its value.'),
});

/** `sql_sources`: name → where a database is, what it is asked, and what becomes of the rows. */
export const sqlSourcesSchema = named(
  /^[A-Za-z0-9_.:-]{1,63}$/,
  'names are 1 to 63 letters, digits and "_", ".", ":", "-"',
  mapping({
    url: text().describe('postgres://user@host:port/database.'),
    auth: httpShape.auth.describe('Credentials: basic.'),
    tls: httpShape.tls.describe('TLS of the connection.'),
    query: text().optional().describe('A single statement that only reads.'),
    preset: word(sqlPresetNames)
      .optional()
      .describe('A ready-made query with its metrics, instead of query and metrics.'),
    exclude_accounts: list(text(), 'a list of user names or mail addresses')
      .optional()
      .describe('Accounts of AI-CRM that the preset leaves out. Default: that of ai_crm.login.'),
    interval: duration(limits.intervalSeconds)
      .optional()
      .describe('Time between two queries, default check_intervals.detailed_analysis.'),
    timeout: duration(limits.timeoutSeconds)
      .optional()
      .describe('Deadline of one query, login included. Default 5s or the interval, whichever is less.'),
    max_rows: wholeNumber(limits.maxRows).optional().describe('More rows are not read. Default 1000.'),
    max_series: wholeNumber(limits.maxSeries).optional().describe('More series are left out. Default 1000.'),
    metrics: filledList(metricSchema, 'a list of metrics').optional().describe('What becomes of each row.'),
  }),
  'a mapping of source names to options',
);
