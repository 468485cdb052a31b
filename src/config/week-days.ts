/** The days of the week as the configuration writes them; their positions are cron's numbers. */
export const weekDays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
