import { oneLine } from '../../base/text.js';
import { byName, choice, complete, type Given, mapping, optional, required } from '../option.js';
import { duration, text, word } from '../option-kinds.js';
import type { Path } from '../problem.js';
import type { Context } from '../resolving.js';
import type { Secret } from '../secret.js';
import { type AboutComponent, aboutOf, aboutOptions } from './about-component.js';
import { readSecret, secretOptions } from './credential-options.js';
import { namePattern, namesAre } from './http-options.js';

/** A job that sends reports: an entry of `heartbeats`. */
export interface HeartbeatConfig {
  /** The key under `heartbeats` and the label `component`. */
  readonly name: string;
  /** Expected time between two successful ends. */
  readonly everySeconds: number;
  /** Additional time until the job counts as missing. */
  readonly graceSeconds: number;
  /** Longest time from start to end of a run; absent: no limit. */
  readonly maxRuntimeSeconds?: number;
  /** Severity of a failed or missing job. */
  readonly severity: 'warning' | 'critical';
  /** What its alerts have of the configuration. */
  readonly about: AboutComponent;
  /** The token that a report must have; absent: none is needed. */
  readonly token?: Secret;
}

/** A year and more, because jobs may run once a year. */
const longestSeconds = 400 * 86_400;
const everyKind = duration({ minimum: 1, maximum: longestSeconds });

/** Characters of a token, which is sent in a header. */
const tokenPattern = /^[\x21-\x7e]+$/;

/** Longer descriptions are cut off, because they are a label. */
const descriptionCharacters = 200;

const heartbeatOptions = {
  every: required(everyKind, 'How often the job reports a successful end.', {
    synonyms: 'period cron schedule',
  }),
  grace: optional(
    duration({ minimum: 0, maximum: longestSeconds }),
    'How late a report may be. Within this time the job is WARNING, after it CRITICAL.',
    { defaultIs: 'a tenth of every, at least 1m', synonyms: 'grace_period tolerance' },
  ),
  max_runtime: optional(
    everyKind,
    'How long a run may take, from the report of its start to the report of its end. After that the job is CRITICAL.',
    { defaultIs: 'no limit', synonyms: 'max_duration runtime' },
  ),
  severity: optional(
    word(['warning', 'critical']),
    'How bad a missing run is: worst level of the job, and severity of its alerts.',
    { default: 'critical' },
  ),
  labels: aboutOptions.labels,
  group: aboutOptions.group,
  description: optional(text(), 'Description of the job, on the status page and in alerts.', { synonyms: 'help' }),
  runbook_url: {
    ...aboutOptions.runbook_url,
    help: 'Your own page about what to do when the job fails or its report is missing. It replaces the runbook of the alert.',
  },
  ...secretOptions('token', 'token of this job alone'),
};

type GivenHeartbeat = Given<typeof heartbeatOptions>;

/** `heartbeats`: name → how often, or mapping. */
export const heartbeatsKind = byName(
  namePattern,
  namesAre,
  choice([everyKind, mapping(heartbeatOptions)], 'must be a duration such as 1d or a mapping with every'),
  'a mapping of job names to durations',
);

/** `heartbeat_token` and `heartbeat_token_file`. */
export const heartbeatTokenOptions = secretOptions('heartbeat_token', 'token of all jobs that have none of their own');

/** `heartbeats`, each with its own token or the shared one. */
export async function resolveHeartbeats(
  given: Readonly<Record<string, number | GivenHeartbeat>>,
  tokens: Given<typeof heartbeatTokenOptions>,
  context: Context,
): Promise<readonly HeartbeatConfig[]> {
  const shared = await tokenOf(tokens, 'heartbeat_token', [], context);
  const heartbeats: HeartbeatConfig[] = [];
  for (const [name, entry] of Object.entries(given)) {
    const path: Path = ['heartbeats', name];
    if (context.componentNames?.has(name) === true)
      context.report(path, 'a component has the same name, and maintenance cannot distinguish the two', 'key');
    const options = complete(heartbeatOptions, typeof entry === 'number' ? { every: entry } : entry);
    const {
      every: everySeconds,
      max_runtime: maxRuntimeSeconds,
      severity,
      labels,
      group,
      description,
      runbook_url,
    } = options;
    const token = (await tokenOf(options, 'token', path, context)) ?? shared;
    heartbeats.push({
      name,
      everySeconds,
      graceSeconds: options.grace ?? Math.max(60, everySeconds / 10),
      ...(maxRuntimeSeconds === undefined ? {} : { maxRuntimeSeconds }),
      severity,
      about: aboutOf({
        labels,
        group,
        description: description === undefined ? undefined : oneLine(description, descriptionCharacters),
        runbook_url,
      }),
      ...(token === undefined ? {} : { token }),
    });
  }
  return heartbeats;
}

async function tokenOf<Key extends string>(
  given: { readonly [Name in Key | `${Key}_file`]?: string | undefined },
  key: Key,
  path: Path,
  context: Context,
): Promise<Secret | undefined> {
  const fileKey: `${Key}_file` = `${key}_file`;
  if (given[key] === undefined && given[fileKey] === undefined) return undefined;
  const token = await readSecret(given, key, path, context);
  if (token !== undefined && !tokenPattern.test(token.reveal()))
    context.report(
      [...path, given[key] === undefined ? fileKey : key],
      'the token contains spaces or characters that no header may have',
      'key',
    );
  return token;
}
