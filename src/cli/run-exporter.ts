import { App } from '../app.js';
import { systemClock } from '../clock.js';
import { createLog } from '../create-log.js';
import { ExporterError } from '../errors.js';
import { readVersion } from '../version.js';
import { startServer, type RunningServer, type ServerOptions } from '../http/server.js';
import type { WebConfig } from '../http/web-config.js';
import type { Config } from '../config/config.js';
import { loadConfig } from '../config/load.js';
import { parseListenAddress } from './listen-address.js';
import type { ServeOptions, Surroundings } from './options.js';

/**
 * Runs the exporter with this configuration, and those that reloads bring, until SIGINT or SIGTERM; returns the exit code.
 * Throws `ExporterError` when it cannot start.
 */
export async function runExporter(options: ServeOptions, surroundings: Surroundings, firstConfig: Promise<Config>): Promise<number> {
  const { environment, directory, onSignal } = surroundings;
  const version = readVersion(environment);
  const log = createLog({ level: options.verbose === true ? 'debug' : options['log.level'], format: options['log.format'] });
  const { host, port } = parseListenAddress(options['web.listenAddress']);
  const webConfigFile = options['web.config.file'];
  const webConfig = await readWebConfig(webConfigFile);
  let server: RunningServer | undefined;
  let pending: Promise<Config> | undefined = firstConfig;
  const app = new App({
    clock: systemClock,
    log,
    version,
    loadConfig: async () => {
      const first = pending;
      pending = undefined;
      if (first !== undefined) return first;
      const config = await loadConfig(options['config.file'], { environment, directory, isLasting: true });
      // Users and certificates change with a reload, too; a fault in either file leaves both as they are.
      const renewed = server === undefined ? undefined : await readWebConfig(webConfigFile);
      if (renewed !== undefined) await server?.useWebConfig(renewed);
      return config;
    },
  });

  // A failed reload is already logged and counted; the old configuration stays in force.
  onSignal('SIGHUP', () => void app.reload().catch(() => {}));
  await app.start();
  // Not before, as there is nothing to stop: whoever ends a start that hangs is obeyed by the system itself.
  const ended = new Promise<string>((resolve) => {
    onSignal('SIGINT', () => resolve('SIGINT'));
    onSignal('SIGTERM', () => resolve('SIGTERM'));
  });
  try {
    server = await listen(app, { host, port, telemetryPath: options['web.telemetryPath'], version: version.version, log, clock: systemClock, ...(webConfig === undefined ? {} : { webConfig }) });
    log.info('exporter started', { version: version.version, listen: server.url, config: app.config().source ?? 'built-in defaults', components: app.config().components.length });
    log.info('exporter stopping', { signal: await ended });
  } finally {
    await server?.stop();
    await app.stop();
  }
  return 0;
}

/** Says by which flag another address can be had. Throws what `startServer` throws. */
async function listen(app: App, options: ServerOptions): Promise<RunningServer> {
  try {
    return await startServer(app, options);
  } catch (error) {
    if (!(error instanceof ExporterError) || (error.code !== 'port_in_use' && error.code !== 'listen_failed')) throw error;
    throw new ExporterError(error.code, `${error.message}; choose another address with --web.listen-address`, { cause: error });
  }
}

/** The toolkit file and its parser are loaded only when there is one. */
async function readWebConfig(file: string | undefined): Promise<WebConfig | undefined> {
  return file === undefined ? undefined : (await import('../http/web-config.js')).loadWebConfig(file);
}
