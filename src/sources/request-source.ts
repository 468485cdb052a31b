import type { DataClient } from '../access/data-access.js';
import { createBoundedCall, TookTooLong } from '../base/bounded-call.js';
import { ProbeFailure } from '../base/reason.js';
import type { Collector } from '../collector.js';
import type { RequestSourceConfig } from '../config/sections/request-sources-section.js';
import { httpRequestErrors, httpRequests } from '../metrics/business-metrics.js';
import { type Sample, set } from '../metrics/definition.js';
import { type LogPosition, tailLog } from './log-tail.js';
import { patienceSeconds, type SourceResult, sourceCollector } from './source-collector.js';

/** Counts of a log so far, and the position in it. It survives a reload. */
interface LogCount {
  position: LogPosition | undefined;
  requests: number;
  errors: number;
}

/** Counts of all logs, by source and file. */
export type LogCounts = Map<string, LogCount>;

/** 1 MiB a second at the usual interval: about five thousand requests. */
const limits = { bytes: 16 * 1024 * 1024, lineBytes: 16 * 1024 } as const;

/** For the lines of one piece. A suitable pattern needs a hundredth of it. */
const patienceMilliseconds = 500;

/** How the user agent of the exporter's own requests starts. */
const ownAgent = 'ai-crm-exporter/';

/** The collector of an entry of `request_sources`. */
export function requestSourceCollector(source: RequestSourceConfig, client: DataClient, counts: LogCounts): Collector {
  return source.kind === 'access_log' ? accessLogCollector(source, counts) : stubStatusCollector(source, client);
}

function accessLogCollector(
  { name, file, pattern, intervalSeconds, timeoutSeconds }: Extract<RequestSourceConfig, { kind: 'access_log' }>,
  counts: LogCounts,
): Collector {
  const key = `${name} ${file}`;
  const count = counts.get(key) ?? { position: undefined, requests: 0, errors: 0 };
  counts.set(key, count);
  const call = createBoundedCall();
  // Totals instead of growth, so that no lost run and no reload loses requests.
  const samples = (): readonly Sample[] => [
    set(httpRequests, { source: name }, count.requests),
    set(httpRequestErrors, { source: name }, count.errors),
  ];

  const read = async (signal: AbortSignal): Promise<SourceResult> => {
    const startedAt = performance.now();
    const before = { ...count };
    let own = 0;
    let unknown = 0;
    const take = (lines: readonly string[]): void => {
      const found = call(() => lines.map((line) => pattern.exec(line)?.groups), patienceMilliseconds);
      for (const groups of found) {
        const status = groups?.['status'];
        if (status === undefined || !/^\d{3}$/.test(status)) unknown += 1;
        else if (groups?.['user_agent']?.startsWith(ownAgent) === true) own += 1;
        else {
          count.requests += 1;
          if (status >= '500') count.errors += 1;
        }
      }
    };
    const { position, tooLong, behindBytes } = await tailLog(file, count.position, limits, take, signal).catch(
      (error: unknown) => {
        Object.assign(count, before);
        if (error instanceof TookTooLong) {
          // The same lines are not tried again, because nothing else runs meanwhile.
          count.position = undefined;
          throw new ProbeFailure('body', `the pattern takes too long for the lines of ${file}, which are left out`, {
            cause: error,
          });
        }
        throw error;
      },
    );
    count.position = position;
    const requests = count.requests - before.requests;
    if (unknown > 0 && requests + own === 0)
      throw new ProbeFailure(
        'body',
        `none of ${unknown} new lines of ${file} matches the pattern; see request_sources.${name}.pattern`,
      );
    return {
      samples: samples(),
      message:
        before.position === undefined
          ? 'counting starts now'
          : `${requests} new request${requests === 1 ? '' : 's'}, ${count.errors - before.errors} with an error`,
      notices: [
        ...(unknown + tooLong > 0 ? ['lines that do not match the pattern, or are too long, are left out'] : []),
        ...(behindBytes > 0 ? [`${behindBytes} bytes are still to be read: the log grows faster than it is read`] : []),
      ],
      isTruncated: behindBytes > 0,
      rejectedValues: unknown + tooLong,
      durationSeconds: (performance.now() - startedAt) / 1000,
    };
  };
  // After a failed read the counters stay, if there was a successful one before.
  return sourceCollector({ name: `requests:${name}`, source: name, intervalSeconds, timeoutSeconds }, read, () => ({
    samples: count.position === undefined ? [] : samples(),
  }));
}

function stubStatusCollector(
  { name, url, http, intervalSeconds, timeoutSeconds }: Extract<RequestSourceConfig, { kind: 'stub_status' }>,
  client: DataClient,
): Collector {
  return sourceCollector(
    {
      name: `requests:${name}`,
      source: name,
      intervalSeconds,
      timeoutSeconds: timeoutSeconds + patienceSeconds(intervalSeconds),
      place: url,
    },
    async (signal) => {
      const { statusCode, body, durationSeconds } = await client.ask(
        { source: name, url, http, timeoutSeconds, isOfProxy: true },
        signal,
      );
      if (statusCode !== 200) throw new ProbeFailure('status', `${statusCode}: not a stub_status page`);
      const requests = requestsIn(body.toString('latin1', 0, 1000));
      if (requests === undefined) throw new ProbeFailure('body', '200, but not a stub_status page');
      return {
        samples: [set(httpRequests, { source: name }, requests)],
        message: `${requests.toLocaleString('en')} requests since nginx was started`,
        durationSeconds,
      };
    },
  );
}

/** The last of the three numbers below "server accepts handled requests". */
function requestsIn(page: string): number | undefined {
  const requests = Number(
    /^Active connections: \d+ *\r?\nserver accepts handled requests[^\n]*\n \d+ \d+ (\d+)/.exec(page)?.[1],
  );
  return Number.isSafeInteger(requests) ? requests : undefined;
}
