import { isoTime } from '../base/clock.js';
import { levelWord } from '../base/level.js';
import { phases } from '../base/reason.js';
import { printableLine } from '../base/text.js';
import type { ProbeReport, ProbeRequest } from './service.js';

/** Everything about one probe as plain text: the request, the log, the result and its metrics. */
export function probeText(request: ProbeRequest, report: ProbeReport): string {
  const { reading } = report;
  const sections: readonly (readonly [heading: string, lines: readonly string[]])[] = [
    ['Log', reading.log],
    ['Phases', phases.flatMap((phase) => pair(phase, seconds(reading.phases[phase])))],
    ['Headers', reading.headers.map(([name, value]) => `${name}: ${value}`)],
    ['Reading', readingLines(request, report)],
    ['Metrics', report.render('text').trimEnd().split('\n')],
  ];
  return sections
    .map(([heading, lines]) => `${heading}:\n${lines.length === 0 ? '  none\n' : indented(lines)}`)
    .join('\n');
}

function readingLines(request: ProbeRequest, { reading }: ProbeReport): readonly string[] {
  const { certificate } = reading;
  return [
    ...pair('target', reading.target),
    ...pair('module', request.module),
    ...pair('scrape timeout', seconds(request.timeoutSeconds)),
    ...pair('level', levelWord(reading.level)),
    ...pair('up', reading.up ? 'yes' : 'no'),
    ...pair('reason', reading.reason ?? undefined),
    ...pair('message', reading.message),
    ...pair('response', seconds(reading.responseSeconds)),
    ...pair('status code', reading.statusCode),
    ...pair('bytes', reading.responseBytes),
    ...pair('ip version', reading.ipProtocol),
    ...pair('uptime', seconds(reading.uptimeSeconds)),
    ...pair(
      'certificate until',
      certificate &&
        [
          isoTime(certificate.expiryTimestampSeconds) ?? 'unreadable',
          ...(certificate.whose === undefined ? [] : [`(${certificate.whose})`]),
        ].join(' '),
    ),
    ...pair('certificate valid', certificate && (certificate.verified ? 'yes' : 'no')),
    ...reading.checks.flatMap(({ name, level }) => pair(`check ${name}`, levelWord(level))),
  ];
}

function pair(name: string, value: string | number | undefined): readonly string[] {
  return value === undefined ? [] : [`${name}: ${value}`];
}

function seconds(value: number | undefined): string | undefined {
  return value === undefined ? undefined : `${Number(value.toFixed(6))} s`;
}

/** Each line stays one line, because text of a server must not forge lines of this report or control a terminal. */
function indented(lines: readonly string[]): string {
  return lines.map((line) => `  ${printableLine(line)}\n`).join('');
}
