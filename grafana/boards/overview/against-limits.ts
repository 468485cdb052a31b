import { linkTo } from '../../links.js';
import { colors } from '../../panels/defaults.js';
import { over } from '../../panels/query.js';
import { inColor, logarithmicSeries } from '../../panels/time-series.js';
import { greatest } from '../../queries/aggregate.js';
import { selectRecord } from '../../queries/selector.js';
import { secondsThreshold } from '../../queries/threshold.js';
import { componentNames } from '../component-names.js';
import { hostAgainstLimits } from '../host-limits.js';

/** Numbers with a limit in `alert_thresholds`, and these limits. */
export function againstLimits(y: number) {
  const host = (id: number, title: string, x: number, thing: 'cpu' | 'memory' | 'disk') =>
    hostAgainstLimits({
      id,
      title,
      at: [x, y, 4, 8],
      thing,
      name: title,
      legend: 'none',
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
    host(31, 'CPU', 12, 'cpu'),
    host(32, 'Memory', 16, 'memory'),
    host(33, 'Disk', 20, 'disk'),
  ];
}
