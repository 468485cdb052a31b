import { DashboardLinkBuilder, DashboardLinkType } from '@grafana/grafana-foundation-sdk/dashboard';

/** The uids of the boards. `dashboard_url` in the rules contains them too. */
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

/** The tag of every board. The list of boards finds them by it. */
export const tag = 'ai-crm';

/** The list of all boards, at the top of each board. It keeps the time range and the variables. */
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

/** The same address as in the rules. People who serve the runbooks elsewhere replace it in both. */
const runbooks = 'https://github.com/ai-crm-exporter/ai-crm-exporter/blob/main/docs/runbooks.md';

/** The link to the runbooks, beside the list of boards. */
export function runbooksLink(): DashboardLinkBuilder {
  return new DashboardLinkBuilder('Runbooks')
    .type(DashboardLinkType.Link)
    .url(runbooks)
    .icon('doc')
    .tooltip('What to do about each alert')
    .targetBlank(true);
}

/**
 * A link from a value to a board. It keeps the time range and the chosen variables. `variables` adds or replaces some, as expressions of
 * Grafana: `{ component: '${__field.labels.component:percentencode}' }`.
 */
export function linkTo(
  board: BoardName,
  title: string,
  variables: Readonly<Record<string, string>> = {},
): DashboardLinkBuilder {
  return new DashboardLinkBuilder(title).url(`/d/${uids[board]}?${choice(variables)}`).targetBlank(false);
}

/** From a line of a table of alerts to the board of its area. `board` and `chosen` are columns of the table. */
export const linkToAlertBoard = (): DashboardLinkBuilder =>
  new DashboardLinkBuilder('Its board')
    .url(`/d/aicrm-\${__data.fields.board}?${choice({ component: '${__data.fields.chosen:percentencode}' })}`)
    .targetBlank(false);

/** From a line of a table of alerts to the runbook. The text of the column `runbook` is the anchor. */
export const linkToRunbook = (): DashboardLinkBuilder =>
  new DashboardLinkBuilder('Runbook').url(`${runbooks}#\${__data.fields.runbook.text}`).targetBlank(true);

/**
 * From a line of a table of alerts to a new silence, in the Alertmanager that Grafana knows. The column `alert` has the unchanged name. If
 * the component is empty, the silence is for all alerts of that name.
 */
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
