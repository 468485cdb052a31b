import {
  hostCpuSeconds,
  hostCpus,
  hostDiskIoTime,
  hostDiskReadBytes,
  hostDiskWrittenBytes,
  hostFilesystemAvailable,
  hostLoad1,
  hostLoad5,
  hostLoad15,
  hostMemoryAvailable,
  hostMemoryTotal,
  hostNetworkConnections,
  hostNetworkReceive,
  hostNetworkTransmit,
  hostPressureWaiting,
  hostProcesses,
  hostSwapIn,
  hostSwapOut,
} from '../../../src/metrics/host-metrics.js';
import { row } from '../../board.js';
import { linkTo } from '../../links.js';
import { colors } from '../../panels/defaults.js';
import { over } from '../../panels/query.js';
import { dashedLine, inColor, stackedSeries, timeSeries } from '../../panels/time-series.js';
import { greatest, least, perSecond } from '../../queries/aggregate.js';
import { select, selectRecord } from '../../queries/selector.js';
import { notMeasured, ofContainer } from './words.js';

const links = [linkTo('services', 'What runs on it')];

/**
 * The row with all details of one host. Grafana repeats the row for each value of the variable `instance`. So each panel has one host, and
 * the aggregation over instances has only one value.
 */
export function details() {
  return [
    row(40, 'Host of $instance', 25, { repeat: 'instance' }),
    ...cpuAndMemory(),
    ...inAndOut(),
    row(60, 'More of $instance', 42, {
      repeat: 'instance',
      collapsed: [...counts(), ...waiting()],
    }),
  ];
}

function cpuAndMemory() {
  const cpuTime = perSecond(select(hostCpuSeconds));
  return [
    stackedSeries({
      id: 41,
      title: 'CPU by mode',
      description:
        'What the CPUs spent their time on; the rest up to 100 % was idle. iowait counts as idle as well: the CPU could have worked while programs waited for a disk. Much steal: the hypervisor runs too many machines.',
      at: [0, 26, 12, 8],
      unit: 'ratio',
      max: 1,
      names: ['user', 'iowait', 'system', 'steal', 'softirq', 'nice', 'irq'],
      // The divisor is the sum of all modes and not the elapsed time. The exporter reads the counters once a minute, so elapsed time would
      // draw a saw-tooth.
      queries: [
        over(
          greatest(
            `${perSecond(select(hostCpuSeconds, { mode: '!="idle"' }))} / on (job, instance) group_left () sum by (job, instance) (${cpuTime})`,
            'mode',
          ),
          '{{mode}}',
        ),
      ],
      noValue: notMeasured,
      links,
    }),
    timeSeries({
      id: 42,
      title: 'Memory in use and in all',
      description:
        'Memory that new programs cannot get; dashed, all memory. A line that only rises is a leak: the kernel will kill the program.',
      at: [12, 26, 12, 8],
      unit: 'bytes',
      queries: [
        over(greatest(`${select(hostMemoryTotal)} - ${select(hostMemoryAvailable)}`), 'in use'),
        over(greatest(select(hostMemoryTotal)), 'in all'),
      ],
      noValue: notMeasured,
      links,
    })
      .overrideByName('in use', inColor(colors.data))
      .overrideByName('in all', dashedLine(colors.past)),
  ];
}

function inAndOut() {
  return [
    timeSeries({
      id: 43,
      title: 'Load of 1, 5, 15 minutes',
      description:
        'Programs that ran or waited; dashed, the number of CPUs. Above it some wait. When the 1 minute line is above the others, it is getting worse.',
      at: [0, 34, 8, 8],
      unit: 'number',
      queries: [
        over(greatest(select(hostLoad1)), '1 min'),
        over(greatest(select(hostLoad5)), '5 min'),
        over(greatest(select(hostLoad15)), '15 min'),
        over(greatest(select(hostCpus)), 'CPUs'),
      ],
      noValue: 'not known: host is disabled, or its system has no load average',
      links,
    })
      .overrideByName('1 min', inColor(colors.shades[0]))
      .overrideByName('5 min', inColor(colors.shades[1]))
      .overrideByName('15 min', inColor(colors.shades[2]))
      .overrideByName('CPUs', dashedLine(colors.past)),
    timeSeries({
      id: 44,
      title: 'Network',
      description: `Bytes in each second over five minutes by device: received above the line, sent below it. Worry when it stops, or stays at the limit of the connection. ${ofContainer}`,
      at: [8, 34, 8, 8],
      unit: 'bytesPerSecond',
      // The exporter reads these counters once a minute. A rate needs several readings.
      step: '5m',
      startsAtZero: false,
      names: [],
      queries: [
        over(greatest(perSecond(select(hostNetworkReceive)), 'device'), '{{device}} received'),
        over(greatest(perSecond(select(hostNetworkTransmit)), 'device'), '{{device}} sent'),
      ],
      noValue: 'not measured: host is disabled, or has no network device',
      links,
    }).overrideByQuery('B', [{ id: 'custom.transform', value: 'negative-Y' }]),
    timeSeries({
      id: 45,
      title: 'Room left',
      description: `Bytes left in each file system. The file system is full where a falling line meets the axis; in a sawtooth line something is cleaned up regularly. ${ofContainer}`,
      at: [16, 34, 8, 8],
      unit: 'bytes',
      names: [],
      queries: [over(least(select(hostFilesystemAvailable), 'mountpoint'), '{{mountpoint}}')],
      noValue: 'not measured: host is disabled, or no file system answers',
      links,
    }),
  ];
}

function counts() {
  return [
    timeSeries({
      id: 46,
      title: 'TCP connections',
      description: `TCP sockets by state; dashed, how many in use were usual in the last week, from a day of data on. In use rises without more users: connections are not closed. Many orphaned: an attack, or clients that disappear. ${ofContainer}`,
      at: [0, 43, 8, 7],
      unit: 'count',
      names: ['in_use', 'time_wait', 'orphaned'],
      queries: [
        over(greatest(select(hostNetworkConnections), 'state'), '{{state}}'),
        over(greatest(selectRecord('job_instance:aicrm_host_network_connections_in_use:avg1w')), 'usual in_use'),
      ],
      noValue: notMeasured,
      links,
    }).overrideByName('usual in_use', dashedLine(colors.past)),
    timeSeries({
      id: 47,
      title: 'Processes',
      description: `Number of processes. If it only rises, a program starts processes and does not end them. ${ofContainer}`,
      at: [8, 43, 8, 7],
      unit: 'count',
      legend: 'none',
      queries: [over(greatest(select(hostProcesses)), 'processes')],
      noValue: notMeasured,
      links,
    }).overrideByName('processes', inColor(colors.data)),
    timeSeries({
      id: 48,
      title: 'Swap',
      description:
        'Memory pages in each second that were read from swap, and written to it. Worry when both continue: there is too little memory, and everything waits for the disk.',
      at: [16, 43, 8, 7],
      unit: 'perSecond',
      step: '5m',
      names: ['in', 'out'],
      queries: [
        over(greatest(perSecond(select(hostSwapIn))), 'in'),
        over(greatest(perSecond(select(hostSwapOut))), 'out'),
      ],
      noValue: 'no swap, or host is disabled',
      links,
    }),
  ];
}

/** Disk activity and pressure: what programs wait for. */
function waiting() {
  return [
    timeSeries({
      id: 49,
      title: 'Disk: read and written',
      description: 'Bytes in each second by disk: read above the line, written below it.',
      at: [0, 50, 8, 7],
      unit: 'bytesPerSecond',
      step: '5m',
      startsAtZero: false,
      names: [],
      queries: [
        over(greatest(perSecond(select(hostDiskReadBytes)), 'device'), '{{device}} read'),
        over(greatest(perSecond(select(hostDiskWrittenBytes)), 'device'), '{{device}} written'),
      ],
      noValue: 'not measured: host is disabled, or reports no disk',
      links,
    }).overrideByQuery('B', [{ id: 'custom.transform', value: 'negative-Y' }]),
    timeSeries({
      id: 51,
      title: 'Disk: busy',
      description:
        'Share of the time in which a disk was busy. Near 100 % for minutes, programs wait for it; an SSD can still do more then.',
      at: [8, 50, 8, 7],
      unit: 'ratio',
      max: 1,
      step: '5m',
      names: [],
      queries: [over(greatest(perSecond(select(hostDiskIoTime)), 'device'), '{{device}}')],
      noValue: 'not measured: host is disabled, or reports no disk',
      links,
    }),
    timeSeries({
      id: 52,
      title: 'Pressure',
      description:
        'Share of the time in which some program waited for CPU, memory or disk (pressure stall information of Linux). Worry when memory or io stays above a few percent: there is too little of it.',
      at: [16, 50, 8, 7],
      unit: 'ratio',
      step: '5m',
      names: ['cpu', 'io', 'memory'],
      queries: [over(greatest(perSecond(select(hostPressureWaiting)), 'resource'), '{{resource}}')],
      noValue: 'not known: host is disabled, or its kernel does not report it',
      links,
    }),
  ];
}
