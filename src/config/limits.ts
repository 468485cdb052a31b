/** A permitted range, both ends included, in the unit of the option. */
export interface Range {
  readonly minimum: number;
  readonly maximum: number;
}

/** What the numbers of the configuration may be; outside of it they are refused, because nobody can have meant them. */
export const limits = {
  intervalSeconds: { minimum: 1, maximum: 86_400 },
  timeoutSeconds: { minimum: 0.05, maximum: 300 },
  retryIntervalSeconds: { minimum: 1, maximum: 3600 },
  retries: { minimum: 0, maximum: 100 },
  concurrency: { minimum: 1, maximum: 10_000 },
  maxBodyBytes: { minimum: 1, maximum: 100 * 1024 * 1024 },
  maxRows: { minimum: 1, maximum: 100_000 },
  maxSeries: { minimum: 1, maximum: 100_000 },
  labelLevels: { minimum: 0, maximum: 100 },
  parentLevels: { minimum: 1, maximum: 100 },
  statusCode: { minimum: 100, maximum: 599 },
  requestsPerHour: { minimum: 10, maximum: 1_000_000 },
  port: { minimum: 1, maximum: 65_535 },
  retentionDays: { minimum: 1, maximum: 3650 },
  cleanupIntervalSeconds: { minimum: 60, maximum: 30 * 86_400 },
  maintenanceSeconds: { minimum: 60, maximum: 7 * 86_400 },
} as const satisfies Readonly<Record<string, Range>>;

/** Thresholds are above 0 and at most this. */
export const thresholdMaximum = { milliseconds: 3_600_000, percent: 100 } as const;

/** The objective of an SLO lies between these and is neither: without room for errors there is no budget that could burn. */
export const objectivePercent = { above: 0, below: 100 } as const;

/** The share of time that queries may keep AI-CRM busy is above 0 and below this: whoever wants all of it would not watch but stop it. */
export const freezeLimitPercent = { above: 0, below: 50 } as const;

/** Factors to the base unit are above 0 and at most this. */
export const scaleMaximum = 1e15;

/** A configuration file larger than this is refused; ten thousand components fit. */
export const maximumFileBytes = 4 * 1024 * 1024;

/** A secret or certificate file larger than this is refused. */
export const maximumSecretFileBytes = 1024 * 1024;
