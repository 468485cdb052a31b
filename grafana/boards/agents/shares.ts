import { pmAnalysis } from '../../../src/metrics/agent-metrics.js';
import { linkTo } from '../../links.js';
import { colors } from '../../panels/defaults.js';
import { over } from '../../panels/query.js';
import { inColor, logarithmicSeries } from '../../panels/time-series.js';
import { medianResponse } from '../../queries/agents.js';
import { greatest, growth } from '../../queries/aggregate.js';
import { chosenAgent, selectBuckets, selectRecord } from '../../queries/selector.js';
import { secondsThreshold } from '../../queries/threshold.js';

/** Response time of the agents and analysis time of the PM gateway, with their limits. */
export function shares() {
  const links = [linkTo('services', 'The services behind it')];
  const ofEach = medianResponse(chosenAgent);
  return [
    logarithmicSeries({
      id: 21,
      title: 'Response over time',
      description:
        'Medians of ten minutes, which is what the alert compares with the limits of alert_thresholds, dashed. If AI-CRM reports a time for each agent: the slowest of the chosen agents, and the median; the table shows which agents are slow. Otherwise the time of a suggestion, for all agents together.',
      at: [0, 20, 12, 8],
      unit: 'seconds',
      names: ['slowest agent', 'agent in the middle', 'suggestion, for all agents'],
      step: '2m',
      queries: [
        over(greatest(ofEach), 'slowest agent'),
        over(`quantile by (job) (0.5, ${ofEach})`, 'agent in the middle'),
        over(greatest(medianResponse({ agent: '=""' })), 'suggestion, for all agents'),
        over(secondsThreshold('agent_response_time'), '{{severity}} threshold'),
      ],
      noValue: 'not known: AI-CRM does not report it, or the recording rules are missing',
      links,
    }),
    logarithmicSeries({
      id: 22,
      title: 'Analysis by the PM gateway',
      description:
        'Time that the PM gateway takes to analyse a sample task: the median of 15 minutes, which the alert compares with the limits of alert_thresholds, dashed; and the 95th percentile of an hour, unless AI-CRM reports only a mean. New tasks are planned late when it stays above the amber line.',
      at: [12, 20, 12, 8],
      unit: 'seconds',
      step: '2m',
      queries: [
        over(greatest(selectRecord('job:aicrm_pm_gateway_last_analysis_seconds:median15m')), 'median'),
        // The range is an hour and not the step of the graph: a step has two or three analyses, too few for a p95.
        over(
          `histogram_quantile(0.95, sum by (job, le) (${growth(selectBuckets(pmAnalysis), '1h')}))`,
          'p95 of an hour',
        ),
        over(secondsThreshold('task_processing_time'), '{{severity}} threshold'),
      ],
      noValue: 'not known: AI-CRM does not report it, or the recording rules are missing',
      links: [linkTo('business', 'Use of the PM gateway')],
    })
      .overrideByName('median', inColor(colors.shades[1]))
      .overrideByName('p95 of an hour', inColor(colors.shades[2])),
  ];
}
