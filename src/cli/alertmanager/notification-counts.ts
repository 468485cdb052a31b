/** How often Alertmanager tried since it started, for one integration and, where it says so, one receiver. */
export interface NotificationCount {
  readonly integration: string;
  /** Absent where its metrics do not tell receivers apart: before 0.28, and later without the feature `receiver-name-in-metrics`. */
  readonly receiver?: string;
  /** Requests that were sent, repetitions included. */
  readonly attempts: number;
  readonly failedAttempts: number;
  /** Notifications that were given up. */
  readonly givenUp: number;
}

const counters = {
  alertmanager_notification_requests_total: 'attempts',
  alertmanager_notification_requests_failed_total: 'failedAttempts',
  alertmanager_notifications_failed_total: 'givenUp',
} as const satisfies Readonly<Record<string, keyof NotificationCount>>;

/** Reads the counts from Alertmanager's `/metrics`, by integration and receiver. Not there means never tried. */
export function readNotificationCounts(exposition: string): readonly NotificationCount[] {
  const counts = new Map<
    string,
    { integration: string; receiver?: string; attempts: number; failedAttempts: number; givenUp: number }
  >();
  for (const [, name = '', labels = '', value = ''] of exposition.matchAll(/^(alertmanager_\w+)\{([^}]*)\} (\S+)/gm)) {
    const field = Object.hasOwn(counters, name) ? counters[name as keyof typeof counters] : undefined;
    const integration = /(?:^|,)integration="([^"]*)"/.exec(labels)?.[1];
    if (field === undefined || integration === undefined) continue;
    const receiver = /(?:^|,)receiver_name="([^"]*)"/.exec(labels)?.[1];
    const key = JSON.stringify([integration, receiver]);
    const count = counts.get(key) ?? {
      integration,
      ...(receiver === undefined ? {} : { receiver }),
      attempts: 0,
      failedAttempts: 0,
      givenUp: 0,
    };
    // Newer versions split failures by reason; here they are one.
    count[field] += Number(value);
    counts.set(key, count);
  }
  return [...counts.values()];
}

/** What was counted between two readings for an integration, of these receivers where they are told apart. */
export function countedBetween(
  before: readonly NotificationCount[],
  after: readonly NotificationCount[],
  integration: string,
  receivers?: ReadonlySet<string>,
): Pick<NotificationCount, 'attempts' | 'failedAttempts' | 'givenUp'> {
  const sum = (counts: readonly NotificationCount[], field: 'attempts' | 'failedAttempts' | 'givenUp') =>
    counts
      .filter(
        (count) =>
          count.integration === integration && (receivers === undefined || receivers.has(count.receiver ?? '')),
      )
      .reduce((total, count) => total + count[field], 0);
  const difference = (field: 'attempts' | 'failedAttempts' | 'givenUp') => sum(after, field) - sum(before, field);
  return {
    attempts: difference('attempts'),
    failedAttempts: difference('failedAttempts'),
    givenUp: difference('givenUp'),
  };
}
