/** Why a probe failed: a closed set, because it is a label value and people write alerts on it. */
export const failureReasons = [
  'dns',
  'connect',
  'tls',
  'timeout',
  'status',
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

/** The measured parts of a probe, in the order in which they happen. */
export const phases = ['dns', 'connect', 'tls', 'first_byte', 'transfer'] as const;

/** See `phases`. */
export type Phase = (typeof phases)[number];
