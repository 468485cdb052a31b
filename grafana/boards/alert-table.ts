import type { PanelBuilder } from '@grafana/grafana-foundation-sdk/table';
import { linkToAlertBoard, linkToRunbook, linkToSilence } from '../links.js';
import { colors } from '../panels/defaults.js';
import type { Frame } from '../panels/frame.js';
import { renamed, words } from '../panels/mappings.js';
import { rows } from '../panels/query.js';
import { table } from '../panels/table.js';
import { selectAlerts } from '../queries/selector.js';

/** Labels that name the subject of an alert. The column "About" joins them. */
const subjects = [
  'component',
  'transaction',
  'operation',
  'source',
  'agent',
  'collector',
  'mountpoint',
  'instance',
  'exporter',
  'integration',
];

const severities = { severity: '=~"critical|warning"' } as const;

/**
 * A query for alerts in this state. The value is the time in milliseconds at which the condition of the alert became true, also for a firing
 * alert. The labels have its urgency, its subject and its board.
 */
function since(state: string): string {
  const alerts = `1000 * (${selectAlerts({ alertstate: state, ...severities })} * ignoring (alertstate) group_left () ${selectAlerts(severities, 'ALERTS_FOR_STATE')})`;
  const joined = `label_join(${alerts}, "about", " ", ${subjects.map((label) => `"${label}"`).join(', ')})`;
  const trimmed = `label_replace(${joined}, "about", "$1", "about", " *(.*?) *")`;
  const urgent = `label_join(${trimmed}, "urgency", " ", "alertstate", "severity")`;
  // The name is needed three times: in words, as the anchor of the runbook, and unchanged. A link can use only the text of a column.
  const named = `label_join(label_join(${urgent}, "runbook", "", "alertname"), "alert", "", "alertname")`;
  // The board Services shows one component in detail. A job with heartbeats has no such details.
  const chosen = `label_replace(label_replace(${named}, "chosen", "$1", "component", "(.+)"), "chosen", "", "alertname", "AiCrmHeartbeat.+")`;
  // Alerts of the area exporter are on the board Alerting & monitoring.
  return `label_replace(label_replace(${chosen}, "board", "$1", "area", "(.+)"), "board", "alerting", "area", "exporter")`;
}

/** A table of alerts: subject, start, and links to runbook, board and silence. Critical alerts are first, pending alerts are last. */
export function alertTable({
  alertNames,
  withPending,
  ...frame
}: Omit<Frame, 'queries' | 'links'> & {
  readonly alertNames: readonly string[];
  readonly withPending: boolean;
}): PanelBuilder {
  const mapped = (text: (name: string) => string) => renamed(alertNames.map((name) => [name, text(name)] as const));
  return table({
    ...frame,
    queries: [rows(since(withPending ? '=~"firing|pending"' : '="firing"'))],
    columns: [
      {
        field: 'urgency',
        title: 'Severity',
        cell: 'level',
        widthPixels: 110,
        mappings: words([
          ['firing critical', '✖ CRITICAL', colors.critical],
          ['firing warning', '▲ WARNING', colors.warning],
          ['pending critical', '… critical soon', colors.unknown],
          ['pending warning', '… warning soon', colors.unknown],
        ]),
      },
      { field: 'alertname', title: 'What', minWidthPixels: 165, mappings: mapped(inWords), links: [linkToRunbook()] },
      { field: 'about', title: 'About', minWidthPixels: 140, links: [linkToAlertBoard(), linkToSilence()] },
      { field: 'Value', title: 'Since', unit: 'since', widthPixels: 125 },
      { field: 'runbook', title: 'runbook', mappings: mapped((name) => name.toLowerCase()), isHidden: true },
      { field: 'alert', title: 'alert', isHidden: true },
      { field: 'component', title: 'component', isHidden: true },
      { field: 'chosen', title: 'chosen', isHidden: true },
      { field: 'board', title: 'board', isHidden: true },
      { field: 'job', title: 'job', isHidden: true },
    ],
    sortBy: 'Severity',
    ascending: true,
  });
}

/** "Host CPU high" for `AiCrmHostCpuHigh`. Words are easier to read at night than the name. */
function inWords(alertName: string): string {
  const words = alertName.replace(/^AiCrm/, '').replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ');
  const first = words.charAt(0) + words.slice(1).toLowerCase();
  return first.replaceAll(/\b(cpu|pm)\b/gi, (word) => word.toUpperCase());
}
