import type { PanelBuilder } from '@grafana/grafana-foundation-sdk/stat';
import type { Unit } from '../panels/defaults.js';
import type { Frame } from '../panels/frame.js';
import { belowZero } from '../panels/mappings.js';
import { now } from '../panels/query.js';
import { namedStat, stat } from '../panels/stat.js';
import { least } from '../queries/aggregate.js';
import { selectRecord } from '../queries/selector.js';

type Placed = Pick<Frame, 'id' | 'title' | 'at' | 'links'> & {
  /** True if the panel shows its period below the number. */
  readonly isNamed?: boolean;
};

/** Availability of the worst component. It does not yet count the present hour. */
export const availableStat = (placed: Placed): PanelBuilder =>
  promised(
    placed,
    'availability',
    'job_component:aicrm_component_availability:avg30d',
    'Share of the last 30 days in which the worst component answered as expected, without maintenance, as far as Prometheus has data. It counts whole hours (five minutes in the first hour), so a new outage is not included yet.',
    'five minutes of data and the recording rules are needed',
  );

/** Error budget left, of the component with the least. */
export const budgetStat = (placed: Placed): PanelBuilder =>
  promised(
    placed,
    'ratio',
    'job_component:aicrm_slo_budget_remaining:ratio30d',
    'What is left of the downtime that the objective allows in 30 days, for the component with the least. It counts whole hours, so an outage shows after up to an hour. Below 0 (red) the objective is missed: avoid risky changes.',
    'an hour of data and the recording rules are needed',
  ).mappings(belowZero);

function promised(
  { isNamed = false, ...placed }: Placed,
  unit: Unit,
  record: string,
  description: string,
  why: string,
): PanelBuilder {
  return (isNamed ? namedStat : stat)({
    ...placed,
    description,
    unit,
    queries: [now(least(selectRecord(record)), '30 d, whole hours')],
    why,
  });
}
