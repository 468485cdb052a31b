import type { DataAccess, LoginState } from '../access/data-access.js';
import { failureReasons } from '../base/reason.js';
import type { Collected, Collector, SourceReading } from '../collector.js';
import type { AiCrmConfig } from '../config/sections/ai-crm-section.js';
import { addSeries, type Sample, seriesOf, set } from '../metrics/definition.js';
import {
  queryFreeze,
  queryFreezeLimit,
  sourceBudgetRemaining,
  sourceFailures,
  sourceRateLimitRemaining,
  sourceRequests,
  sourceUp,
} from '../metrics/source-metrics.js';
import { loginSource } from '../sources/source-collector.js';

const soonSeconds = 1;

/**
 * Reports the requests of all data sources, and whether AI-CRM accepts the login. It sends nothing: it reports what
 * other collectors found.
 */
export function dataAccessCollector(data: DataAccess, aiCrm?: Pick<AiCrmConfig, 'url' | 'login'>): Collector {
  let lastFailure: string | undefined;
  let isFirst = true;
  const loginSamples = ({ up, failure }: LoginState): readonly Sample[] => {
    const zeroes = isFirst
      ? failureReasons.map((reason) => addSeries(seriesOf(sourceFailures, { source: loginSource, reason }), 0))
      : [];
    isFirst = false;
    const isNews = failure !== null && failure.message !== lastFailure;
    lastFailure = failure?.message;
    return [
      ...zeroes,
      set(sourceUp, { source: loginSource }, up === true ? 1 : 0),
      ...(isNews ? [addSeries(seriesOf(sourceFailures, { source: loginSource, reason: failure.reason }), 1)] : []),
    ];
  };
  return {
    name: 'data_access',
    intervalSeconds: 15,
    timeoutSeconds: 5,
    isLocal: true,
    isLast: true,
    ...(aiCrm?.login !== undefined && { asks: { label: 'source', name: loginSource, places: [aiCrm.url] } }),
    collect: async (): Promise<Collected> => {
      const samples: Sample[] = [];
      const limits = data.limits();
      for (const { source, requestsTotal, rateLimitRemaining, budgetRemaining } of limits) {
        samples.push(
          set(sourceRequests, { source }, requestsTotal),
          set(sourceBudgetRemaining, { source }, budgetRemaining),
        );
        if (rateLimitRemaining !== undefined)
          samples.push(set(sourceRateLimitRemaining, { source }, rateLimitRemaining));
      }
      const { limitRatio, frozenSeconds } = data.freeze();
      samples.push(set(queryFreeze, {}, frozenSeconds), set(queryFreezeLimit, {}, limitRatio));
      const login = data.loginState();
      // No request was sent yet. The result should show soon after the first one.
      if (login?.up === null || limits.every(({ requestsTotal }) => requestsTotal === 0))
        return { samples, againInSeconds: soonSeconds };
      if (login === null) return { samples };
      return { samples: [...samples, ...loginSamples(login)], readings: [readingOf(login)] };
    },
  };
}

function readingOf({ up, failure, account }: LoginState): SourceReading {
  const whose = account === undefined ? '' : `, role ${account.role}, tier ${account.tier}`;
  return {
    subject: 'source',
    name: loginSource,
    up: up === true,
    reason: failure?.reason ?? null,
    message: failure?.message ?? `logged in${whose}`,
    notices: [],
  };
}
