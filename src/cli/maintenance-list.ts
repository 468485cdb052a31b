import { systemClock } from '../clock.js';
import { occurrencesOf } from '../collectors/maintenance-calendar.js';
import type { MaintenanceWindow } from '../config/config.js';
import { formatDuration } from '../config/duration.js';
import { loadConfig } from '../config/load.js';
import type { Needs } from '../config/needs.js';
import { componentsOf } from '../sources/alertmanager/maintenance.js';
import type { Matcher, Silence } from '../sources/alertmanager/silence.js';
import { printableLine } from '../text.js';
import { accessTo, alertmanagerNeeds } from './alertmanager/access.js';
import { listSilences, timeOf } from './alertmanager/silences.js';
import { named } from './maintenance-components.js';
import type { AlertmanagerOptions, Surroundings } from './options.js';
import { createProgramClient } from './other-program/client.js';

/**
 * `maintenance list`: the windows of the configuration, each with its current or next occurrence, and the silences of
 * Alertmanager, one per line. Returns the exit code. Throws `ExporterError`, when Alertmanager does not answer only after the
 * windows are printed.
 */
export async function maintenanceList(
  options: AlertmanagerOptions,
  { environment, directory, out }: Surroundings,
): Promise<number> {
  const needsAccess = alertmanagerNeeds(options);
  const needs: Needs = (path) => path[0] === 'maintenance_windows' || needsAccess(path);
  const config = await loadConfig(options['config.file'], { environment, directory, needs });
  const now = systemClock.nowSeconds();
  out.write('Windows of the configuration\n');
  out.write(rows(await windowRows(config.maintenanceWindows, now), '  none\n'));
  const access = await accessTo(options, config.alertmanager, { environment, directory });
  const client = await createProgramClient(access);
  try {
    const silences = await listSilences(client);
    out.write(`\nSilences of ${access.url}\n`);
    out.write(
      rows(
        silences.map((silence) => silenceRow(silence, access.job, now)),
        '  none\n',
      ),
    );
  } finally {
    await client.close();
  }
  return 0;
}

async function windowRows(windows: readonly MaintenanceWindow[], now: number): Promise<readonly (readonly string[])[]> {
  return Promise.all(
    windows.map(async (window) => {
      const next = (await occurrencesOf(window))(now);
      const when = next === undefined ? ['never again', '', ''] : span(next.beginSeconds, next.endSeconds, now);
      return [window.name, ...when, named(window.components)];
    }),
  );
}

function silenceRow(silence: Silence, job: string | undefined, now: number): readonly string[] {
  const { id, matchers, startsAtSeconds, endsAtSeconds, createdBy, comment } = silence;
  const components = componentsOf(silence, job);
  const what = components === undefined ? `{${matchers.map(matcherText).join(', ')}}` : named(components);
  return [id, ...span(startsAtSeconds, endsAtSeconds, now), what, `${createdBy}: ${comment}`];
}

/** When it is, and how long that takes or how long there is left of it. */
function span(startsAtSeconds: number, endsAtSeconds: number, now: number): readonly string[] {
  if (endsAtSeconds === Infinity) return ['always', '', ''];
  if (startsAtSeconds > now)
    return ['from', minuteOf(startsAtSeconds), `for ${formatDuration(endsAtSeconds - startsAtSeconds)}`];
  return [
    'until',
    minuteOf(endsAtSeconds),
    `${formatDuration(Math.max(60, Math.round((endsAtSeconds - now) / 60) * 60))} left`,
  ];
}

function minuteOf(seconds: number): string {
  return timeOf(seconds)
    .replace(/:\d\d\.\d+Z$/, 'Z')
    .replace('T', ' ');
}

function matcherText({ name, value, isRegex, isEqual }: Matcher): string {
  return `${name}${isEqual ? (isRegex ? '=~' : '=') : isRegex ? '!~' : '!='}${JSON.stringify(value)}`;
}

function rows(cells: readonly (readonly string[])[], none: string): string {
  // What others wrote may neither steer a terminal nor make lines of its own.
  const shown = cells.map((row) => row.map((cell) => printableLine(cell)));
  const widths = (shown[0] ?? []).map((_cell, column) => Math.max(...shown.map((row) => row[column]?.length ?? 0)));
  return shown.length === 0
    ? none
    : shown
        .map(
          (row) =>
            `  ${row
              .map((cell, column) => cell.padEnd(widths[column] ?? 0))
              .join('  ')
              .trimEnd()}\n`,
        )
        .join('');
}
