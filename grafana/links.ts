import { DashboardLinkBuilder, DashboardLinkType } from '@grafana/grafana-foundation-sdk/dashboard';

/** The uids of the boards; `dashboard_url` in the rules names them too. */
export const uids = {
  overview: 'aicrm-overview',
  services: 'aicrm-services',
  slo: 'aicrm-slo',
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

/** The address that the rules have, for those who serve them elsewhere to replace in both. */
const runbooks = 'https://github.com/ai-crm-exporter/ai-crm-exporter/blob/main/docs/runbooks.md';

/** Beside it the runbooks. */
export function runbooksLink(): DashboardLinkBuilder {
  return new DashboardLinkBuilder('Runbooks')
    .type(DashboardLinkType.Link)
    .url(runbooks)
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
  return new DashboardLinkBuilder(title).url(`/d/${uids[board]}?${choice(variables)}`).targetBlank(false);
}

/** From a line of a table of alerts to the board that its area has; `board` and `chosen` are columns of it. */
export const linkToAlertBoard = (): DashboardLinkBuilder =>
  new DashboardLinkBuilder('Its board')
    .url(`/d/aicrm-\${__data.fields.board}?${choice({ component: '${__data.fields.chosen:percentencode}' })}`)
    .targetBlank(false);

/** From there to its runbook; `runbook` is a column whose text is the anchor. */
export const linkToRunbook = (): DashboardLinkBuilder =>
  new DashboardLinkBuilder('Runbook').url(`${runbooks}#\${__data.fields.runbook.text}`).targetBlank(true);

/** From there to a new silence for it in the Alertmanager that Grafana knows; `alert` is its name, which has no other text. The component may be empty: then any of that name. */
export const linkToSilence = (): DashboardLinkBuilder =>
  new DashboardLinkBuilder('Silence it')
    .url(
      `/alerting/silence/new?alertmanager=\${silences:percentencode}&matcher=alertname%3D\${__data.fields.alert:percentencode}&matcher=job%3D\${__data.fields.job:percentencode}&matcher=component%3D~%28\${__data.fields.component:percentencode}%29%3F`,
    )
    .targetBlank(true);

function choice(variables: Readonly<Record<string, string>>): string {
  const kept = [
    '${__url_time_range}',
    ...['datasource', 'job', 'instance']
      .filter((name) => variables[name] === undefined)
      .map((name) => `\${${name}:queryparam}`),
  ];
  return [...kept, ...Object.entries(variables).map(([name, value]) => `var-${name}=${value}`)].join('&');
}
