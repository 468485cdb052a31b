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

/** The Prometheus; at first the one that is Grafana's default. */
export const dataSourceVariable = (): DatasourceVariableBuilder =>
  new DatasourceVariableBuilder('datasource')
    .label('Data source')
    .type('prometheus')
    .multi(false)
    .current({ selected: true, text: 'default', value: 'default' });

/** The AI-CRM: at first the first one, since the words "AI-CRM is HEALTHY" are about one. Several can be chosen. */
export const jobVariable = (): QueryVariableBuilder =>
  queryVariable('job', 'Job', `label_values(${buildInfo.name}, job)`)
    .description('One job is one AI-CRM.')
    .includeAll(false);

/** The exporters of the AI-CRM, of which there may be two. */
export const instanceVariable = (): QueryVariableBuilder =>
  queryVariable('instance', 'Instance', labelValues(buildInfo, 'instance')).description(
    'Exporters of this AI-CRM. What several of them see is counted once, and the worst of it shown.',
  );

/** The component that is shown in detail: one, so that a board does not grow with their number. */
export const componentVariable = (): QueryVariableBuilder =>
  queryVariable('component', 'Component', labelValues(componentInfo, 'component', true))
    .description('The component that is shown in detail.')
    .multi(false)
    .includeAll(false);

/** The Alertmanager in which links make silences. A text, since Grafana's lists of data sources leave those out that have no metrics. */
export const silencesVariable = (): TextBoxVariableBuilder =>
  new TextBoxVariableBuilder('silences')
    .label('Silences in')
    .description('The name of the Alertmanager among the data sources of Grafana, in which links make silences.')
    .defaultValue('Alertmanager')
    .current({ selected: true, text: 'Alertmanager', value: 'Alertmanager' });

/** The agents of AI-CRM. */
export const agentVariable = (): QueryVariableBuilder =>
  queryVariable('agent', 'Agent', labelValues(agentTasks, 'agent', true)).description('Agents that AI-CRM lists.');

/** The Alertmanagers that this Prometheus scrapes, one job for those that are a cluster. Others may have theirs in the same Prometheus. */
export const alertmanagerVariable = (): QueryVariableBuilder =>
  queryVariable('alertmanager', 'Alertmanager', 'label_values(alertmanager_build_info, job)').description(
    'The job under which Prometheus scrapes Alertmanager.',
  );

/** The Prometheis that this one scrapes, itself among them as a rule. */
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
