import { execFile } from 'node:child_process';
import { App } from '../app.js';
import { systemClock } from '../base/clock.js';
import { createLog } from '../base/create-log.js';
import { ExporterError, messageOf } from '../base/errors.js';
import type { Log } from '../base/log.js';
import { readVersion } from '../base/version.js';
import type { Config } from '../config/config.js';
import { loadConfig } from '../config/load.js';
import { type RunningServer, type ServerOptions, startServer } from '../http/server.js';
import type { WebConfigFile } from '../http/web-config-file.js';
import {
  type CommandSurroundings,
  type CommonOptions,
  heartbeatFileOf,
  type ListenAddress,
  parseListenAddress,
} from './options.js';
import type { Signal } from './signals.js';

/** Flags of `serve`. */
export interface ServeOptions extends CommonOptions {
  readonly 'config.check'?: true;
  readonly strict?: true;
  readonly 'web.listenAddress': readonly string[];
  readonly 'web.telemetryPath': string;
  readonly 'web.config.file'?: string;
  readonly 'web.allowedHost'?: readonly string[];
  readonly 'storage.path'?: string;
  /** Flags of the monitoring document, which run `check`. */
  readonly once?: true;
  readonly generateFile?: string;
}

/**
 * Runs the exporter with this configuration, and later with reloaded ones, until SIGINT or SIGTERM. Returns the exit
 * code. Throws `ExporterError` if it cannot start.
 */
export async function runExporter(
  options: ServeOptions,
  surroundings: CommandSurroundings,
  firstConfig: Promise<Config>,
): Promise<number> {
  const { environment, directory, onSignal } = surroundings;
  const version = readVersion(environment);
  const log = createLog({
    level: options.verbose === true ? 'debug' : options['log.level'],
    format: options['log.format'],
  });
  const addresses = options['web.listenAddress'].map(parseListenAddress);
  const webConfigFile = options['web.config.file'];
  let webConfig: WebConfigFile | undefined;
  let servers: readonly RunningServer[] = [];
  let pending: Promise<Config> | undefined = firstConfig;
  const heartbeatFile = heartbeatFileOf(options, environment);
  const app = new App({
    clock: systemClock,
    log,
    version,
    ...(heartbeatFile && { heartbeatFile }),
    loadConfig: async () => {
      const first = pending;
      pending = undefined;
      if (first !== undefined) return first;
      const config = await loadConfig(options['config.file'], { environment, directory });
      // The file's changes apply without a reload. An error in it still fails the reload.
      await webConfig?.reload();
      return config;
    },
  });

  const start = async () => {
    webConfig = await openWebConfig(webConfigFile, log);
    await app.start();
    servers = await listen(app, addresses, {
      telemetryPath: options['web.telemetryPath'],
      version: version.version,
      log,
      clock: systemClock,
      allowedHosts: options['web.allowedHost'] ?? [],
      ...(webConfig === undefined ? {} : { webConfig }),
    });
    log.info('exporter started', {
      version: version.version,
      listen: servers.map(({ url }) => url).join(', '),
      config: app.config().source ?? 'built-in defaults',
      components: app.config().components.length,
    });
    tellServiceManager(environment, log);
  };
  const ended = new Promise<Signal>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) onSignal(signal, () => resolve(signal));
  });
  const started = start();
  // A reload that is requested during the start runs after it. A failed reload is logged and counted elsewhere, and the
  // old configuration stays in force.
  onSignal('SIGHUP', () => void started.then(() => app.reload()).catch(() => {}));
  try {
    await Promise.race([started, ended]);
    log.info('exporter stopping', { signal: await ended });
  } finally {
    await stopAll(servers);
    await app.stop();
  }
  return 0;
}

/**
 * With `Type=notify`, systemd waits for this message before the service counts as started and before a reload. Node.js
 * does not support its kind of socket, so a program of systemd sends it.
 */
function tellServiceManager(environment: CommandSurroundings['environment'], log: Log): void {
  if (environment['NOTIFY_SOCKET'] === undefined) return;
  execFile('systemd-notify', ['--ready'], (error) => {
    if (error !== null)
      log.error('systemd cannot be notified that the exporter has started', { error: messageOf(error) });
  });
}

/** Listens on all addresses or on none. Throws what `startServer` throws, with the flag that changes the address. */
async function listen(
  app: App,
  addresses: readonly ListenAddress[],
  options: Omit<ServerOptions, 'host' | 'port'>,
): Promise<readonly RunningServer[]> {
  const servers: RunningServer[] = [];
  try {
    for (const address of addresses) servers.push(await startServer(app, { ...options, ...address }));
    return servers;
  } catch (error) {
    await stopAll(servers);
    if (!(error instanceof ExporterError) || (error.code !== 'port_in_use' && error.code !== 'listen_failed'))
      throw error;
    const { port } = addresses[servers.length] ?? {};
    const isOwn = error.code === 'port_in_use' && servers.some((server) => server.port === port);
    const message = isOwn ? `two addresses have port ${port}, and one of them includes the other` : error.message;
    throw new ExporterError(error.code, `${message}; choose another address with --web.listen-address`, {
      cause: error,
    });
  }
}

async function stopAll(servers: readonly RunningServer[]): Promise<void> {
  await Promise.all(servers.map((server) => server.stop()));
}

/** Loads the code for the toolkit file only if there is one. */
async function openWebConfig(file: string | undefined, log: Log): Promise<WebConfigFile | undefined> {
  return file === undefined
    ? undefined
    : (await import('../http/web-config-file.js')).WebConfigFile.open(file, { clock: systemClock, log });
}
