import { pmAnalyses, pmAnalysis } from '../../../src/metrics/agent-metrics.js';
import { httpRequests } from '../../../src/metrics/business-metrics.js';
import { row } from '../../board.js';
import { linkTo } from '../../links.js';
import { colors } from '../../panels/defaults.js';
import { over } from '../../panels/query.js';
import { dashedLine, inColor, logarithmicSeries, stackedHourlyBars, timeSeries } from '../../panels/time-series.js';
import { greatest, growth, perSecond, quantile } from '../../queries/aggregate.js';
import { select, selectBuckets, selectRecord } from '../../queries/selector.js';
import { ratioThreshold, secondsThreshold } from '../../queries/threshold.js';
import { needsTwoWeeks, notKnown, unknownToReal } from '../not-known.js';

const failed = '✖ failure';

/** The PM gateway, which plans tasks, and AI-CRM's own counters of requests. */
export function gateway(y: number) {
  return row(50, 'PM gateway and requests', y, { collapsed: [...pmGateway(y + 1), ...requests(y + 8)] });
}

function pmGateway(y: number) {
  const links = [linkTo('agents', 'Agents and PM gateway')];
  const analyses = (result: 'success' | 'failure') =>
    greatest(growth(select(pmAnalyses, { result: `="${result}"` }), '1h'));
  return [
    stackedHourlyBars({
      id: 51,
      title: 'PM analyses per hour',
      description:
        'Analyses of tasks by the PM gateway in each hour: those of AI-CRM if it counts them, otherwise the sample ones of this exporter. Worry about failures, and when there are no analyses: new tasks are not planned.',
      at: [0, y, 12, 7],
      unit: 'count',
      queries: [over(analyses('success'), 'success'), over(analyses('failure'), failed)],
      noValue: notKnown,
      links,
    })
      .overrideByName('success', inColor(colors.data))
      .overrideByName(failed, inColor(colors.critical)),
    logarithmicSeries({
      id: 52,
      title: 'PM analysis time',
      description:
        'How long the PM gateway takes to analyse a task: the median of 15 minutes, with which the alert compares, and the time that 95 % of the sample analyses stay below; dashed, the limits task_processing_time of alert_thresholds. Worry when the median stays above the amber line.',
      at: [12, y, 12, 7],
      unit: 'seconds',
      step: '5m',
      queries: [
        over(selectRecord('job:aicrm_pm_gateway_last_analysis_seconds:median15m'), 'median'),
        over(quantile(0.95, selectBuckets(pmAnalysis), 'job'), 'p95'),
        over(secondsThreshold('task_processing_time'), '{{severity}} threshold'),
      ],
      noValue: notKnown,
      links,
    })
      .overrideByName('median', [...inColor(colors.shades[1]), { id: 'custom.lineWidth', value: 2 }])
      .overrideByName('p95', inColor(colors.shades[2])),
  ];
}

function requests(y: number) {
  const ofAllSources = (ago?: string) => `sum by (job) (${greatest(perSecond(select(httpRequests), ago), 'source')})`;
  const links = [linkTo('services', 'Which component: services')];
  return [
    timeSeries({
      id: 53,
      title: 'Requests to AI-CRM',
      description: `Requests that AI-CRM has answered in each second, counted by AI-CRM itself or by the server in front of it (request_sources); dashed, a week before. Worry when it falls to zero during working hours, or is several times as much as a week before. ${needsTwoWeeks}`,
      at: [0, y, 12, 7],
      unit: 'perSecond',
      // The exporter reads these counters every five minutes.
      step: '5m',
      queries: [over(ofAllSources(), 'requests'), over(ofAllSources('1w'), 'a week before')],
      noValue: unknownToReal,
      links,
    })
      .overrideByName('requests', inColor(colors.data))
      .overrideByName('a week before', dashedLine(colors.past)),
    timeSeries({
      id: 54,
      title: 'Requests answered with errors',
      description:
        'Share of requests that AI-CRM answered with an error in half an hour, counted by AI-CRM itself or from an access log; dashed, the limits error_rate of alert_thresholds. Users see these errors. Worry when it stays above the amber line.',
      at: [12, y, 12, 7],
      unit: 'ratio',
      step: '5m',
      queries: [
        over(selectRecord('job:aicrm_http_request_errors_per_requests:ratio_rate30m'), 'errors'),
        over(ratioThreshold('error_rate'), '{{severity}} threshold'),
      ],
      noValue: unknownToReal,
      links,
    }).overrideByName('errors', inColor(colors.data)),
  ];
}
