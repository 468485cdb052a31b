import type { PanelBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { componentStatus } from '../../src/metrics/component-metrics.js';
import { linkTo } from '../links.js';
import type { Frame } from '../panels/frame.js';
import { levelMappings } from '../panels/mappings.js';
import { over } from '../panels/query.js';
import { stateTimeline } from '../panels/state-timeline.js';
import { worstLevel } from '../queries/level.js';

/** The worst level of each component in each step. A click opens that component. */
export function levelTimeline({
  linkTitle,
  ...frame
}: Pick<Frame, 'id' | 'title' | 'description' | 'at'> & { readonly linkTitle: string }): PanelBuilder {
  return stateTimeline({
    ...frame,
    queries: [over(worstLevel(componentStatus, {}, 'component'), '{{component}}')],
    mappings: levelMappings,
    hasLegend: false,
    noValue: 'no component has been probed in this time',
    links: [linkTo('services', linkTitle, { component: '${__field.labels.component:percentencode}' })],
  });
}
