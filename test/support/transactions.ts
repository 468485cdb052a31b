import type { Test } from 'tap';
import type { DataAnswer, DataRequest } from '../../src/access/data-access.js';
import { type Clock, systemClock } from '../../src/base/clock.js';
import { Lateness } from '../../src/base/lateness.js';
import type { TransactionReading } from '../../src/collector.js';
import { loadConfig } from '../../src/config/load.js';
import { maskedConfig } from '../../src/config/masked-config.js';
import { Recorder } from '../../src/metrics/recorder.js';
import { transactionFamilies } from '../../src/metrics/transaction-metrics.js';
import { transactionCollector } from '../../src/transactions/transaction-collector.js';
import { samplesIn } from './exposition.js';
import { ManualClock } from './manual-clock.js';
import { straightAccess } from './straight-access.js';

/** A transaction of a configuration text, ready to run, with everything that it shows. */
export async function transactionOf(t: Test, yaml: string, clock: Clock = systemClock) {
  const directory = t.testdir({ 'monitoring.yml': yaml });
  const config = await loadConfig(undefined, { environment: {}, directory });
  const [transaction] = config.transactions;
  if (transaction === undefined) throw new Error('the configuration has no transaction');
  const data = straightAccess();
  const collector = transactionCollector(transaction, { client: data.client, clock, lateness: new Lateness(clock) });
  const recorder = new Recorder(transactionFamilies, { processMetrics: false });
  const told: string[] = [JSON.stringify(maskedConfig(config))];
  return {
    data,
    collector,
    run: async (signal: AbortSignal = new AbortController().signal) => {
      const collected = await collector.collect(signal);
      recorder.record(collector.name, collected.samples);
      const reading = collected.readings?.[0] as TransactionReading;
      const text = recorder.renderOwn('text');
      told.push(JSON.stringify(reading), text);
      return { reading, samples: samplesIn(text) };
    },
    /** Everything that people could see: masked configuration, readings, metrics. */
    told: () => told.join('\n'),
  };
}

/** What answers a request instead of a server. What is absent is that of an empty answer after one second. It may throw a failure. */
export type Answerer = (
  request: DataRequest & { readonly path: string },
  signal: AbortSignal,
) => Partial<DataAnswer> | Promise<Partial<DataAnswer>>;

/** The same without a server, with a clock that only the test advances. `asked` are the paths of the requests. */
export async function answeredTransaction(t: Test, yaml: string, answer: Answerer = () => ({})) {
  const clock = new ManualClock();
  const { data, collector, run } = await transactionOf(t, yaml, clock);
  const asked: string[] = [];
  const requests: DataRequest[] = [];
  let current = answer;
  data.client.ask = async (request, signal) => {
    const { pathname } = new URL(request.url);
    asked.push(pathname);
    requests.push(request);
    const empty = { statusCode: 200, headers: [], body: Buffer.alloc(0), durationSeconds: 1 };
    return { ...empty, ...(await current({ ...request, path: pathname }, signal)) };
  };
  return {
    clock,
    collector,
    asked,
    requests,
    run,
    answer: (next: Answerer) => {
      current = next;
    },
    collect: async (signal: AbortSignal = new AbortController().signal) => collector.collect(signal),
  };
}

/** The counted failures: `step reason`. */
export function failuresIn(samples: ReadonlyMap<string, number>): readonly string[] {
  return [...samples].flatMap(([series, value]) => {
    const match = /^aicrm_transaction_failures_total\{transaction="[^"]*",step="([^"]*)",reason="([^"]*)"\}$/.exec(
      series,
    );
    return match === null || value === 0 ? [] : [`${match[1]} ${match[2]}`];
  });
}
