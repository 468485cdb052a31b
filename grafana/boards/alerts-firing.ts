import type { PanelBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { type BoardName, linkTo } from '../links.js';
import { colors } from '../panels/defaults.js';
import type { Frame } from '../panels/frame.js';
import { ranges } from '../panels/mappings.js';
import { now } from '../panels/query.js';
import { namedStat } from '../panels/stat.js';
import { selectAlerts } from '../queries/selector.js';

/** Number of firing alerts by severity. It is coloured if at least one alert fires. */
export function alertsFiring({
  id,
  at,
  leadsTo,
}: Pick<Frame, 'id' | 'at'> & { readonly leadsTo: BoardName }): PanelBuilder {
  const count = (severity: string, name: string) =>
    `label_replace(count(${selectAlerts({ alertstate: '="firing"', severity: `="${severity}"` })}) or vector(0), "is", "${name}", "", "")`;
  const colored = (color: string) => [
    {
      id: 'mappings',
      value: ranges([
        [0, 0, undefined, colors.none],
        [1, null, undefined, color],
      ]),
    },
  ];
  return namedStat({
    id,
    title: 'Alerting',
    description:
      'Alerts about this AI-CRM that fire: problems that last, while the level shows the last probes. Act on critical ones at once, on warnings within the day.',
    at,
    unit: 'count',
    queries: [now(`${count('critical', 'critical')} or ${count('warning', 'warning')}`, '{{is}}')],
    noValue: 'no answer',
    why: 'Prometheus does not answer',
    links: [linkTo(leadsTo, 'Alerts and what is wrong')],
  })
    .overrideByName('critical', colored(colors.critical))
    .overrideByName('warning', colored(colors.warning));
}
