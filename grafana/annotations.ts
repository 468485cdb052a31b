import { AnnotationQueryBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { componentMaintenance, componentRestarts } from '../src/metrics/families/component.js';
import { reloadSuccessTime } from '../src/metrics/families/exporter.js';
import { colors } from './panels/defaults.js';
import { dataSource } from './panels/query.js';
import { growth, greatest } from './queries/aggregate.js';
import { select, selectAlerts } from './queries/selector.js';

/**
 * Marks on the graphs of a board: what happened then. Samples no further apart than the step become one mark. What happens at one moment
 * is looked for in a `window`, no shorter than the step.
 */
export function annotations(step = '60s', window = '2m'): AnnotationQueryBuilder[] {
  return [
    mark('Alerts', colors.critical, `max by (job, alertname, severity, component) (${selectAlerts({ alertstate: '="firing"', severity: '=~"critical|warning"' })})`, '{{alertname}}', '{{severity}} {{component}}', step),
    mark('Restarts', colors.warning, `${greatest(growth(select(componentRestarts), window), 'component')} > 0`, 'Restart of {{component}}', 'Its uptime went backwards', step),
    mark('Maintenance', colors.unknown, `${greatest(select(componentMaintenance), 'component')} == 1`, 'Maintenance of {{component}}', 'By a window or a silence', step),
    mark('Reloads', colors.data, `${greatest(`changes(${select(reloadSuccessTime)}[${window}])`, 'instance')} > 0`, 'Configuration loaded', '{{instance}}', step),
  ];
}

function mark(name: string, color: string, expression: string, title: string, text: string, step: string): AnnotationQueryBuilder {
  return new AnnotationQueryBuilder().name(name).datasource(dataSource).enable(true).iconColor(color).expr(expression).titleFormat(title).textFormat(text).step(step);
}
