import { userInfo } from 'node:os';
import { systemClock } from '../clock.js';
import { formatDuration } from '../config/duration.js';
import { limits } from '../config/limits.js';
import { loadConfig } from '../config/load.js';
import { matchersOf } from '../sources/alertmanager/maintenance.js';
import { accessTo, alertmanagerNeeds, durationFlag } from './alertmanager/access.js';
import { createSilence, timeOf } from './alertmanager/silences.js';
import { componentsNamed, named } from './maintenance-components.js';
import type { MaintenanceStartOptions, Surroundings } from './options.js';
import { createProgramClient } from './other-program/client.js';

/**
 * `maintenance start`: creates one silence for the components, or for everything, and says until when. Returns the exit code.
 * Throws `ExporterError`: `usage`, `program_failed`, and what is wrong with the configuration.
 */
export async function maintenanceStart(
  options: MaintenanceStartOptions,
  { environment, directory, out, errors }: Surroundings,
): Promise<number> {
  const config = await loadConfig(options['config.file'], {
    environment,
    directory,
    needs: alertmanagerNeeds(options),
  });
  const components = componentsNamed(options, config);
  const durationSeconds = durationFlag('--for', options.for, limits.maintenanceSeconds);
  const access = await accessTo(options, config.alertmanager, { environment, directory });
  const client = await createProgramClient(access);
  try {
    const startsAtSeconds = systemClock.nowSeconds();
    const endsAtSeconds = startsAtSeconds + durationSeconds;
    const id = await createSilence(client, {
      matchers: matchersOf(components, access.job),
      startsAtSeconds,
      endsAtSeconds,
      createdBy: userName(environment),
      comment: options.comment ?? `maintenance of ${named(components)}`,
    });
    out.write(
      `${named(components)}: maintenance until ${timeOf(endsAtSeconds)} (${formatDuration(durationSeconds)}), silence ${id}\n`,
    );
  } finally {
    await client.close();
  }
  if (config.alertmanager === undefined) {
    errors.write(
      'nobody is notified, but the exporter does not know: its status page and aicrm_component_maintenance need alertmanager.url in the configuration\n',
    );
  }
  return 0;
}

/** Whoever runs this; in a container that may be a number without a name. */
function userName(environment: Surroundings['environment']): string {
  try {
    return userInfo().username;
  } catch {
    return environment['USER'] ?? 'ai-crm-exporter';
  }
}
