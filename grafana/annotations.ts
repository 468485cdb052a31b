import { AnnotationQueryBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { componentRestarts, maintenanceInfo } from '../src/metrics/component-metrics.js';
import { reloadSuccessTime } from '../src/metrics/exporter-metrics.js';
import { colors } from './panels/defaults.js';
import { dataSource } from './panels/query.js';
import { greatest, growth, worst } from './queries/aggregate.js';
import { select, selectAlerts } from './queries/selector.js';

/**
 * Marks on the graphs of a board: alerts, restarts, maintenance and reloads. Each query looks at a whole step, which grows with the time
 * range, so no event between two steps is lost. Grafana joins samples into one region if they are at most a step apart. Alerts, restarts
 * and reloads are marked only at their start, because several regions would cover the lines.
 */
export function annotations(): AnnotationQueryBuilder[] {
  const alerts = selectAlerts({ alertstate: '="firing"', severity: '=~"critical|warning"' });
  const firing = (range: string) =>
    greatest(`max_over_time(${alerts}[$__interval]${range})`, 'alertname', 'severity', 'component');
  const restarted = (ago?: string) =>
    `${greatest(growth(select(componentRestarts), '$__rate_interval', ago), 'component')} > 0`;
  const loaded = select(reloadSuccessTime);
  return [
    mark(
      'Alerts',
      colors.critical,
      `${firing('')} unless ${firing(' offset $__interval')}`,
      '{{alertname}}',
      '{{severity}} {{component}}',
    ),
    mark(
      'Restarts',
      colors.warning,
      `${restarted()} unless ${restarted('$__interval')}`,
      'Restart of {{component}}',
      'Its uptime went backwards',
    ),
    maintenanceMark(),
    mark(
      'Reloads',
      colors.data,
      greatest(`${loaded} > ${loaded} offset $__interval`, 'instance'),
      'Configuration loaded',
      '{{instance}}',
    ),
  ];
}

/** The mark for maintenance alone. */
export const maintenanceMark = (): AnnotationQueryBuilder =>
  mark(
    'Maintenance',
    colors.unknown,
    greatest(worst(select(maintenanceInfo)), 'component', 'reason', 'author'),
    'Maintenance of {{component}}',
    '{{reason}} ({{author}})',
  );

function mark(name: string, color: string, expression: string, title: string, text: string): AnnotationQueryBuilder {
  return new AnnotationQueryBuilder()
    .name(name)
    .datasource(dataSource)
    .enable(true)
    .iconColor(color)
    .expr(expression)
    .titleFormat(title)
    .textFormat(text)
    .step('60s');
}
