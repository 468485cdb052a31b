import { DashboardLinkBuilder, DashboardLinkType } from '@grafana/grafana-foundation-sdk/dashboard';

/** The uids of the boards; `dashboard_url` in the rules names them too. */
export const uids = {
  overview: 'aicrm-overview',
  services: 'aicrm-services',
  host: 'aicrm-host',
  agents: 'aicrm-agents',
  business: 'aicrm-business',
  alerting: 'aicrm-alerting',
} as const;

/** The short name of a board. */
export type BoardName = keyof typeof uids;

/** The tag of every board, by which they find one another. */
export const tag = 'ai-crm';

/** The list of all boards, at the top of each; time range and variables go along. */
export function boardsLink(): DashboardLinkBuilder {
  return new DashboardLinkBuilder('AI-CRM boards')
    .type(DashboardLinkType.Dashboards)
    .tags([tag])
    .asDropdown(true)
    .includeVars(true)
    .keepTime(true)
    .icon('external link')
    .tooltip('Other boards, with the same time range and choice');
}

/** Beside it the runbooks: the address that the rules have, for those who serve them elsewhere to replace in both. */
export function runbooksLink(): DashboardLinkBuilder {
  return new DashboardLinkBuilder('Runbooks')
    .type(DashboardLinkType.Link)
    .url('https://github.com/ai-crm-exporter/ai-crm-exporter/blob/main/docs/runbooks.md')
    .icon('doc')
    .tooltip('What to do about each alert')
    .targetBlank(true);
}

/**
 * A link from a value to a board that keeps time range and choice. `variables` are further ones, or chosen anew, as Grafana's expressions:
 * `{ component: '${__field.labels.component:percentencode}' }`.
 */
export function linkTo(
  board: BoardName,
  title: string,
  variables: Readonly<Record<string, string>> = {},
): DashboardLinkBuilder {
  const kept = [
    '${__url_time_range}',
    ...['datasource', 'job', 'instance']
      .filter((name) => variables[name] === undefined)
      .map((name) => `\${${name}:queryparam}`),
  ];
  const chosen = Object.entries(variables).map(([name, value]) => `var-${name}=${value}`);
  return new DashboardLinkBuilder(title).url(`/d/${uids[board]}?${[...kept, ...chosen].join('&')}`).targetBlank(false);
}
