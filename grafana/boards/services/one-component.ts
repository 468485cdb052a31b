import {
  componentCheckStatus,
  componentPhase,
  componentProbeFailures,
  componentResponse,
  componentStatusCode,
} from '../../../src/metrics/component-metrics.js';
import { row } from '../../board.js';
import { colors } from '../../panels/defaults.js';
import { secondsHeatmap } from '../../panels/heatmap.js';
import { levelMappings, ranges, words } from '../../panels/mappings.js';
import { buckets, over } from '../../panels/query.js';
import { stateTimeline } from '../../panels/state-timeline.js';
import { inColor, logarithmicSeries, stackedBarSeries, stackedSeries, timeSeries } from '../../panels/time-series.js';
import { greatest, growth, worst } from '../../queries/aggregate.js';
import { orNoData, worstLevel } from '../../queries/level.js';
import { responseQuantile } from '../../queries/response.js';
import { chosenComponent, select, selectBuckets, selectRecord } from '../../queries/selector.js';
import { componentErrorRateThreshold, componentResponseThreshold } from '../../queries/threshold.js';

/** The chosen component in detail. `y` is the first line of the grid. */
export const oneComponent = (y: number) => [
  row(100, '$component', y),
  ...response(y + 1),
  ...failures(y + 9),
  ...answers(y + 16),
];

function response(y: number) {
  const answers = selectBuckets(componentResponse, chosenComponent);
  const [light, middle, dark] = colors.shades;
  return [
    logarithmicSeries({
      id: 101,
      title: 'Response time',
      description:
        'Time that half, 95 % and 99 % of the probes of five minutes stay below; dashed, the limits that apply to this component. Only p99 high: a few answers are slow. All high: the component is.',
      at: [0, y, 12, 8],
      unit: 'seconds',
      queries: [
        over(greatest(responseQuantile(0.5)), 'p50'),
        over(greatest(responseQuantile(0.95)), 'p95'),
        over(greatest(responseQuantile(0.99)), 'p99'),
        over(componentResponseThreshold, '{{severity}} threshold'),
      ],
      noValue: 'not probed in this time, or the recording rules are missing',
    })
      .overrideByName('p50', inColor(light))
      .overrideByName('p95', inColor(middle))
      .overrideByName('p99', inColor(dark)),
    secondsHeatmap({
      id: 102,
      title: 'Response time, distribution',
      description:
        'How many probes took how long. Two bands are two kinds of answer, for example with and without a cache; a rising band means that the component gets slower.',
      at: [12, y, 12, 8],
      queries: [buckets(`sum by (le) (${greatest(growth(answers, '$__rate_interval'), 'component', 'le')})`)],
      noValue: 'not probed in this time',
    }),
  ];
}

function failures(y: number) {
  return [
    stackedSeries({
      id: 103,
      title: 'Phases of a probe',
      description:
        'Time of each phase of the last probe: name, connection, TLS, wait for the first byte, transfer. A long first_byte is caused by the server, a long connect or dns by the network.',
      at: [0, y, 8, 7],
      unit: 'seconds',
      names: componentPhase.values?.phase ?? [],
      queries: [over(greatest(select(componentPhase, chosenComponent), 'phase'), '{{phase}}')],
      noValue: 'not known: it is not probed over HTTP',
    }),
    timeSeries({
      id: 104,
      title: 'Failing probes',
      description:
        'Share of the probes of a quarter of an hour that failed; dashed, the limits for the error rate that apply to this component. This is what the alert compares.',
      at: [8, y, 8, 7],
      unit: 'ratio',
      queries: [
        over(
          greatest(
            selectRecord('job_component:aicrm_component_probe_failures_per_probes:ratio_rate15m', chosenComponent),
          ),
          'failing',
        ),
        over(componentErrorRateThreshold, '{{severity}} threshold'),
      ],
      noValue: 'not known: the recording rules are not loaded, or it was not probed',
    }).overrideByName('failing', inColor(colors.data)),
    stackedBarSeries({
      id: 105,
      title: 'Failures over time',
      description:
        'Failed probes over time and why they failed. A change of the reason is a hint: timeout, then connect, is a service that hung and was stopped.',
      at: [16, y, 8, 7],
      unit: 'count',
      names: componentProbeFailures.values?.reason ?? [],
      step: '5m',
      queries: [
        over(
          `${greatest(growth(select(componentProbeFailures, chosenComponent), '$__rate_interval'), 'reason')} > 0`,
          '{{reason}}',
        ),
      ],
      noValue: '✔ no probe failed in this time',
    }),
  ];
}

function answers(y: number) {
  return [
    stateTimeline({
      id: 106,
      title: 'HTTP status codes',
      description:
        'The greatest status code of the answers in each step. 5xx is an error of the component, 401 or 403 are often wrong credentials in the configuration. No answer: there was none, or the probe is not HTTP.',
      at: [0, y, 12, 5],
      queries: [over(orNoData(`max(${worst(select(componentStatusCode, chosenComponent))})`), 'status code')],
      mappings: ranges([
        [-1, -1, 'no answer', colors.unknown],
        [100, 299, undefined, colors.healthy],
        [300, 399, undefined, colors.unknown],
        [400, 499, undefined, colors.warning],
        [500, 599, undefined, colors.critical],
      ]),
      hasLegend: false,
      noValue: 'no answer',
    }),
    stateTimeline({
      id: 109,
      title: 'Checks inside',
      description:
        'Levels of the parts in its health answer, if there are any. Look first at the part that failed first.',
      at: [12, y, 12, 5],
      // A state timeline cannot show a text when there is no data, so the query makes a line.
      queries: [
        over(
          `${worstLevel(componentCheckStatus, chosenComponent, 'check')} or on () label_replace(vector(-3), "check", "no parts", "", "")`,
          '{{check}}',
        ),
      ],
      mappings: [...words([['-3', 'its answer contains no parts', colors.unknown]]), ...levelMappings],
      hasLegend: false,
      noValue: 'its answer contains no parts',
    }),
  ];
}
