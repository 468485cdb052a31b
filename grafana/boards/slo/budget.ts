import { linkTo } from '../../links.js';
import { now, over } from '../../panels/query.js';
import { stat } from '../../panels/stat.js';
import { timeSeries } from '../../panels/time-series.js';
import { greatest } from '../../queries/aggregate.js';
import { selectRecord } from '../../queries/selector.js';
import { objective, outageLength } from '../../queries/slo.js';
import { componentNames } from '../component-names.js';
import { availableStat, budgetStat } from '../promise-stats.js';

const links = () => [linkTo('services', 'Which component: services')];

/** The first line: objective, availability, error budget and outages. */
export function promise() {
  const lengths = selectRecord(outageLength);
  return [
    stat({
      id: 1,
      title: 'Objective',
      description:
        'Share of the time in which every component is promised to answer as expected: slo of the configuration.',
      at: [0, 0, 5, 3],
      unit: 'availability',
      queries: [now(objective, 'objective')],
      why: 'no exporter answers',
      links: links(),
    }),
    availableStat({ id: 2, title: 'Available, 30 d', at: [5, 0, 5, 3], links: links() }),
    budgetStat({ id: 3, title: 'Error budget left', at: [10, 0, 5, 3], links: links() }),
    stat({
      id: 4,
      title: 'Outages',
      description: 'Outages that ended in the time range, of all components.',
      at: [15, 0, 4, 3],
      unit: 'count',
      queries: [now(`sum(count_over_time(${lengths}[$__range])) or vector(0)`, 'outages')],
      why: 'Prometheus does not answer',
      links: links(),
    }),
    stat({
      id: 5,
      title: 'Longest outage',
      description: 'The longest outage that ended in the time range.',
      at: [19, 0, 5, 3],
      unit: 'seconds',
      queries: [now(`max(max_over_time(${lengths}[$__range]))`, 'longest')],
      noValue: 'none',
      why: 'no outage ended in this time, or the recording rules are missing',
      links: links(),
    }),
  ];
}

/** The error budget over time, and how fast it burns. */
export function budget(y: number) {
  return [
    timeSeries({
      id: 10,
      title: 'Error budget over time',
      description:
        'What is left of the error budget of 30 days. It falls with each outage and comes back 30 days after it. Below 0 the objective is missed. It counts whole hours: the burn rate below shows what happens now.',
      at: [12, y, 12, 8],
      unit: 'ratio',
      startsAtZero: false,
      legend: 'right',
      names: componentNames,
      step: '1h',
      queries: [
        over(greatest(selectRecord('job_component:aicrm_slo_budget_remaining:ratio30d'), 'component'), '{{component}}'),
        over('vector(0)', 'critical threshold'),
      ],
      noValue: 'not known yet: an hour of data and the recording rules are needed',
      links: links(),
    }).fillOpacity(0),
    burn(11, 'Fast burn, 1 h', 12, y + 8, '1h', 14.4, 'critical', 'at which the budget lasts two days'),
    burn(12, 'Slow burn, 3 d', 18, y + 8, '3d', 1, 'warning', 'at which the budget lasts exactly 30 days'),
  ];
}

function burn(
  id: number,
  title: string,
  x: number,
  y: number,
  window: '1h' | '3d',
  limit: number,
  severity: 'warning' | 'critical',
  meaning: string,
) {
  return timeSeries({
    id,
    title,
    description: `How fast the error budget is used up: 1 is exactly as fast as allowed. Dashed, where the alert AiCrmAvailabilityBurnRate begins: ${limit}, ${meaning}.`,
    at: [x, y, 6, 7],
    unit: 'number',
    legend: 'none',
    names: componentNames,
    queries: [
      over(
        greatest(
          `max_over_time(${selectRecord(`job_component:aicrm_slo_burn_rate:ratio${window}`)}[$__interval])`,
          'component',
        ),
        '{{component}}',
      ),
      over(`vector(${limit})`, `${severity} threshold`),
    ],
    noValue: 'not known: the recording rules are not loaded, or everything is in maintenance',
    links: [linkTo('services', 'This component', { component: '${__field.labels.component:percentencode}' })],
  }).fillOpacity(0);
}
