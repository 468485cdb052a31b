import type { Level } from './level.js';

/** Why a probe failed: a closed set, because it is a label value and people write alerts on it. */
export const failureReasons = [
  'dns',
  'connect',
  'tls',
  'timeout',
  'closed',
  'status',
  'unhealthy',
  'redirect',
  'body',
  'json',
  'size',
  'auth',
  'rate_limited',
  'refused_target',
  'internal',
] as const;

/** See `failureReasons`. */
export type FailureReason = (typeof failureReasons)[number];

/** Each reason as people are told it, after "is down:" and after a number of failures. */
export const reasonWords: Readonly<Record<FailureReason, string>> = {
  dns: 'its name cannot be resolved',
  connect: 'no connection',
  tls: 'TLS fails, or the certificate is not valid',
  timeout: 'no answer in time',
  closed: 'the connection was closed',
  status: 'it answers with an error',
  unhealthy: 'it says that it is not well',
  redirect: 'a redirect that is not followed',
  body: 'not the expected answer',
  json: 'not the expected JSON',
  size: 'the answer is too large',
  auth: 'access is refused',
  rate_limited: 'too many requests',
  refused_target: 'a target that is not permitted',
  internal: 'the exporter itself cannot probe',
};

/** The measured parts of a probe, in the order in which they happen. */
export const phases = ['dns', 'connect', 'tls', 'first_byte', 'transfer'] as const;

/** See `phases`. */
export type Phase = (typeof phases)[number];

/** Why a probe did not get what it wanted; becomes a reading, never an error that anybody sees as such. */
export class ProbeFailure extends Error {
  override readonly name = 'ProbeFailure';
  /** What it says of the component, where that is not what the reason says. */
  readonly level: Level | undefined;

  constructor(
    readonly reason: FailureReason,
    message: string,
    { level, ...options }: { readonly cause?: unknown; readonly level?: Level } = {},
  ) {
    super(message, options);
    this.level = level;
  }
}
