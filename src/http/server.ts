import { createServer, type ServerOptions as NodeOptions, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { hostname } from 'node:os';
import type { Clock } from '../base/clock.js';
import { ExporterError, messageOf, systemCodeOf } from '../base/errors.js';
import { bracketed } from '../base/host-name.js';
import type { Log } from '../base/log.js';
import { answerUnreadable } from './answer-headers.js';
import { createApplication } from './application.js';
import { Connections } from './connections.js';
import type { Service } from './service.js';
import { AllowedHosts } from './strangers.js';
import type { WebConfigSource } from './web-config.js';
import type { WebTls } from './web-tls.js';

/** Options of the exporter's server. */
export interface ServerOptions {
  /** An address or name of this machine. Empty: all addresses. */
  readonly host: string;
  /** 0 means a free port. */
  readonly port: number;
  /** Path of the metrics, usually `/metrics`. */
  readonly telemetryPath: string;
  /** Version of the exporter, for the status page. */
  readonly version: string;
  readonly log: Log;
  readonly clock: Clock;
  /** TLS, users, headers and limits, read at each connection and request. Absent: plain HTTP without authentication. */
  readonly webConfig?: WebConfigSource;
  /** Additional names for browsers, besides those that no other site can have; see `AllowedHosts`. */
  readonly allowedHosts?: readonly string[];
}

/** A server that is listening. */
export interface RunningServer {
  /** The URL on this machine, without a path. */
  readonly url: string;
  readonly port: number;
  /** Closes idle connections at once. Running answers have five seconds to finish. */
  stop(): Promise<void>;
}

/** Maximum time for running answers after `stop()`. */
const graceSeconds = 5;

/**
 * Limits for slow clients. Keep-alive is longer than usual scrape intervals, because a scrape fails if the connection
 * closes while it is sent.
 */
const limits: NodeOptions = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 90_000,
  connectionsCheckingInterval: 10_000,
  maxHeaderSize: 16 * 1024,
  // The exporter answers this error itself, like all others.
  requireHostHeader: false,
};

/** Maximum time without data during an answer. No probe takes longer. */
const inactivityTimeoutMilliseconds = 180_000;

/**
 * Serves the exporter over HTTP or HTTPS.
 *
 * Throws `port_in_use` when another program uses the port, `listen_failed` for other failures to listen, and `usage`
 * for a telemetry path that does not start with `/`.
 */
export async function startServer(service: Service, options: ServerOptions): Promise<RunningServer> {
  const { host, port, telemetryPath, version, log, clock } = options;
  if (!telemetryPath.startsWith('/'))
    throw new ExporterError('usage', `telemetry path ${telemetryPath} does not begin with /`);
  const { webConfig } = options;
  const hosts = new AllowedHosts(options.allowedHosts ?? [], [hostname(), host]);
  const tlsSettings = new WeakMap<Socket, WebTls | undefined>();
  const application = createApplication(service, {
    telemetryPath,
    version,
    log,
    clock,
    hosts,
    ...(webConfig && { webConfig: { source: webConfig, tlsSettings } }),
  });
  const connections = new Connections();
  const server = createServer(limits, connections.counting(application.callback()));
  if (webConfig !== undefined) await decideEachConnection(server, webConfig, tlsSettings, log);
  server.timeout = inactivityTimeoutMilliseconds;
  connections.follow(server);
  server.on(
    'clientError',
    answerUnreadable(log, () => webConfig?.latest.headers),
  );
  await listen(server, host, port);
  server.on('error', (error) => log.error('http server failed', { error: messageOf(error) }));

  const bound = (server.address() as AddressInfo).port;
  let stopped: Promise<void> | undefined;
  return {
    url: `${webConfig?.latest.tls === undefined ? 'http' : 'https'}://${reachable(host)}:${bound}`,
    port: bound,
    stop: () => (stopped ??= connections.close(server, clock, graceSeconds)),
  };
}

/** Makes a server use HTTP or HTTPS for each connection, according to the web configuration at that moment, and records the settings. */
async function decideEachConnection(
  server: Server,
  webConfig: WebConfigSource,
  tlsSettings: WeakMap<Socket, WebTls | undefined>,
  log: Log,
): Promise<void> {
  const { secureConnections } = await import('./secure-server.js');
  // The listener of Node.js for connections. It runs after the decision.
  const speakHttp = server.listeners('connection');
  server.removeAllListeners('connection');
  const serve = (socket: Socket, tls: WebTls | undefined) => {
    tlsSettings.set(socket, tls);
    for (const listener of speakHttp) listener.call(server, socket);
  };
  const secure = secureConnections(serve, log);
  server.on('connection', async (socket: Socket) => {
    // No other listener exists when a client leaves so early.
    socket.on('error', () => {});
    const { tls } = await webConfig.current();
    if (socket.destroyed) return;
    if (tls === undefined) serve(socket, tls);
    else secure(socket, tls);
  });
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error) => reject(listenError(error, host, port));
    server.once('error', onError);
    server.listen(port, host, () => {
      server.off('error', onError);
      resolve();
    });
  });
}

function listenError(error: Error, host: string, port: number): ExporterError {
  const where = `cannot listen on ${bracketed(host)}:${port}`;
  const code = systemCodeOf(error);
  if (code === 'EADDRINUSE')
    return new ExporterError('port_in_use', `${where}: another program uses the port`, { cause: error });
  const known: Readonly<Record<string, string>> = {
    EACCES: 'this user has no permission to use the port',
    EADDRNOTAVAIL: 'this machine does not have the address',
    ENOTFOUND: 'the host name is unknown',
  };
  return new ExporterError('listen_failed', `${where}: ${known[code ?? ''] ?? messageOf(error)}`, { cause: error });
}

function reachable(host: string): string {
  return host === '' || host === '0.0.0.0' || host === '::' ? 'localhost' : bracketed(host);
}
