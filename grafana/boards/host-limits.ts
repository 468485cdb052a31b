import type { PanelBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { hostCpuUsage, hostFilesystemUsage, hostMemoryUsage } from '../../src/metrics/host-metrics.js';
import type { Frame } from '../panels/frame.js';
import { over } from '../panels/query.js';
import { type TimeSeries, timeSeries } from '../panels/time-series.js';
import { greatest } from '../queries/aggregate.js';
import { select } from '../queries/selector.js';
import { ratioThreshold } from '../queries/threshold.js';
import { notMeasured } from './host/words.js';

const things = {
  cpu: { metric: hostCpuUsage, threshold: 'cpu_usage', what: 'Share of CPU time that was not idle' },
  memory: { metric: hostMemoryUsage, threshold: 'memory_usage', what: 'Share of memory that new programs cannot get' },
  disk: {
    metric: hostFilesystemUsage,
    threshold: 'disk_usage',
    what: 'Share in use of the file system that is fullest',
  },
} as const;

/** CPU, memory or disk of hosts over time, with the limits of `alert_thresholds`: the worst of all hosts, or a line for each host. */
export function hostAgainstLimits({
  thing,
  name,
  isByHost = false,
  ...frame
}: Pick<Frame, 'id' | 'title' | 'at' | 'links'> &
  Pick<TimeSeries, 'legend' | 'names'> & {
    readonly thing: keyof typeof things;
    /** Legend of the line. */
    readonly name: string;
    readonly isByHost?: boolean;
  }): PanelBuilder {
  const { metric, threshold, what } = things[thing];
  const lines = isByHost ? 'a line for each host, named by its exporter' : 'of several hosts the worst';
  return timeSeries({
    ...frame,
    description: `${what}; ${lines}. Dashed, the limits of alert_thresholds: worry when a line stays above the amber one.`,
    unit: 'ratio',
    max: 1,
    queries: [
      over(greatest(select(metric), ...(isByHost ? ['instance'] : [])), name),
      over(ratioThreshold(threshold), '{{severity}} threshold'),
    ],
    noValue: notMeasured,
  });
}
