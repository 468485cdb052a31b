import * as z from 'zod';
import { limits } from '../limits.js';
import { baseUrl } from '../normalise/target.js';
import { httpShape } from './endpoint.js';
import { duration, mapping, text } from './fields.js';

const urlText = z
  .string({ error: 'must be a URL' })
  .min(1, { error: 'must not be empty', abort: true })
  .superRefine((given, context) => {
    const target = baseUrl(given, { example: 'http://localhost:9093', credentialsKey: 'auth' });
    if ('refusal' in target) context.addIssue({ code: 'custom', message: target.refusal });
  });

/** `alertmanager`: whose silences are maintenance, and where the command line finds it. */
export const alertmanagerSchema = mapping({
  url: urlText.describe('Where Alertmanager is, http:// or https://, with its path prefix if it has one.'),
  job: text()
    .optional()
    .describe(
      'The label job that Prometheus gives this exporter; needed when one Alertmanager serves several AI-CRMs.',
    ),
  interval: duration(limits.intervalSeconds).optional().describe('Time between questions about silences. Default 15s.'),
  timeout: duration(limits.timeoutSeconds)
    .optional()
    .describe('Deadline of each request. Default 5s or the interval, whichever is less.'),
  headers: httpShape.headers,
  auth: httpShape.auth,
  tls: httpShape.tls,
});
