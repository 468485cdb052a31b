import {
  hostBootTime,
  hostContainer,
  hostCpus,
  hostFilesystemAvailable,
  hostFilesystemInodes,
  hostFilesystemInodesFree,
  hostFilesystemReadonly,
  hostFilesystemSize,
  hostFilesystemUsage,
  hostInfo,
  hostLoad1,
  hostMemoryTotal,
} from '../../../src/metrics/host-metrics.js';
import { linkTo } from '../../links.js';
import { colors } from '../../panels/defaults.js';
import { absentAs, levelMappings, words } from '../../panels/mappings.js';
import { over, rows } from '../../panels/query.js';
import { stateTimeline } from '../../panels/state-timeline.js';
import { table } from '../../panels/table.js';
import { timeSeries } from '../../panels/time-series.js';
import { greatest, least } from '../../queries/aggregate.js';
import { secondsUntilFull } from '../../queries/host.js';
import { levelByLimits } from '../../queries/judged.js';
import { select, selectRecord } from '../../queries/selector.js';
import { forEachLine } from '../../queries/table-column.js';
import { ratioLimits } from '../../queries/threshold.js';
import { hostAgainstLimits } from '../host-limits.js';
import { diskFullIn, notMeasured, ofContainer } from './words.js';

const thisHost = () => linkTo('host', 'Only this host', { instance: '${__field.labels.instance:percentencode}' });
const hostInTable = () => linkTo('host', 'Only this host', { instance: '${__value.raw:percentencode}' });

/** CPU, memory and disk beside the limits of `alert_thresholds`: a line for each host, with the name of its exporter. */
export function limits() {
  const against = (id: number, title: string, x: number, thing: 'cpu' | 'memory' | 'disk') =>
    hostAgainstLimits({
      id,
      title,
      at: [x, 4, 8, 8],
      thing,
      name: '{{instance}}',
      isByHost: true,
      names: [],
      links: [linkTo('services', 'What runs on it')],
      // Only lines of hosts link to a host. A limit belongs to no host.
    }).overrideByQuery('A', [{ id: 'links', value: [thisHost().build()] }]);
  return [
    against(10, 'CPU against limits', 0, 'cpu'),
    against(11, 'Memory against limits', 8, 'memory'),
    against(12, 'Fullest disk and limits', 16, 'disk'),
  ];
}

/** Each file system: its use, and when it is full. Beside it, the load of each CPU. */
export function filesystems() {
  const by = ['instance', 'mountpoint'] as const;
  const usage = greatest(select(hostFilesystemUsage), ...by);
  // This is the condition of the alert. A file system that was read-only from the start is not a fault.
  const locked = `${greatest(select(hostFilesystemReadonly), ...by)} == 1 and on (job, instance, mountpoint) ${selectRecord('job_instance_mountpoint:aicrm_host_filesystem_writable:timestamp')}`;
  const inodes = `1 - ${least(select(hostFilesystemInodesFree), ...by)} / ${greatest(select(hostFilesystemInodes), ...by)}`;
  return [
    table({
      id: 20,
      title: 'File systems',
      description: `Each file system of each host, the worst first, by the limits disk_usage of alert_thresholds. READ-ONLY: it was writable before. Inodes: the used share; without free inodes no file can be created. “Full in”: time until it is full, if it continues as in the last six hours; “not foreseen” if it does not fill up, or if three hours of data or the recording rules are missing. Worry below a day. ${ofContainer}`,
      at: [0, 12, 18, 8],
      queries: [
        rows(`4 * (${locked}) or ${levelByLimits(usage, ratioLimits('disk_usage'))} or NaN * ${usage}`),
        rows(forEachLine(usage, usage)),
        rows(forEachLine(usage, least(select(hostFilesystemAvailable), ...by))),
        rows(forEachLine(usage, greatest(select(hostFilesystemSize), ...by))),
        rows(forEachLine(usage, inodes)),
        rows(forEachLine(usage, least(secondsUntilFull, ...by))),
      ],
      isMerged: true,
      columns: [
        {
          field: 'Value #A',
          title: 'State',
          cell: 'level',
          widthPixels: 120,
          mappings: [...words([['4', '✖ READ-ONLY', colors.critical]]), ...levelMappings],
        },
        { field: 'mountpoint', title: 'Mounted on' },
        { field: 'Value #B', title: 'In use', unit: 'ratio', cell: 'bar', max: 1, widthPixels: 120 },
        { field: 'Value #C', title: 'Left', unit: 'bytes', widthPixels: 80 },
        { field: 'Value #D', title: 'Size', unit: 'bytes', widthPixels: 80 },
        { field: 'Value #E', title: 'Inodes', unit: 'ratio', widthPixels: 65, mappings: absentAs('–') },
        {
          field: 'Value #F',
          title: 'Full in',
          unit: 'duration',
          cell: 'level',
          widthPixels: 100,
          mappings: [...absentAs('not foreseen'), ...diskFullIn],
        },
        { field: 'instance', title: 'Host of', widthPixels: 130, links: [hostInTable()] },
      ],
      sortBy: 'State',
      noValue: 'not measured: host is disabled, or no file system answers',
    }),
    timeSeries({
      id: 21,
      title: 'Load per CPU over time',
      description:
        'Programs that ran or waited over a minute, for each CPU; a line for each host, named by its exporter. Above 1 some programs wait; worry when it stays there.',
      at: [18, 12, 6, 8],
      unit: 'number',
      names: [],
      queries: [over(greatest(`${select(hostLoad1)} / ${select(hostCpus)}`, 'instance'), '{{instance}}')],
      noValue: 'not known: host is disabled, or its system has no load average',
      links: [thisHost()],
    }),
  ];
}

/** Which exporter runs on which host, and when each host was booted. */
export function hosts() {
  const host = greatest(select(hostInfo), 'instance');
  const of = (expression: string) => rows(forEachLine(host, expression));
  return [
    table({
      id: 30,
      title: 'Hosts',
      description:
        'The machine that each exporter runs on. Two exporters on one machine are two lines with the same host name. “A container”: file systems, network and processes are those of the container only, CPU, memory and load those of the machine.',
      at: [0, 20, 18, 5],
      queries: [
        rows(greatest(select(hostInfo), 'instance', 'hostname', 'os', 'kernel')),
        of(greatest(select(hostCpus), 'instance')),
        of(greatest(select(hostMemoryTotal), 'instance')),
        of(`time() - ${greatest(select(hostBootTime), 'instance')}`),
        of(greatest(select(hostContainer), 'instance')),
      ],
      isMerged: true,
      columns: [
        { field: 'hostname', title: 'Host' },
        { field: 'instance', title: 'Exporter', minWidthPixels: 140, links: [hostInTable()] },
        { field: 'os', title: 'System' },
        { field: 'kernel', title: 'Kernel' },
        { field: 'Value #B', title: 'CPUs', unit: 'count', widthPixels: 55, mappings: absentAs('–') },
        { field: 'Value #C', title: 'Memory', unit: 'bytes', widthPixels: 80, mappings: absentAs('–') },
        { field: 'Value #D', title: 'Up for', unit: 'duration', widthPixels: 90, mappings: absentAs('–') },
        {
          field: 'Value #E',
          title: 'It sees',
          widthPixels: 95,
          mappings: words([
            ['0', 'the host', colors.text],
            ['1', 'a container', colors.text],
          ]),
        },
      ],
      sortBy: 'Host',
      ascending: true,
      noValue: notMeasured,
    }),
    stateTimeline({
      id: 31,
      title: 'Reboots',
      description:
        'Whether a host was booted within each step; a line for each host, named by its exporter. A gap: Prometheus got no data from it. After more than six hours without an answer a reboot is not shown.',
      at: [18, 20, 6, 5],
      // changes() does not work here: the kernel moves the boot time by a second now and then, and there are no samples during a reboot.
      queries: [
        over(
          greatest(
            `${select(hostBootTime)} - last_over_time(${select(hostBootTime)}[6h] offset $__interval) > bool 60`,
            'instance',
          ),
          '{{instance}}',
        ),
      ],
      hasLegend: false,
      mappings: words([
        ['0', '✔ up', colors.healthy],
        ['1', '▲ booted', colors.warning],
      ]),
      noValue: 'not known yet, or not measured: host is disabled',
      links: [thisHost()],
    }),
  ];
}
