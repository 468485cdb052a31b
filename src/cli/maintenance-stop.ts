import { systemClock } from '../clock.js';
import { loadConfig } from '../config/load.js';
import { ExporterError } from '../errors.js';
import { componentsOf, isMaintenanceOf, matchersOf } from '../sources/alertmanager/maintenance.js';
import type { Silence } from '../sources/alertmanager/silence.js';
import { printableLine } from '../text.js';
import { type AlertmanagerAccess, accessTo, alertmanagerNeeds } from './alertmanager/access.js';
import { createSilence, expireSilence, listSilences } from './alertmanager/silences.js';
import { componentsNamed, named } from './maintenance-components.js';
import type { MaintenanceStopOptions, Surroundings } from './options.js';
import { createProgramClient, type ProgramClient } from './other-program/client.js';

/**
 * `maintenance stop`: ends silences by id, or the maintenance of components that `maintenance start` began; the other components
 * of the same silence stay in maintenance. Returns the exit code, 1 when there was nothing to end. Throws `ExporterError`.
 */
export async function maintenanceStop(
  options: MaintenanceStopOptions,
  { environment, directory, out, errors }: Surroundings,
): Promise<number> {
  const config = await loadConfig(options['config.file'], {
    environment,
    directory,
    needs: alertmanagerNeeds(options),
  });
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
        : `there is no silence ${id}, or it has ended already; "maintenance list" shows those that there are`,
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
    // What stays in maintenance is silenced anew before the old silence ends, so that nothing slips through between the two.
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
  const left = await listSilences(client);
  return (wanted === 'all' ? [null] : wanted).map((component): Line => {
    const name = component ?? 'everything';
    const other = left.find((silence) => isMaintenanceOf(silence, component, job));
    if (other !== undefined) {
      const what = named(componentsOf(other, job) ?? [`by ${other.createdBy || 'somebody'}`]);
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
