import { userInfo } from 'node:os';
import { isoTime, systemClock } from '../base/clock.js';
import { ExporterError } from '../base/errors.js';
import { daySeconds, momentsOf } from '../base/local-time.js';
import { oneLine, printableLine } from '../base/text.js';
import type { Config } from '../config/config.js';
import { formatDuration } from '../config/duration.js';
import { loadConfig } from '../config/load.js';
import { suggestion } from '../config/nearest.js';
import type { Needs } from '../config/resolving.js';
import { type MaintenanceWindow, maintenanceSeconds } from '../config/sections/maintenance-section.js';
import { occurrencesOf } from '../maintenance/maintenance-calendar.js';
import { componentsOf, isMaintenanceOf, type Matcher, matchersOf, type Silence } from '../maintenance/silences.js';
import {
  type AlertmanagerAccess,
  type AlertmanagerOptions,
  accessTo,
  alertmanagerNeeds,
  createSilence,
  durationFlag,
  expireSilence,
  listSilences,
  timeOf,
} from '../stack/alertmanager-api.js';
import { createProgramClient, type ProgramClient } from '../stack/other-program.js';
import type { CommandSurroundings } from './options.js';

/** Flags of `maintenance start`. */
export interface MaintenanceStartOptions extends AlertmanagerOptions {
  readonly component?: readonly string[];
  readonly all?: true;
  readonly for: string;
  /** Start; absent means now. */
  readonly at?: string;
  readonly comment?: string;
}

/** Flags of `maintenance stop`. */
export interface MaintenanceStopOptions extends AlertmanagerOptions {
  readonly component?: readonly string[];
  readonly all?: true;
  readonly id?: readonly string[];
}

/**
 * The components of `--component` and `--all`, without duplicates. Throws `usage` for both or neither, and for an
 * unknown name, with a suggestion.
 */
export function componentsNamed(
  { component: names, all }: { readonly component?: readonly string[]; readonly all?: true },
  { componentNames, heartbeats, source }: Config,
): readonly string[] | 'all' {
  if ((names === undefined) === (all === undefined))
    throw new ExporterError('usage', 'give either --component with the names of components, or --all');
  if (names === undefined) return 'all';
  const known = [...componentNames, ...heartbeats.map(({ name }) => name)];
  for (const name of names) {
    if (known.includes(name)) continue;
    const where = source === null ? 'the built-in defaults; give your configuration with --config.file' : source;
    throw new ExporterError(
      'usage',
      `--component: there is no ${JSON.stringify(oneLine(name, 64))} in ${where}${suggestion(name, known)}`,
    );
  }
  return [...new Set(names)];
}

/** Components for people: `backend, postgres`, or `everything`. */
export function componentsText(components: readonly string[] | 'all'): string {
  return components === 'all' ? 'everything' : components.join(', ');
}

/**
 * `maintenance start`: creates one silence for the components or for everything, and prints its end. Returns the exit
 * code. Throws `ExporterError`: `usage`, `program_failed`, and errors of the configuration.
 */
export async function maintenanceStart(
  options: MaintenanceStartOptions,
  { environment, directory, out, errors }: CommandSurroundings,
): Promise<number> {
  const config = await configFor(options, { environment, directory });
  const components = componentsNamed(options, config);
  const durationSeconds = durationFlag('--for', options.for, maintenanceSeconds);
  const nowSeconds = systemClock.nowSeconds();
  const { seconds: startsAtSeconds, isSkipped }: Begin =
    options.at === undefined ? { seconds: nowSeconds, isSkipped: false } : beginOf(options.at, nowSeconds);
  const access = await accessTo(options, config.alertmanager, { environment, directory });
  const client = await createProgramClient(access);
  try {
    const endsAtSeconds = startsAtSeconds + durationSeconds;
    const id = await createSilence(client, {
      matchers: matchersOf(components, access.job),
      startsAtSeconds,
      endsAtSeconds,
      createdBy: userName(environment),
      comment: options.comment ?? `maintenance of ${componentsText(components)}`,
    });
    out.write(
      `${componentsText(components)}: maintenance ${options.at === undefined ? '' : `from ${timeOf(startsAtSeconds)} `}until ${timeOf(endsAtSeconds)} (${formatDuration(durationSeconds)}), silence ${id}\n`,
    );
  } finally {
    await client.close();
  }
  if (isSkipped)
    errors.write(
      `the clock of this machine is put forward and skips ${options.at}: the maintenance begins at ${timeOf(startsAtSeconds)}\n`,
    );
  if (config.alertmanager === undefined) {
    errors.write(
      'Alertmanager notifies nobody, but the exporter does not see the silence: set alertmanager.url in the configuration for its status page and aicrm_component_maintenance\n',
    );
  }
  return 0;
}

/** Reads the options for access to Alertmanager, and those of `needsMore`. */
function configFor(
  options: AlertmanagerOptions,
  from: Pick<CommandSurroundings, 'environment' | 'directory'>,
  needsMore: Needs = () => false,
): Promise<Config> {
  const needsAccess = alertmanagerNeeds(options);
  return loadConfig(options['config.file'], { ...from, needs: (path) => needsAccess(path) || needsMore(path) });
}

/** A start that is further away than this is an error, because a wrong year is easily overlooked. */
const farthestSeconds = 366 * 86_400;

/** The begin of a maintenance. */
interface Begin {
  readonly seconds: number;
  /** Whether the clock skips the time that was given. */
  readonly isSkipped: boolean;
}

/**
 * The Unix time of `--at`: `2027-01-03T22:00`, with a zone or in that of this machine, or `22:00` for the next time
 * that the clock shows it. A time that the clock skips is the moment of its change, as in `once` of a window. Throws
 * `usage`.
 */
export function beginOf(text: string, nowSeconds: number): Begin {
  if (/^([01]\d|2[0-3]):[0-5]\d$/.test(text)) {
    const today = timeOf(nowSeconds + localOffset(nowSeconds)).slice(0, 10);
    const clockSeconds = Date.parse(`${today}T${text}Z`) / 1000;
    const first = momentAfter(nowSeconds, clockSeconds);
    return first.seconds > nowSeconds ? first : momentAfter(nowSeconds, clockSeconds + daySeconds);
  }
  const [, local = '', zone] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?)(Z|[+-]\d\d:\d\d)?$/.exec(text) ?? [];
  const clockSeconds = Date.parse(`${local}Z`) / 1000;
  // Date.parse reads 31 February as 3 March.
  if (local === '' || isoTime(clockSeconds)?.startsWith(local.slice(0, 10)) !== true)
    throw new ExporterError('usage', '--at must be a time such as 22:00 or 2027-01-03T22:00');
  const begin =
    zone === undefined ? momentAfter(nowSeconds, clockSeconds) : { seconds: Date.parse(text) / 1000, isSkipped: false };
  if (Number.isNaN(begin.seconds))
    throw new ExporterError('usage', '--at has an unknown time zone: write +02:00 or Z, or no zone');
  if (begin.seconds <= nowSeconds)
    throw new ExporterError('usage', `--at ${text} is in the past; leave --at out to begin now`);
  if (begin.seconds > nowSeconds + farthestSeconds)
    throw new ExporterError('usage', `--at ${text} is more than a year ahead`);
  return begin;
}

/** The next of the two moments at which the clock of this machine shows a time twice, otherwise the only one. */
function momentAfter(nowSeconds: number, clockSeconds: number): Begin {
  const { first, last, isSkipped } = momentsOf(clockSeconds, localOffset);
  return { seconds: first > nowSeconds ? first : last, isSkipped };
}

/** The offset of this machine's clock from UTC in seconds. */
function localOffset(seconds: number): number {
  return -60 * new Date(seconds * 1000).getTimezoneOffset();
}

/** The user of this process. In a container it may be a number without a name. */
function userName(environment: CommandSurroundings['environment']): string {
  try {
    return userInfo().username;
  } catch {
    return environment['USER'] ?? 'ai-crm-exporter';
  }
}

/**
 * `maintenance stop`: ends silences by id, or the maintenance of components that `maintenance start` began. Other
 * components of the same silence stay in maintenance. Returns the exit code, 1 if there was nothing to end. Throws
 * `ExporterError`.
 */
export async function maintenanceStop(
  options: MaintenanceStopOptions,
  { environment, directory, out, errors }: CommandSurroundings,
): Promise<number> {
  const config = await configFor(options, { environment, directory });
  if (options.id !== undefined && (options.component !== undefined || options.all !== undefined)) {
    throw new ExporterError('usage', 'give either --id, or --component with the names of components, or --all');
  }
  const components = options.id === undefined ? componentsNamed(options, config) : 'all';
  const access = await accessTo(options, config.alertmanager, { environment, directory });
  const client = await createProgramClient(access);
  try {
    const silences = await listSilences(client);
    const lines =
      options.id === undefined
        ? await stopComponents(client, silences, components, access)
        : await stopIds(client, silences, options.id);
    for (const { text, isDone } of lines) (isDone ? out : errors).write(`${printableLine(text)}\n`);
    return lines.every(({ isDone }) => isDone) ? 0 : 1;
  } finally {
    await client.close();
  }
}

interface Line {
  readonly text: string;
  readonly isDone: boolean;
}

async function stopIds(
  client: ProgramClient,
  silences: readonly Silence[],
  ids: readonly string[],
): Promise<readonly Line[]> {
  const lines: Line[] = [];
  for (const id of new Set(ids)) {
    const isThere = silences.some((silence) => silence.id === id);
    if (isThere) await expireSilence(client, id);
    lines.push({
      isDone: isThere,
      text: isThere
        ? `silence ${id} ended`
        : `there is no silence ${id}, or it has ended already; "maintenance list" shows the existing ones`,
    });
  }
  return lines;
}

async function stopComponents(
  client: ProgramClient,
  silences: readonly Silence[],
  wanted: readonly string[] | 'all',
  { job }: AlertmanagerAccess,
): Promise<readonly Line[]> {
  const ended = new Set<string>();
  for (const silence of silences) {
    const covered = componentsOf(silence, job);
    if (covered === undefined || (covered === 'all') !== (wanted === 'all')) continue;
    const rest = covered === 'all' || wanted === 'all' ? [] : covered.filter((name) => !wanted.includes(name));
    if (covered !== 'all' && rest.length === covered.length) continue;
    // The other components get a new silence before the old one ends, so that no alert is sent in between.
    const { id: _old, ...same } = silence;
    if (rest.length > 0)
      await createSilence(client, {
        ...same,
        startsAtSeconds: Math.max(same.startsAtSeconds, systemClock.nowSeconds()),
        matchers: matchersOf(rest, job),
      });
    await expireSilence(client, silence.id);
    for (const name of covered === 'all' ? ['everything'] : covered) if (!rest.includes(name)) ended.add(name);
  }
  // Silences that start later do not count, because they silence nothing now.
  const left = (await listSilences(client)).filter(
    ({ startsAtSeconds }) => startsAtSeconds <= systemClock.nowSeconds(),
  );
  return (wanted === 'all' ? [null] : wanted).map((component): Line => {
    const name = component ?? 'everything';
    const other = left.find((silence) => isMaintenanceOf(silence, component, job));
    if (other !== undefined) {
      const what = componentsText(componentsOf(other, job) ?? [`by ${other.createdBy || 'somebody'}`]);
      return { isDone: false, text: `${name}: still silenced by ${other.id} (${what}); end it with --id ${other.id}` };
    }
    return ended.has(name)
      ? { isDone: true, text: `${name}: maintenance ended` }
      : {
          isDone: false,
          text: `${name}: there is no maintenance to end; windows of the configuration end by themselves`,
        };
  });
}

/**
 * `maintenance list`: prints the windows of the configuration with their current or next occurrence, then the silences
 * of Alertmanager, one a line. Returns the exit code. Throws `ExporterError`; if Alertmanager does not answer, the
 * windows are printed before.
 */
export async function maintenanceList(
  options: AlertmanagerOptions,
  { environment, directory, out }: CommandSurroundings,
): Promise<number> {
  const config = await configFor(options, { environment, directory }, ([section]) => section === 'maintenance_windows');
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
      return [window.name, ...when, componentsText(window.components)];
    }),
  );
}

function silenceRow(silence: Silence, job: string | undefined, now: number): readonly string[] {
  const { id, matchers, startsAtSeconds, endsAtSeconds, createdBy, comment } = silence;
  const components = componentsOf(silence, job);
  const what = components === undefined ? `{${matchers.map(matcherText).join(', ')}}` : componentsText(components);
  return [id, ...span(startsAtSeconds, endsAtSeconds, now), what, `${createdBy}: ${comment}`];
}

/** Start or end, and the duration or the time that is left. */
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
  // Text of other people must not control the terminal or add lines.
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
