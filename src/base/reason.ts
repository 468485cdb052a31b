import type { Level } from './level.js';

/** Reasons of failed probes. The set is closed, because they are label values that people use in alerts. */
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

/** Text of each reason for people, after "is down:" and after a number of failures. */
export const reasonWords: Readonly<Record<FailureReason, string>> = {
  dns: 'its name cannot be resolved',
  connect: 'no connection',
  tls: 'TLS fails, or the certificate is not valid',
  timeout: 'no answer in time',
  closed: 'the connection was closed',
  status: 'it answers with an error',
  unhealthy: 'it reports that it is unhealthy',
  redirect: 'a redirect that is not followed',
  body: 'not the expected answer',
  json: 'not the expected JSON',
  size: 'the answer is too large',
  auth: 'access is refused',
  rate_limited: 'too many requests',
  refused_target: 'a target that is not permitted',
  internal: 'the exporter itself cannot probe',
};

/** The measured parts of a probe in the order of time. */
export const phases = ['dns', 'connect', 'tls', 'first_byte', 'transfer'] as const;

/** See `phases`. */
export type Phase = (typeof phases)[number];

/** Why a probe failed. It becomes a measured result and never reaches a user as an error. */
export class ProbeFailure extends Error {
  override readonly name = 'ProbeFailure';
  /** The level of the component; undefined if the reason decides it. */
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
