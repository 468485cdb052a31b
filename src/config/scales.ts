/** Factors to the base unit that have a name, because nobody writes 0.001 with joy. */
export const scales = {
  us: 0.000_001,
  ms: 0.001,
  minutes: 60,
  hours: 3600,
  percent: 0.01,
  kb: 1000,
  mb: 1_000_000,
  gb: 1_000_000_000,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
} as const;

/** See `scales`. */
export type ScaleName = keyof typeof scales;
