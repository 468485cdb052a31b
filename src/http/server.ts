import { createServer, type Server, type ServerOptions as NodeOptions } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../clock.js';
import { ExporterError, messageOf, systemCodeOf } from '../errors.js';
import type { Log } from '../log.js';
import { createApplication } from './application.js';
import { Connections } from './connections.js';
import type { Service } from './service.js';
import type { WebConfig } from './web-config.js';

/** Where and how the exporter is served. */
export interface ServerOptions {
  /** An address or name of this machine; empty for every address. */
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** Where the metrics are, `/metrics` by custom. */
  readonly telemetryPath: string;
  /** The exporter's version, for the status page. */
  readonly version: string;
  readonly log: Log;
  readonly clock: Clock;
  /** TLS, users and headers; absent: plain HTTP for everybody who can connect. */
  readonly webConfig?: WebConfig;
}

/** A server that is listening. */
export interface RunningServer {
  /** How to reach it from this machine, without a path. */
  readonly url: string;
  readonly port: number;
  /**
   * Takes over users, headers and renewed certificates for connections to come. Throws `config_invalid` when TLS was
   * switched on or off, which needs a restart.
   */
  useWebConfig(webConfig: WebConfig): Promise<void>;
  /** Ends idle connections at once and lets running answers finish, for at most five seconds. */
  stop(): Promise<void>;
}

/** How long answers may go on after `stop()`. */
const graceSeconds = 5;

/**
 * Limits against clients that are slow. Keep-alive outlives the usual scrape intervals: closing just when the next
 * scrape is sent makes that scrape fail.
 */
const limits: NodeOptions = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 90_000,
  connectionsCheckingInterval: 10_000,
  maxHeaderSize: 16 * 1024,
};

/** How long a connection may carry nothing while an answer is under way: longer than any probe takes. */
const inactivityTimeoutMilliseconds = 180_000;

/**
 * Serves the exporter over HTTP or HTTPS.
 *
 * Throws `port_in_use` when another program has the port, `listen_failed` for every other reason not to listen and
 * `usage` for a telemetry path that does not begin with `/`.
 */
export async function startServer(service: Service, options: ServerOptions): Promise<RunningServer> {
  const { host, port, telemetryPath, version, log, clock } = options;
  if (!telemetryPath.startsWith('/')) throw new ExporterError('usage', `telemetry path ${telemetryPath} does not begin with /`);
  let web = options.webConfig;
  const application = createApplication(service, { telemetryPath, version, log, clock, webConfig: () => web });
  const connections = new Connections();
  const listener = connections.counting(application.callback());
  const secure = web?.tls && (await import('./secure-server.js')).createSecureServer(web.tls, limits, listener, log);
  const server = secure?.server ?? createServer(limits, listener);
  server.timeout = inactivityTimeoutMilliseconds;
  connections.follow(server);
  await listen(server, host, port);
  server.on('error', (error) => log.error('http server failed', { error: messageOf(error) }));

  const bound = (server.address() as AddressInfo).port;
  let stopped: Promise<void> | undefined;
  return {
    url: `${secure === undefined ? 'http' : 'https'}://${reachable(host)}:${bound}`,
    port: bound,
    async useWebConfig(next) {
      if ((next.tls === undefined) !== (secure === undefined)) {
        throw new ExporterError('config_invalid', 'tls_server_config: switching TLS on or off needs a restart', { expose: true });
      }
      if (next.tls !== undefined) secure?.renew(next.tls);
      web = next;
    },
    stop: () => (stopped ??= connections.close(server, clock, graceSeconds)),
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error) => reject(listenError(error, host, port));
    server.once('error', onError);
    server.listen(host === '' ? { port } : { port, host }, () => {
      server.off('error', onError);
      resolve();
    });
  });
}

function listenError(error: Error, host: string, port: number): ExporterError {
  const where = `cannot listen on ${host === '' ? '' : bracketed(host)}:${port}`;
  const code = systemCodeOf(error);
  if (code === 'EADDRINUSE') return new ExporterError('port_in_use', `${where}: another program uses the port`, { cause: error });
  const known: Readonly<Record<string, string>> = {
    EACCES: 'this user may not use the port',
    EADDRNOTAVAIL: 'this machine does not have the address',
    ENOTFOUND: 'the host name is unknown',
  };
  return new ExporterError('listen_failed', `${where}: ${known[code ?? ''] ?? messageOf(error)}`, { cause: error });
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function reachable(host: string): string {
  return host === '' || host === '0.0.0.0' || host === '::' ? 'localhost' : bracketed(host);
}
