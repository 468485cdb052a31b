import { hostCpuUsage, hostFilesystemUsage, hostMemoryUsage } from '../../../src/metrics/host-metrics.js';
import { linkTo } from '../../links.js';
import { colors } from '../../panels/defaults.js';
import { over } from '../../panels/query.js';
import { inColor, logarithmicSeries, timeSeries } from '../../panels/time-series.js';
import { greatest } from '../../queries/aggregate.js';
import { select, selectRecord } from '../../queries/selector.js';
import { ratioThreshold, secondsThreshold } from '../../queries/threshold.js';
import { componentNames } from '../component-names.js';

/** What has a limit in `alert_thresholds`, with it. */
export function againstLimits(y: number) {
  const host = (
    id: number,
    title: string,
    x: number,
    expression: string,
    threshold: Parameters<typeof ratioThreshold>[0],
    what: string,
  ) =>
    timeSeries({
      id,
      title,
      description: `${what}; dashed, the limits of alert_thresholds. Of several hosts the worst is shown. Worry when it stays above the amber line.`,
      at: [x, y, 4, 8],
      unit: 'ratio',
      max: 1,
      legend: 'none',
      queries: [over(expression, title), over(ratioThreshold(threshold), '{{severity}} threshold')],
      noValue: 'not measured: host is disabled',
      links: [linkTo('host', 'The host')],
    }).overrideByName(title, inColor(colors.data));
  return [
    logarithmicSeries({
      id: 30,
      title: 'Response time, p95',
      description:
        'Time that 95 % of the probes of five minutes stay below, for each component; dashed, the general limits of alert_thresholds. Worry when a line stays above the amber one.',
      at: [0, y, 12, 8],
      unit: 'seconds',
      legend: 'right',
      names: componentNames,
      queries: [
        over(
          greatest(
            selectRecord('job_component:aicrm_component_response_seconds:quantile5m', { quantile: '="0.95"' }),
            'component',
          ),
          '{{component}}',
        ),
        over(secondsThreshold('response_time'), '{{severity}} threshold'),
      ],
      noValue: 'no component has been probed in this time, or the recording rules are missing',
      links: [linkTo('services', 'This component', { component: '${__field.labels.component:percentencode}' })],
    }),
    host(31, 'CPU', 12, greatest(select(hostCpuUsage)), 'cpu_usage', 'Share of CPU time in use'),
    host(
      32,
      'Memory',
      16,
      greatest(select(hostMemoryUsage)),
      'memory_usage',
      'Share of memory that programs cannot get any more',
    ),
    host(
      33,
      'Disk',
      20,
      greatest(select(hostFilesystemUsage)),
      'disk_usage',
      'Share in use of the file system that is fullest',
    ),
  ];
}
