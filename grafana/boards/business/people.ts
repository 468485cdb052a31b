import {
  activeUsers,
  concurrentUsers,
  failedLogins,
  featureUsage,
  users,
  usersByRole,
  usersByTier,
} from '../../../src/metrics/business-metrics.js';
import { row } from '../../board.js';
import { linkTo } from '../../links.js';
import { barGauge } from '../../panels/bar-gauge.js';
import { colors } from '../../panels/defaults.js';
import { absentAs } from '../../panels/mappings.js';
import { now, over, rows } from '../../panels/query.js';
import { table } from '../../panels/table.js';
import { barSeries, dashedLine, inColor, timeSeries } from '../../panels/time-series.js';
import { greatest, growth, weekBefore } from '../../queries/aggregate.js';
import { select, selectRecord } from '../../queries/selector.js';
import { forEachLine } from '../../queries/table-column.js';
import { needsTwoWeeks, notKnown, unknownToReal } from '../not-known.js';

const links = [linkTo('alerting', 'Whether AI-CRM is read: sources')];

/** User accounts, active users, failed logins, tiers, roles, and the use of features. */
export function people(y: number) {
  return row(40, 'Users and what they use', y, { collapsed: [...accounts(y + 1), ...shares(y + 9)] });
}

function accounts(y: number) {
  return [
    timeSeries({
      id: 41,
      title: 'Accounts (active: enabled)',
      description:
        'Accounts by state; states overlap. In the real AI-CRM active means enabled, not in use, and recent means registered within 30 days. Worry when many disappear: somebody may have deleted them.',
      at: [0, y, 8, 8],
      unit: 'count',
      step: '5m',
      names: ['active', 'recent', 'total', 'verified'],
      queries: [over(greatest(select(users), 'state'), '{{state}}')],
      noValue: notKnown,
      links,
    }).fillOpacity(0),
    timeSeries({
      id: 42,
      title: 'Who was there',
      description: `Accounts that have logged in within 24 hours and 7 days, and users with a session, which lasts up to seven days, used or not; dashed, those of 24 hours a week before. Accounts of monitoring do not count. Worry when it falls to zero during working hours. Needs the preset ai_crm_tables of sql_sources. ${needsTwoWeeks}`,
      at: [8, y, 8, 8],
      unit: 'count',
      step: '5m',
      names: ['within 24h', 'within 7d', 'with a session'],
      queries: [
        over(greatest(select(activeUsers), 'within'), 'within {{within}}'),
        over(greatest(select(concurrentUsers)), 'with a session'),
        over(greatest(weekBefore(select(activeUsers, { within: '="24h"' }))), 'a week before'),
      ],
      noValue: unknownToReal,
      links,
    }).overrideByName('a week before', dashedLine(colors.past)),
    barSeries({
      id: 43,
      title: 'Failed logins per 15 minutes',
      description:
        'Logins that AI-CRM has refused; dashed, the mean of a quarter of an hour in the last week. Worry when it is several times as many: somebody guesses passwords, or a program has a wrong one.',
      at: [16, y, 8, 8],
      unit: 'count',
      step: '15m',
      queries: [
        over(greatest(growth(select(failedLogins), '15m')), 'refused'),
        over(`${selectRecord('job:aicrm_failed_logins:avg1w')} / 4`, 'usual'),
      ],
      noValue: unknownToReal,
      links,
    })
      .overrideByName('refused', inColor(colors.data))
      .overrideByName('usual', dashedLine(colors.past)),
  ];
}

function shares(y: number) {
  const uses = select(featureUsage);
  const used = greatest(growth(uses, '7d'), 'feature');
  return [
    barGauge({
      id: 44,
      name: 'tier',
      title: 'Accounts by tier',
      description:
        'Accounts by subscription tier. For information; to compare with the weeks before, change the time range.',
      at: [0, y, 6, 8],
      unit: 'count',
      queries: [now(`sort_desc(${greatest(select(usersByTier), 'tier')})`, '{{tier}}')],
      noValue: 'not known',
      links,
    }),
    barGauge({
      id: 45,
      name: 'role',
      title: 'Accounts by role',
      description: 'Accounts by role. Worry when there are more administrators than you know of.',
      at: [6, y, 6, 8],
      unit: 'count',
      queries: [now(`sort_desc(${greatest(select(usersByRole), 'role')})`, '{{role}}')],
      noValue: 'not known',
      links,
    }),
    table({
      id: 46,
      title: 'Features',
      description: `How often each feature was used within 7 days, and in the 7 days before. A feature that nobody uses any more may be broken. ${needsTwoWeeks}`,
      at: [12, y, 12, 8],
      queries: [rows(used), rows(forEachLine(used, greatest(growth(uses, '7d', '1w'), 'feature')))],
      isMerged: true,
      columns: [
        { field: 'feature', title: 'Feature', minWidthPixels: 125, links },
        { field: 'Value #A', title: 'Used in 7 days', unit: 'count', cell: 'bar' },
        { field: 'Value #B', title: 'In the 7 days before', unit: 'count', cell: 'bar', mappings: absentAs('–') },
      ],
      sortBy: 'Used in 7 days',
      noValue: unknownToReal,
    }),
  ];
}
