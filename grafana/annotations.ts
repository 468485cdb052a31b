import { AnnotationQueryBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { componentMaintenance, componentRestarts } from '../src/metrics/component-metrics.js';
import { reloadSuccessTime } from '../src/metrics/exporter-metrics.js';
import { colors } from './panels/defaults.js';
import { dataSource } from './panels/query.js';
import { greatest, growth } from './queries/aggregate.js';
import { select, selectAlerts } from './queries/selector.js';

/**
 * Marks on the graphs of a board: what happened then. Samples no further apart than the step become one region; an alert is marked
 * only where it begins, since regions of several alerts would cover what they are about.
 */
export function annotations(step = '60s'): AnnotationQueryBuilder[] {
  const firing = `max by (job, alertname, severity, component) (${selectAlerts({ alertstate: '="firing"', severity: '=~"critical|warning"' })}`;
  return [
    mark(
      'Alerts',
      colors.critical,
      `${firing}) unless ${firing} offset ${step})`,
      '{{alertname}}',
      '{{severity}} {{component}}',
      step,
    ),
    mark(
      'Restarts',
      colors.warning,
      `${greatest(growth(select(componentRestarts), step), 'component')} > 0`,
      'Restart of {{component}}',
      'Its uptime went backwards',
      step,
    ),
    mark(
      'Maintenance',
      colors.unknown,
      `${greatest(select(componentMaintenance), 'component')} == 1`,
      'Maintenance of {{component}}',
      'By a window or a silence',
      step,
    ),
    mark(
      'Reloads',
      colors.data,
      `${greatest(`changes(${select(reloadSuccessTime)}[${step}])`, 'instance')} > 0`,
      'Configuration loaded',
      '{{instance}}',
      step,
    ),
  ];
}

function mark(
  name: string,
  color: string,
  expression: string,
  title: string,
  text: string,
  step: string,
): AnnotationQueryBuilder {
  return new AnnotationQueryBuilder()
    .name(name)
    .datasource(dataSource)
    .enable(true)
    .iconColor(color)
    .expr(expression)
    .titleFormat(title)
    .textFormat(text)
    .step(step);
}
