import { BigValueTextMode } from '@grafana/grafana-foundation-sdk/common';
import type { PanelBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { type BoardName, linkTo } from '../links.js';
import { colors } from '../panels/defaults.js';
import type { Frame } from '../panels/frame.js';
import { ranges } from '../panels/mappings.js';
import { now } from '../panels/query.js';
import { stat } from '../panels/stat.js';
import { selectAlerts } from '../queries/selector.js';

/** How many alerts fire, by severity; coloured as soon as there is one. */
export function alertsFiring({
  id,
  at,
  leadsTo,
}: Pick<Frame, 'id' | 'at'> & { readonly leadsTo: BoardName }): PanelBuilder {
  const count = (severity: string) =>
    `count(${selectAlerts({ alertstate: '="firing"', severity: `="${severity}"` })}) or vector(0)`;
  const colored = (color: string) => [
    {
      id: 'mappings',
      value: ranges([
        [0, 0, undefined, colors.text],
        [1, null, undefined, color],
      ]),
    },
  ];
  return stat({
    id,
    title: 'Alerts firing',
    description:
      'Alerts about this AI-CRM that fire now. Critical ones want somebody at once, warnings within the day.',
    at,
    unit: 'count',
    queries: [now(count('critical'), '✖ critical'), now(count('warning'), '▲ warning')],
    noValue: 'Prometheus does not answer',
    links: [linkTo(leadsTo, 'Alerts and what is wrong')],
  })
    .textMode(BigValueTextMode.ValueAndName)
    .overrideByName('✖ critical', colored(colors.critical))
    .overrideByName('▲ warning', colored(colors.warning));
}
