import t from 'tap';
import { overview } from '../../../grafana/boards/overview.js';
import { services } from '../../../grafana/boards/services.js';
import { alertNames } from '../../support/alert-names.js';
import { boardQuery, testQueries } from '../../support/board-query.js';

const board = overview(alertNames());
const exporter = 'job="crm",instance="a:1"';
const whole = (status: string) => `aicrm_status{${exporter},status="${status}"}`;
const component = (name: string, status: string) =>
  `aicrm_component_status{${exporter},component="${name}",status="${status}"}`;
const part = (kind: string, name: string, status: string) =>
  `aicrm_part_status{${exporter},kind="${kind}",part="${name}",status="${status}"}`;
const dependsOn = (name: string, other: string) =>
  `aicrm_component_depends_on{${exporter},component="${name}",depends_on="${other}"}`;

testQueries(t, 'the headline names the part to look at first', (t, wrongAnswers) => {
  const well = { [whole('critical')]: '0x5', [component('backend', 'critical')]: '0x5' };
  const query = boardQuery(board, 1);
  t.equal(wrongAnswers(well, [{ query, at: '2m', gives: { '{part="all parts"}': 0 } }]), '');
  t.equal(wrongAnswers({}, [{ query, at: '2m', gives: { '{part="nothing is known"}': -1 } }]), '');
  const down = {
    [whole('critical')]: '1x5',
    [component('backend', 'critical')]: '1x5',
    [component('postgres', 'critical')]: '1x5',
    [dependsOn('backend', 'postgres')]: '1x5',
    [part('host', 'cpu', 'warning')]: '1x5',
  };
  t.equal(
    wrongAnswers(down, [{ query, at: '2m', gives: { '{job="crm", component="postgres", part="postgres"}': 3 } }]),
    '',
    'the cause without its consequence, and without mere warnings',
  );
  t.equal(
    wrongAnswers(
      {
        ...down,
        [component('gateway', 'critical')]: '1x5',
        [component('monitoring', 'critical')]: '1x5',
        [dependsOn('monitoring', 'postgres')]: '1x5',
      },
      [{ query, at: '2m', gives: { '{job="crm", component="postgres", part="postgres"}': 3 } }],
    ),
    '',
    'of two causes the one with the most dependants',
  );
  t.equal(
    wrongAnswers({ ...well, [whole('critical')]: '1x5', [part('transaction', 'assign_task', 'critical')]: '1x5' }, [
      { query, at: '2m', gives: { '{job="crm", part="assign_task"}': 3 } },
    ]),
    '',
    'also parts that are not components',
  );
  t.equal(
    wrongAnswers(
      {
        [whole('critical')]: '1x5',
        [component('backend', 'critical')]: '1x5',
        [component('postgres', 'critical')]: '1x5',
        [dependsOn('backend', 'postgres')]: '1x5',
        [dependsOn('postgres', 'backend')]: '1x5',
        [`aicrm_component_maintenance{${exporter},component="postgres"}`]: '1x5',
      },
      [{ query, at: '2m', gives: { '{job="crm", component="backend", part="backend"}': 3 } }],
    ),
    '',
    'no component in maintenance, but one of several that depend on each other',
  );
});

testQueries(t, 'an outage shows in a timeline however long its steps are', (t, wrongAnswers) => {
  const query = (interval: string) => boardQuery(services(), 1, 'A', { __interval: interval });
  t.equal(
    wrongAnswers(
      { [component('backend', 'critical')]: '0x9 1x1 0x80', [component('backend', 'healthy')]: '1x9 0x1 1x80' },
      [
        { query: query('30m'), at: '30m', gives: { '{job="crm", component="backend"}': 3 } },
        { query: query('30m'), at: '60m', gives: { '{job="crm", component="backend"}': 0 } },
        { query: query('15s'), at: '20m', gives: { '{job="crm", component="backend"}': 0 } },
        { query: query('15s'), at: '10m30s', gives: { '{job="crm", component="backend"}': 3 } },
      ],
    ),
    '',
  );
});

testQueries(t, 'an alert has what it is about, since when, and its board', (t, wrongAnswers) => {
  const labels =
    'alertname="AiCrmHostDiskHigh",area="host",instance="a:1",job="crm",mountpoint="/data",severity="critical"';
  const late = 'alertname="AiCrmExporterLate",area="exporter",instance="a:1",job="crm",severity="warning"';
  const answer = (own: string, about: string, board: string, state: string, severity: string, name: string) =>
    `{${[...own.split(','), `about="${about}"`, `board="${board}"`, `alertstate="${state}"`, `urgency="${state} ${severity}"`, `runbook="${name}"`, `alert="${name}"`].sort().join(', ')}}`;
  t.equal(
    wrongAnswers(
      {
        [`ALERTS{${labels},alertstate="firing"}`]: '1x5',
        [`ALERTS_FOR_STATE{${labels}}`]: '60x5',
        [`ALERTS{${late},alertstate="pending"}`]: '1x5',
        [`ALERTS_FOR_STATE{${late}}`]: '90x5',
      },
      [
        {
          query: boardQuery(board, 20),
          at: '3m',
          gives: { [answer(labels, '/data a:1', 'host', 'firing', 'critical', 'AiCrmHostDiskHigh')]: 60_000 },
        },
      ],
    ),
    '',
  );
});

testQueries(t, 'a response beyond its limits is marked, by the limits of that component', (t, wrongAnswers) => {
  const response = `aicrm_component_last_response_seconds{${exporter},component="backend"}`;
  const limit = (severity: string) =>
    `job_component:aicrm_component_response_threshold_seconds:max{job="crm",component="backend",severity="${severity}"}`;
  const query = boardQuery(services(), 2, 'D');
  t.equal(
    wrongAnswers({ [response]: '1x4 3x4 6x4', [limit('warning')]: '2x20', [limit('critical')]: '5x20' }, [
      { query, at: '2m', gives: { '{component="backend"}': 0.5 } },
      { query, at: '7m', gives: { '{component="backend"}': 1.5 } },
      { query, at: '12m', gives: { '{component="backend"}': 1_000_003 } },
    ]),
    '',
  );
});

testQueries(t, 'a page has the reason of its broken files, and without pages a line says so', (t, wrongAnswers) => {
  const page = (what: string, more = '') => `aicrm_component_page_${what}{${exporter},component="frontend"${more}}`;
  const failed = (reason: string) => page('failed_resources', `,reason="${reason}"`);
  const [loads, why] = [boardQuery(services(), 8), boardQuery(services(), 8, 'E')];
  const series = { [page('load_seconds')]: '0.5x5', [failed('type')]: '2x5', [failed('status')]: '1x5' };
  t.equal(
    wrongAnswers(series, [
      { query: loads, at: '2m', gives: { '{component="frontend"}': 0.5 } },
      { query: boardQuery(services(), 8, 'D'), at: '2m', gives: { '{component="frontend"}': 3 } },
      { query: why, at: '2m', gives: { '{component="frontend", reason="type"}': 2 } },
    ]),
    '',
  );
  t.equal(
    wrongAnswers({}, [
      {
        query: `count by (note) (${loads})`,
        at: '2m',
        gives: { '{note="no component has page: true, or no page answers"}': 1 },
      },
    ]),
    '',
  );
});

testQueries(t, 'an alert leads to its component on Services, and a job that reports in to none', (t, wrongAnswers) => {
  const alert = (name: string, component: string) => {
    const labels = `job="crm",alertname="${name}",component="${component}",area="services",severity="critical"`;
    return { [`ALERTS{${labels},alertstate="firing"}`]: '1x5', [`ALERTS_FOR_STATE{${labels}}`]: '60x5' };
  };
  const series = { ...alert('AiCrmComponentDown', 'backend'), ...alert('AiCrmHeartbeatMissed', 'nightly_backup') };
  const query = `count by (component, chosen) (${boardQuery(board, 20)})`;
  t.equal(
    wrongAnswers(series, [
      {
        query,
        at: '2m',
        gives: { '{component="backend", chosen="backend"}': 1, '{component="nightly_backup"}': 1 },
      },
    ]),
    '',
  );
});
