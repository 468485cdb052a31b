import type { HistoryAsked } from '../../src/cli/thresholds-report.js';

const day = 86_400;
const endSeconds = Date.UTC(2026, 10, 23, 8) / 1000;

/** Two weeks that Prometheus has watched. */
export const askedHistory: HistoryAsked = {
  job: 'ai-crm',
  url: 'http://localhost:9090',
  days: 14,
  span: { startSeconds: endSeconds - 14 * day, endSeconds, stepSeconds: 15 },
  watchedSeconds: 14 * day,
};

/** The same in a document for programs. */
export const askedFacts = {
  job: 'ai-crm',
  prometheus: 'http://localhost:9090',
  days: 14,
  start: '2026-11-09T08:00:00.000Z',
  end: '2026-11-23T08:00:00.000Z',
  watched_seconds: 14 * day,
};
