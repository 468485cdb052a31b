import { type Level, levelSigns, levelWord } from '../base/level.js';
import { phases, reasonWords } from '../base/reason.js';
import { printableLine } from '../base/text.js';
import type { ComponentReading } from '../collector.js';
import type {
  ComponentOverview,
  HeartbeatOverview,
  Overview,
  SourceOverview,
  TransactionOverview,
} from '../status/overview.js';

/**
 * The report of `check` as text: the level of AI-CRM, then a line for each component, transaction, job, measure and
 * resource of the host, the worst first, and a line for each data source with a problem. `verbose` adds steps, phases
 * and headers of each probe, and steps of each transaction. `subject` names the checked components if not all are
 * checked.
 */
export function renderReport(
  overview: Overview,
  options: { readonly verbose: boolean; readonly subject?: string },
): string {
  const { components, transactions, heartbeats, measures, host, sources } = overview;
  const width = Math.max(
    4,
    ...[components, transactions, heartbeats, measures, host, notableSources(sources)]
      .flat()
      .map(({ name }) => name.length),
  );
  const lines = [
    `${options.subject === undefined ? `${overview.name} is` : `${options.subject}:`} ${levelWord(overview.level)}  ${new Date(overview.atSeconds * 1000).toISOString()}`,
    '',
  ];
  for (const component of components) {
    const { reading } = component;
    lines.push(
      `${start(component.level, component.name, width)}  ${time(reading?.responseSeconds)}  ${remark(component)}`,
    );
    if (options.verbose && reading !== undefined) lines.push(...details(reading));
  }
  if (transactions.length > 0)
    lines.push('', ...transactions.flatMap((transaction) => transactionLines(transaction, width, options.verbose)));
  if (heartbeats.length > 0) lines.push('', ...heartbeats.map((heartbeat) => heartbeatLine(heartbeat, width)));
  for (const group of [measures, host]) {
    if (group.length > 0)
      lines.push(
        '',
        ...group.map(({ level, name, message }) => `${start(level, name, width)}  ${time(undefined)}  ${message}`),
      );
  }
  if (sources.length > 0) lines.push('', ...sourceLines(sources, width));
  const failed = overview.collectors.filter(({ success }) => !success);
  if (failed.length > 0)
    lines.push('', ...failed.map(({ name, error }) => `? could not measure ${name}: ${error ?? 'unknown error'}`));
  // Answers of components must not control the terminal or hide text.
  return `${lines.map(printableLine).join('\n')}\n`;
}

function start(level: Level, name: string, width: number): string {
  return `${levelSigns[level]} ${levelWord(level).padEnd(8)}  ${name.padEnd(width)}`;
}

/** Right-aligned in a fixed width. */
function time(seconds: number | undefined): string {
  if (seconds === undefined) return ''.padStart(8);
  return (seconds < 1 ? `${(seconds * 1000).toFixed(1)} ms` : `${seconds.toFixed(2)} s`).padStart(8);
}

function remark({ reading, level, countsAs, inMaintenance, suspects }: ComponentOverview): string {
  const checks = reading?.checks.filter(({ level }) => level !== 'healthy') ?? [];
  return [
    reading?.message ?? 'not measured',
    ...(checks.length === 0
      ? []
      : [`inside: ${checks.map(({ name, level }) => `${name} ${levelWord(level)}`).join(', ')}`]),
    ...(suspects.length === 0 ? [] : [`look first at ${suspects.join(', ')}`]),
    ...(level === countsAs ? [] : [`counts as ${levelWord(countsAs)}`]),
    ...(inMaintenance ? ['in maintenance'] : []),
  ].join('; ');
}

function details(reading: ComponentReading): string[] {
  const measured = phases.flatMap((phase) => {
    const seconds = reading.phases[phase];
    return seconds === undefined ? [] : [`${phase} ${(seconds * 1000).toFixed(1)} ms`];
  });
  return [
    `    ${reading.target}`,
    ...reading.log.map((line) => `    ${line}`),
    ...(measured.length === 0 ? [] : [`    phases: ${measured.join(', ')}`]),
    ...reading.headers.map(([name, value]) => `    < ${name}: ${value}`),
    '',
  ];
}

function transactionLines({ name, level, reading }: TransactionOverview, width: number, verbose: boolean): string[] {
  const said = reading?.message ?? 'not run';
  const steps = verbose ? (reading?.steps ?? []) : [];
  return [
    `${start(level, name, width)}  ${time(reading?.durationSeconds)}  ${said}`,
    ...steps.map(
      (step) =>
        `    ${step.name}: ${time(step.durationSeconds).trimStart()}${step.reason === null ? '' : `, failed (${reasonWords[step.reason]})`}`,
    ),
  ];
}

function heartbeatLine({ level, name, message, inMaintenance, state }: HeartbeatOverview, width: number): string {
  return `${start(level, name, width)}  ${time(state.runtimeSeconds)}  ${message}${inMaintenance ? '; in maintenance' : ''}`;
}

/** Sources without numbers, or with notices about their numbers. */
function notableSources(sources: readonly SourceOverview[]): readonly SourceOverview[] {
  return sources.filter(({ reading }) => reading?.up !== true || reading.isOff === true || reading.notices.length > 0);
}

/** The number of sources that are up, then the notable sources. */
function sourceLines(sources: readonly SourceOverview[], width: number): string[] {
  const asked = sources.filter(({ reading }) => reading?.isOff !== true);
  const up = asked.filter(({ reading }) => reading?.up === true).length;
  const off = asked.length === sources.length ? '' : `, ${sources.length - asked.length} off`;
  const missing =
    asked.length === up
      ? ''
      : `; ${asked.length === 1 ? 'its numbers' : up === 0 ? 'their numbers' : 'the numbers of the others'} are missing`;
  return [
    `${up} of ${asked.length} data ${asked.length === 1 ? 'source is' : 'sources are'} up${off}${missing}`,
    ...notableSources(sources).flatMap(({ name, reading }, index, all) => {
      const before = all[index - 1]?.reading;
      const line = (sign: string, word: string, text: string) =>
        `${sign} ${word.padEnd(8)}  ${name.padEnd(width)}  ${time(undefined)}  ${text}`;
      if (reading === undefined) return [line(levelSigns.unknown, '', 'not queried')];
      const isRepeated = reading.isShared === true && before?.message === reading.message;
      if (!reading.up) return [line(levelSigns.critical, 'down', isRepeated ? 'likewise' : reading.message)];
      if (reading.isOff === true) return [line('–', 'off', reading.message)];
      return reading.notices.map((notice) => line(levelSigns.warning, 'up', notice));
    }),
  ];
}
