import { AnnotationQueryBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { componentRestarts, maintenanceInfo } from '../src/metrics/component-metrics.js';
import { reloadSuccessTime } from '../src/metrics/exporter-metrics.js';
import { colors } from './panels/defaults.js';
import { dataSource } from './panels/query.js';
import { greatest, growth, worst } from './queries/aggregate.js';
import { select, selectAlerts } from './queries/selector.js';

/**
 * Marks on the graphs of a board: what happened then. Each looks at the whole step, which grows with the time range: nothing falls between
 * two steps. Samples no further apart than the step become one region; what has no length, and an alert, is marked only where
 * it begins, since regions of several would cover what they are about.
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

/** Of these the one that excuses what is seen. */
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
