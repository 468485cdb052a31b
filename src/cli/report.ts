import type { ComponentReading } from '../collectors/reading.js';
import { printable } from '../http/printable.js';
import { levelWord, type Level } from '../level.js';
import { phases } from '../reason.js';
import type { ComponentOverview, Overview } from '../status/overview.js';

/** A sign for each level, so that no level is told by its colour alone. */
export const levelSigns: Readonly<Record<Level, string>> = { healthy: '✔', warning: '▲', critical: '✖', unknown: '?' };

/**
 * The report of `check` as text: the level of the whole, then a line for each component and each resource of the host, the
 * worst first. With `verbose` every probe's steps, phases and answer headers follow its line.
 */
export function renderReport(overview: Overview, options: { readonly verbose: boolean }): string {
  const width = Math.max(4, ...overview.components.map(({ name }) => name.length), ...overview.host.map(({ name }) => name.length));
  const lines = [`AI-CRM is ${levelWord(overview.level)}  ${new Date(overview.atSeconds * 1000).toISOString()}`, ''];
  for (const component of overview.components) {
    const { reading } = component;
    lines.push(`${start(component.level, component.name, width)}  ${time(reading).padStart(8)}  ${remark(component)}`);
    if (options.verbose && reading !== undefined) lines.push(...details(reading));
  }
  if (overview.host.length > 0) lines.push('');
  for (const { level, name, message } of overview.host) lines.push(`${start(level, name, width)}  ${''.padStart(8)}  ${message}`);
  const failed = overview.collectors.filter(({ success }) => !success);
  if (failed.length > 0) lines.push('', ...failed.map(({ name, error }) => `? could not measure ${name}: ${error ?? 'unknown error'}`));
  // What components answer may neither steer a terminal nor hide text.
  return `${lines.map(printable).join('\n')}\n`;
}

function start(level: Level, name: string, width: number): string {
  return `${levelSigns[level]} ${levelWord(level).padEnd(8)}  ${name.padEnd(width)}`;
}

function time(reading: ComponentReading | undefined): string {
  if (reading === undefined) return '';
  return reading.responseSeconds < 1 ? `${(reading.responseSeconds * 1000).toFixed(1)} ms` : `${reading.responseSeconds.toFixed(2)} s`;
}

function remark({ reading, inMaintenance, suspects }: ComponentOverview): string {
  const checks = reading?.checks.filter(({ level }) => level !== 'healthy') ?? [];
  return [
    reading === undefined ? 'not measured' : `${reading.message}${reading.reason === null ? '' : ` (${reading.reason})`}`,
    ...(checks.length === 0 ? [] : [`inside: ${checks.map(({ name, level }) => `${name} ${levelWord(level)}`).join(', ')}`]),
    ...(suspects.length === 0 ? [] : [`look first at ${suspects.join(', ')}`]),
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
