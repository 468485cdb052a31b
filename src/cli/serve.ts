import { App } from '../app.js';
import { systemClock } from '../clock.js';
import { createLog } from '../create-log.js';
import { readVersion } from '../version.js';
import { startServer } from '../http/server.js';
import { loadConfig } from '../config/load.js';
import { parseListenAddress } from './listen-address.js';
import type { ServeOptions, Surroundings } from './options.js';

/** Runs the exporter until SIGINT or SIGTERM; returns the exit code. Throws `ExporterError` when it cannot start. */
export async function serve(options: ServeOptions, surroundings: Surroundings): Promise<number> {
  const { environment, directory, onSignal } = surroundings;
  const version = readVersion(environment);
  const log = createLog({ level: options.verbose === true ? 'debug' : options['log.level'], format: options['log.format'] });
  const { host, port } = parseListenAddress(options['web.listen-address']);
  const webConfigFile = options['web.config.file'];
  const webConfig = webConfigFile === undefined ? undefined : await (await import('../http/web-config.js')).loadWebConfig(webConfigFile);
  const app = new App({ clock: systemClock, log, version, loadConfig: () => loadConfig(options['config.file'], { environment, directory }) });

  const ended = new Promise<string>((resolve) => {
    onSignal('SIGINT', () => resolve('SIGINT'));
    onSignal('SIGTERM', () => resolve('SIGTERM'));
  });
  // A failed reload is already logged and counted; the old configuration stays in force.
  onSignal('SIGHUP', () => void app.reload().catch(() => {}));
  await app.start();
  try {
    const server = await startServer(app, { host, port, telemetryPath: options['web.telemetry-path'], version: version.version, log, clock: systemClock, ...(webConfig === undefined ? {} : { webConfig }) });
    log.info('exporter started', { version: version.version, listen: server.url, config: app.config().source ?? 'built-in defaults', components: app.config().components.length });
    log.info('exporter stopping', { signal: await ended });
    await server.stop();
  } finally {
    await app.stop();
  }
  return 0;
}
