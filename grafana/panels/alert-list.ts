import { PanelBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { type Frame, framed } from './frame.js';

/**
 * Alerts of Grafana's own view of the rules, with their labels, each to be opened. The SDK has no builder for it. `labels` is a matcher in
 * braces; variables in it are Grafana's.
 */
export function alertList({
  labels,
  ...frame
}: Omit<Frame, 'queries' | 'links'> & { readonly labels: string }): PanelBuilder {
  return framed(new PanelBuilder(), { ...frame, queries: [] })
    .type('alertlist')
    .options({
      viewMode: 'list',
      groupMode: 'default',
      groupBy: [],
      maxItems: 50,
      // By importance.
      sortOrder: 3,
      dashboardAlerts: false,
      alertName: '',
      alertInstanceLabelFilter: labels,
      // The name of a data source and not its uid, so no variable can be put here: of all of them.
      datasource: '',
      stateFilter: { firing: true, pending: true, noData: false, normal: false, error: true },
      // Their labels fill the panel; a click shows them.
      showInstances: false,
    });
}
