import {
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  TextBoxVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { agentTasks } from '../src/metrics/agent-metrics.js';
import { componentInfo } from '../src/metrics/component-metrics.js';
import type { Definition } from '../src/metrics/definition.js';
import { buildInfo } from '../src/metrics/exporter-metrics.js';
import { dataSource } from './panels/query.js';
import { selector } from './queries/selector.js';

/** The Prometheus. At first it is the default data source of Grafana. */
export const dataSourceVariable = (): DatasourceVariableBuilder =>
  new DatasourceVariableBuilder('datasource')
    .label('Data source')
    .type('prometheus')
    .multi(false)
    .current({ selected: true, text: 'default', value: 'default' });

/** The AI-CRM. At first it is the first one, because the words "AI-CRM is HEALTHY" are about one. People can choose several. */
export const jobVariable = (): QueryVariableBuilder =>
  queryVariable('job', 'Job', `label_values(${buildInfo.name}, job)`)
    .description('One job is one AI-CRM.')
    .includeAll(false);

/** The exporters of the AI-CRM. There may be two. */
export const instanceVariable = (): QueryVariableBuilder =>
  queryVariable('instance', 'Instance', labelValues(buildInfo, 'instance')).description(
    'Exporters of this AI-CRM. What several of them see is counted once, and the worst of it shown.',
  );

/**
 * The component that the board shows in detail. It is only one, so that the size of the board does not depend on the number of components.
 */
export const componentVariable = (): QueryVariableBuilder =>
  queryVariable('component', 'Component', labelValues(componentInfo, 'component', true))
    .description('The component that is shown in detail.')
    .multi(false)
    .includeAll(false);

/** The Alertmanager for new silences. It is a text, because Grafana's lists of data sources contain only those with metrics. */
export const silencesVariable = (): TextBoxVariableBuilder =>
  new TextBoxVariableBuilder('silences')
    .label('Silences in')
    .description('The name of the Alertmanager among the data sources of Grafana, in which links make silences.')
    .defaultValue('Alertmanager')
    .current({ selected: true, text: 'Alertmanager', value: 'Alertmanager' });

/** The agents of AI-CRM. */
export const agentVariable = (): QueryVariableBuilder =>
  queryVariable('agent', 'Agent', labelValues(agentTasks, 'agent', true)).description('Agents that AI-CRM lists.');

/** The Alertmanagers that this Prometheus scrapes. A cluster is one job. Other projects may have Alertmanagers in the same Prometheus. */
export const alertmanagerVariable = (): QueryVariableBuilder =>
  queryVariable('alertmanager', 'Alertmanager', 'label_values(alertmanager_build_info, job)').description(
    'The job under which Prometheus scrapes Alertmanager.',
  );

/** The Prometheus servers that this one scrapes, usually also itself. */
export const prometheusVariable = (): QueryVariableBuilder =>
  queryVariable('prometheus', 'Prometheus', 'label_values(prometheus_build_info, job)').description(
    'The job under which Prometheus scrapes itself.',
  );

function labelValues<L extends string>({ name }: Definition<L>, label: L | 'instance', ofInstance = false): string {
  return `label_values(${selector(name, { job: '=~"$job"', ...(ofInstance && { instance: '=~"$instance"' }) })}, ${label})`;
}

function queryVariable(name: string, label: string, query: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(dataSource)
    .query(query)
    .definition(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.+');
}
