import t from 'tap';
import { host } from '../../../grafana/boards/host.js';
import { boardQuery, testQueries } from '../../support/board-query.js';

const board = host();
const boot = 'aicrm_host_boot_time_seconds{job="crm",instance="a:1"}';
const room = (instance: string, mountpoint: string) =>
  `aicrm_host_filesystem_available_bytes{job="crm",instance="${instance}",mountpoint="${mountpoint}",fstype="ext4"}`;
const until = (instance: string, mountpoint: string) =>
  `job_instance_mountpoint:aicrm_host_filesystem_available_bytes:seconds_to_zero6h{job="crm",instance="${instance}",mountpoint="${mountpoint}"}`;

testQueries(
  t,
  'a reboot is one mark, however long nobody answered meanwhile, and a boot time that moves by a second is none',
  (t, wrongAnswers) => {
    const query = boardQuery(board, 31);
    const mark = (value: number) => ({ '{job="crm", instance="a:1"}': value });
    // Up for half an hour, down for twenty minutes, and the kernel corrects its clock ten minutes later.
    t.equal(
      wrongAnswers({ [boot]: '1000x30 _x19 3000x9 3001x30' }, [
        { query, at: '30m', gives: mark(0) },
        { query, at: '40m', gives: {} },
        { query, at: '50m', gives: mark(1) },
        { query, at: '55m', gives: mark(0) },
        { query, at: '60m', gives: mark(0) },
        { query, at: '65m', gives: mark(0) },
      ]),
      '',
    );
  },
);

testQueries(t, 'the modes of a CPU are shares of one host, also where another one is watched', (t, wrongAnswers) => {
  const counter = (instance: string, mode: string) =>
    `aicrm_host_cpu_seconds_total{job="crm",instance="${instance}",mode="${mode}"}`;
  t.equal(
    wrongAnswers(
      {
        [counter('a:1', 'idle')]: '0+90x20',
        [counter('a:1', 'user')]: '0+30x20',
        [counter('b:1', 'idle')]: '0+0x20',
        [counter('b:1', 'user')]: '0+60x20',
      },
      [
        {
          query: boardQuery(board, 41, 'A', { instance: 'a:1' }),
          at: '10m',
          gives: { '{job="crm", mode="user"}': 0.25 },
        },
        { query: boardQuery(board, 41, 'A', { instance: 'b:1' }), at: '10m', gives: { '{job="crm", mode="user"}': 1 } },
      ],
    ),
    '',
  );
});

testQueries(t, 'a line of a host is its own, and the number above is that of the worst', (t, wrongAnswers) => {
  const usage = (instance: string) => `aicrm_host_cpu_usage_ratio{job="crm",instance="${instance}"}`;
  t.equal(
    wrongAnswers({ [usage('a:1')]: '0.25x5', [usage('b:1')]: '0.75x5' }, [
      { query: boardQuery(board, 1), at: '5m', gives: { '{is="CPU", job="crm"}': 0.75 } },
      {
        query: boardQuery(board, 10),
        at: '5m',
        gives: { '{job="crm", instance="a:1"}': 0.25, '{job="crm", instance="b:1"}': 0.75 },
      },
    ]),
    '',
  );
});

testQueries(
  t,
  'a file system has a forecast once it has been known for three hours, and a line of the table without one',
  (t, wrongAnswers) => {
    const usage = (mountpoint: string) =>
      `aicrm_host_filesystem_usage_ratio{job="crm",instance="a:1",mountpoint="${mountpoint}",fstype="ext4"}`;
    const series = {
      [room('a:1', '/')]: '1000-1x300',
      [until('a:1', '/')]: '7200x300',
      [room('a:1', '/new')]: '_x200 1000-1x100',
      [until('a:1', '/new')]: '_x200 600x100',
      [usage('/')]: '0.5x300',
      [usage('/new')]: '_x200 0.5x100',
    };
    const column = boardQuery(board, 20, 'F');
    t.equal(
      wrongAnswers(series, [
        { query: boardQuery(board, 4), at: '2h', gives: {} },
        { query: boardQuery(board, 4), at: '4h', gives: { '{job="crm"}': 7200 } },
        { query: `(${column}) > 0`, at: '4h', gives: { '{job="crm", instance="a:1", mountpoint="/"}': 7200 } },
        { query: `count(${column})`, at: '4h', gives: { '{}': 2 } },
      ]),
      '',
    );
  },
);

testQueries(t, 'a number has the level of the limits in force, and none without limits', (t, wrongAnswers) => {
  const usage = 'aicrm_host_cpu_usage_ratio{job="crm",instance="a:1"}';
  const limit = (severity: string) =>
    `aicrm_threshold_ratio{job="crm",instance="a:1",threshold="cpu_usage",severity="${severity}"}`;
  const query = boardQuery(board, 1);
  t.equal(
    wrongAnswers({ [usage]: '0.5x4 0.85x4 0.97x4', [limit('warning')]: '0.8x20', [limit('critical')]: '0.95x20' }, [
      { query, at: '2m', gives: { '{is="CPU", job="crm"}': 0.5 } },
      { query, at: '7m', gives: { '{is="▲ above warning", job="crm"}': 0.85 } },
      { query, at: '12m', gives: { '{is="✖ above critical", job="crm"}': 0.97 } },
    ]),
    '',
  );
  t.equal(wrongAnswers({ [usage]: '0.97x5' }, [{ query, at: '2m', gives: { '{is="CPU", job="crm"}': 0.97 } }]), '');
});

testQueries(t, 'a file system is at its level, and read-only only where it was writable', (t, wrongAnswers) => {
  const disk = (name: string, mountpoint: string) =>
    `aicrm_host_filesystem_${name}{job="crm",instance="a:1",mountpoint="${mountpoint}",fstype="ext4"}`;
  const limit = (severity: string) =>
    `aicrm_threshold_ratio{job="crm",instance="a:1",threshold="disk_usage",severity="${severity}"}`;
  const state = (mountpoint: string) => `{instance="a:1", job="crm", mountpoint="${mountpoint}"}`;
  t.equal(
    wrongAnswers(
      {
        [disk('usage_ratio', '/')]: '0.96x5',
        [disk('usage_ratio', '/data')]: '0.2x5',
        [disk('usage_ratio', '/cdrom')]: '0.92x5',
        [disk('readonly', '/')]: '0x5',
        [disk('readonly', '/data')]: '1x5',
        [disk('readonly', '/cdrom')]: '1x5',
        'job_instance_mountpoint:aicrm_host_filesystem_writable:timestamp{job="crm",instance="a:1",mountpoint="/data"}':
          '9x5',
        [limit('warning')]: '0.9x5',
        [limit('critical')]: '0.95x5',
      },
      [
        {
          query: boardQuery(board, 20),
          at: '4m',
          gives: { [state('/')]: 3, [state('/data')]: 4, [state('/cdrom')]: 2 },
        },
      ],
    ),
    '',
  );
});
