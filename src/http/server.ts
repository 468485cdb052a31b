import { createServer, type ServerOptions as NodeOptions, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { hostname } from 'node:os';
import type { Clock } from '../base/clock.js';
import { ExporterError, messageOf, systemCodeOf } from '../base/errors.js';
import type { Log } from '../base/log.js';
import { answerUnreadable } from './answer-headers.js';
import { createApplication } from './application.js';
import { Connections } from './connections.js';
import type { Service } from './service.js';
import { AllowedHosts } from './strangers.js';
import type { WebConfigSource } from './web-config.js';
import type { WebTls } from './web-tls.js';

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
  /** TLS, users, headers and limits, asked for at each connection and request; absent: plain HTTP for everybody who can connect. */
  readonly webConfig?: WebConfigSource;
  /** Names under which browsers may come, besides those that cannot be a stranger's, see `AllowedHosts`. */
  readonly allowedHosts?: readonly string[];
}

/** A server that is listening. */
export interface RunningServer {
  /** How to reach it from this machine, without a path. */
  readonly url: string;
  readonly port: number;
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
  // Answered by us, as every other fault.
  requireHostHeader: false,
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

/**
 * Makes a server speak HTTP or HTTPS with each client, as the web configuration says when the client connects, and notes by which
 * settings it did.
 */
async function decideEachConnection(
  server: Server,
  webConfig: WebConfigSource,
  tlsSettings: WeakMap<Socket, WebTls | undefined>,
  log: Log,
): Promise<void> {
  const { secureConnections } = await import('./secure-server.js');
  // What Node.js does with a connection, which now happens after the decision.
  const speakHttp = server.listeners('connection');
  server.removeAllListeners('connection');
  const serve = (socket: Socket, tls: WebTls | undefined) => {
    tlsSettings.set(socket, tls);
    for (const listener of speakHttp) listener.call(server, socket);
  };
  const secure = secureConnections(serve, log);
  server.on('connection', async (socket: Socket) => {
    // Nobody else hears of a client that leaves this early.
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
    server.listen(host === '' ? { port } : { port, host }, () => {
      server.off('error', onError);
      resolve();
    });
  });
}

function listenError(error: Error, host: string, port: number): ExporterError {
  const where = `cannot listen on ${host === '' ? '' : bracketed(host)}:${port}`;
  const code = systemCodeOf(error);
  if (code === 'EADDRINUSE')
    return new ExporterError('port_in_use', `${where}: another program uses the port`, { cause: error });
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
