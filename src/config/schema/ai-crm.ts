import * as z from 'zod';
import { aiCrmSubjects } from '../config.js';
import { freezeLimitPercent, limits } from '../limits.js';
import { aiCrmUrl } from '../normalise/target.js';
import { httpShape } from './endpoint.js';
import { duration, headers, list, mapping, numberBetween, text, wholeNumber, word } from './fields.js';

const urlText = z
  .string({ error: 'must be a URL' })
  .min(1, { error: 'must not be empty', abort: true })
  .superRefine((given, context) => {
    const target = aiCrmUrl(given);
    if ('refusal' in target) context.addIssue({ code: 'custom', message: target.refusal });
  });

/** `ai_crm`: where AI-CRM's own numbers come from. That `login` is complete is checked later. */
export const aiCrmSchema = mapping({
  url: urlText.describe("Where AI-CRM's API is, http:// or https://, with its base path if it has one."),
  api: word(['auto', 'real', 'documented'])
    .optional()
    .describe('Which interface it has; auto finds out. Default auto.'),
  login: mapping({
    username: text().optional().describe('User name or mail address; with password.'),
    password: text().optional(),
    password_file: text().optional().describe('File with the password, relative to the configuration file.'),
    token: text().optional().describe('A bearer token, instead of user name and password.'),
    token_file: text().optional().describe('File with the token, relative to the configuration file.'),
  })
    .optional()
    .describe('Who asks.'),
  collect: list(word(aiCrmSubjects), `a list of ${aiCrmSubjects.join(', ')}`)
    .optional()
    .describe('What to read. Default: what the account may.'),
  components: list(text(), 'a list of component names')
    .optional()
    .describe('Components that the same backend answers, by another origin. Default: those found out.'),
  timeout: duration(limits.timeoutSeconds).optional().describe('Deadline of each request. Default 30s.'),
  requests_per_hour: wholeNumber(limits.requestsPerHour).optional().describe('More are never sent. Default 500.'),
  freeze_limit_percent: numberBetween(freezeLimitPercent)
    .optional()
    .describe('Share of time that queries may keep AI-CRM busy. Default 2.'),
  sample_task: mapping({
    title: text().optional(),
    description: text({ mayBeEmpty: true }).optional(),
  })
    .optional()
    .describe('The task that agents are suggested for and the PM gateway analyses.'),
  headers: headers().optional().describe('Request headers; their values count as secrets.'),
  tls: httpShape.tls,
  max_body_bytes: wholeNumber(limits.maxBodyBytes)
    .optional()
    .describe('A longer answer is a failure of reason size. Default 10 MiB.'),
});
