import {
  hostBootTime,
  hostCpus,
  hostCpuUsage,
  hostFilesystemUsage,
  hostLoad1,
  hostMemoryUsage,
} from '../../../src/metrics/host-metrics.js';
import { linkTo } from '../../links.js';
import { now } from '../../panels/query.js';
import { stat } from '../../panels/stat.js';
import { greatest, least } from '../../queries/aggregate.js';
import { secondsUntilFull } from '../../queries/host.js';
import { judged } from '../../queries/judged.js';
import { select } from '../../queries/selector.js';
import { ratioLimits } from '../../queries/threshold.js';
import { diskFullIn } from './words.js';

/** The first line: for each resource one number, of the worst host. */
export function hostStats() {
  const links = [linkTo('services', 'What runs on it')];
  return [
    stat({
      id: 1,
      title: 'CPU',
      description:
        'Share of CPU time that was not idle between the last two measurements; of several hosts, the busiest. Amber and red are the limits of alert_thresholds: worry when the colour stays.',
      at: [0, 0, 4, 4],
      unit: 'ratio',
      queries: [now(judged(greatest(select(hostCpuUsage)), ratioLimits('cpu_usage'), 'CPU'), '{{is}}')],
      noValue: 'not measured',
      why: 'host is disabled',
      links,
    }),
    stat({
      id: 2,
      title: 'Memory',
      description:
        'Share of memory that new programs cannot get; of several hosts, the fullest. When no memory is left, the kernel kills the largest program, which may be the database.',
      at: [4, 0, 4, 4],
      unit: 'ratio',
      queries: [now(judged(greatest(select(hostMemoryUsage)), ratioLimits('memory_usage'), 'memory'), '{{is}}')],
      noValue: 'not measured',
      why: 'host is disabled',
      links,
    }),
    stat({
      id: 3,
      title: 'Disk',
      description:
        'Used share of the fullest file system of all hosts. The table of file systems shows which one it is.',
      at: [8, 0, 4, 4],
      unit: 'ratio',
      queries: [now(judged(greatest(select(hostFilesystemUsage)), ratioLimits('disk_usage'), 'file system'), '{{is}}')],
      noValue: 'not measured',
      why: 'host is disabled',
      links,
    }),
    stat({
      id: 4,
      title: 'Full in',
      description:
        'Time until the first file system is full, if it grows as in the last six hours. Below a day, look at it even if it is below the limits. Needs three hours of data, and the recording rules. It may also fill up and be cleaned up every day: see Room left.',
      at: [12, 0, 4, 4],
      unit: 'duration',
      queries: [now(least(secondsUntilFull), 'full in')],
      noValue: 'not foreseen',
      why: 'no disk fills up, or that is not known yet',
      links,
    }).mappings(diskFullIn),
    stat({
      id: 5,
      title: 'Load/CPU',
      description:
        'Programs that ran or waited over the last minute, for each CPU; of several hosts, the greatest. Above 1 some programs wait. High load and an idle CPU mean that they wait for disks.',
      at: [16, 0, 4, 4],
      unit: 'number',
      queries: [now(greatest(`${select(hostLoad1)} / ${select(hostCpus)}`), 'load')],
      why: 'host is disabled, or its system has no load average',
      links,
    }),
    stat({
      id: 6,
      title: 'Up for',
      description:
        'Time since the host was booted; of several hosts, the one booted last. Shorter than expected: it crashed, or somebody rebooted it.',
      at: [20, 0, 4, 4],
      unit: 'duration',
      queries: [now(`time() - ${greatest(select(hostBootTime))}`, 'up')],
      noValue: 'not measured',
      why: 'host is disabled',
      links,
    }),
  ];
}
