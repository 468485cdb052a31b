import { VizTextDisplayOptionsBuilder } from '@grafana/grafana-foundation-sdk/common';
import { reloadSuccessful } from '../../../src/metrics/exporter-metrics.js';
import { linkTo } from '../../links.js';
import { colors } from '../../panels/defaults.js';
import { ranges, words } from '../../panels/mappings.js';
import { now } from '../../panels/query.js';
import { wordStat } from '../../panels/stat.js';
import { growth } from '../../queries/aggregate.js';
import { orNoData } from '../../queries/level.js';
import { select, selectRecord, selectTarget } from '../../queries/selector.js';
import { selectAlertmanager, selectPrometheus } from '../../queries/watchers.js';
import { alertsFiring } from '../alerts-firing.js';
import { collectorMappings, collectorState, sourceMappings, sourceState } from './states.js';

const noData = '∅ NO DATA';

/** One word for each step from measurement to notification. */
export function headline() {
  // Two words must fit into a panel.
  const small = () => new VizTextDisplayOptionsBuilder().valueSize(19);
  return [
    ...[exporters(), collectors(), sources(), configuration()].map((word) => word.text(small())),
    alertsFiring({ id: 5, at: [16, 0, 4, 3], leadsTo: 'overview' }),
    delivery().text(small()),
  ];
}

function exporters() {
  const up = selectTarget('up');
  // An exporter that is no longer a target has no series `up`. Only this record still knows it.
  const vanished = `count(${selectRecord('job_instance:aicrm_exporter_build_info:max1d')})`;
  return wordStat({
    id: 1,
    title: 'Exporters',
    description:
      'Whether the exporters answer Prometheus. SOME DOWN: the others still watch AI-CRM. NONE UP: these boards get no data, and no alert about AI-CRM can fire.',
    at: [0, 0, 4, 3],
    queries: [now(orNoData(`(sum(${up}) or 0 * ${vanished}) / (count(${up}) or ${vanished})`), 'share that answers')],
    mappings: ranges([
      [-1, -1, noData, colors.unknown],
      [0, 0, '✖ NONE UP', colors.critical],
      [1, 1, '✔ ALL UP', colors.healthy],
      [0, 1, '▲ SOME DOWN', colors.warning],
    ]),
    noValue: noData,
    why: 'no exporter answers Prometheus',
    links: [linkTo('overview', 'Overview')],
  });
}

function collectors() {
  return wordStat({
    id: 2,
    title: 'Measured',
    description:
      'The worst of all collectors of these exporters. STALE: the last measurement is older than three intervals, so the values are old. FAILED: it cannot measure, so its metrics are absent and their alerts cannot fire.',
    at: [4, 0, 4, 3],
    queries: [now(orNoData(`max(${collectorState})`), 'state')],
    mappings: collectorMappings,
    noValue: noData,
    why: 'no exporter answers Prometheus',
    links: [linkTo('host', 'The host of the exporter')],
  });
}

function sources() {
  return wordStat({
    id: 3,
    title: 'Sources',
    description:
      'The worst of all sources of numbers: AI-CRM itself, json_sources and sql_sources. NOT READ: its numbers are absent, and their alerts cannot fire. CUT OFF: there were more rows or series than the limit. NONE: none is configured, or no exporter answers.',
    at: [8, 0, 4, 3],
    queries: [now(orNoData(`max(${sourceState})`), 'state')],
    mappings: sourceMappings,
    noValue: noData,
    why: 'no exporter answers Prometheus',
    links: [linkTo('business', 'What is read: business')],
  });
}

function configuration() {
  return wordStat({
    id: 4,
    title: 'Config',
    description:
      'Whether each exporter uses the configuration in its file. NOT LOADED: it still uses the previous one, and after a restart it does not start.',
    at: [12, 0, 4, 3],
    queries: [now(orNoData(`min(${select(reloadSuccessful)})`), 'loaded')],
    mappings: words([
      ['1', '✔ LOADED', colors.healthy],
      ['0', '▲ NOT LOADED', colors.warning],
      ['-1', noData, colors.unknown],
    ]),
    noValue: noData,
    why: 'no exporter answers Prometheus',
    links: [linkTo('overview', 'Overview')],
  });
}

function delivery() {
  const failed = `sum(${growth(selectAlertmanager('alertmanager_notifications_failed_total'), '15m')})`;
  const dropped = `sum(${growth(selectPrometheus('prometheus_notifications_dropped_total'), '15m')})`;
  return wordStat({
    id: 6,
    title: 'Delivery',
    description:
      'Whether, in the last 15 minutes, alerts reached Alertmanager and notifications reached their channels. FAILING: somebody is not notified. NOT KNOWN: Prometheus does not scrape Alertmanager.',
    at: [20, 0, 4, 3],
    queries: [now(orNoData(`${failed} + (${dropped} or 0 * ${failed}) or ${dropped} > 0`), 'failed')],
    mappings: ranges([
      [-1, -1, '? NOT KNOWN', colors.unknown],
      [0, 0, '✔ NONE FAIL', colors.healthy],
      [0, null, '✖ FAILING', colors.critical],
    ]),
    noValue: noData,
    why: 'no exporter answers Prometheus',
    links: [linkTo('overview', 'What is wrong now')],
  });
}
