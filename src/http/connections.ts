import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { isIPv6, type Socket } from 'node:net';
import type { Clock } from '../base/clock.js';

/**
 * The client for limits: an IPv4 address in normal form, or the first half of an IPv6 address, because its owner has
 * all addresses of that network.
 */
export function clientOf(address: string | undefined): string {
  const plain = (address ?? '').replace(/^::ffff:(?=[\d.]+$)/i, '').replace(/%.*$/, '');
  if (!isIPv6(plain)) return plain;
  const [head = '', tail] = plain.split('::');
  const groups = head === '' ? [] : head.split(':');
  const rest = tail?.split(':') ?? [];
  const zeros = Array.from({ length: 8 - groups.length - rest.length }, () => '0');
  return `${[...groups, ...zeros, ...rest].slice(0, 4).join(':')}::/64`;
}

/** Maximum number of connections. File descriptors must remain for the probes. */
const maxConnections = 256;

/** Maximum per client. A proxy is one client for all its users, and keeps fewer connections per server. */
const maxOfOneClient = 128;

/** Additional connections for health checks. All other requests on them get 503. */
const reserve = 16;

/**
 * Maximum number of connections that the system may hand over before old ones are closed. Only a burst within one turn
 * of the event loop comes near it.
 */
const backstop = 4 * maxConnections;

/** Always answered, because otherwise the exporter is restarted. They cost almost nothing. */
const healthChecks: ReadonlySet<string> = new Set(['/-/healthy', '/-/ready']);

interface Connection {
  readonly socket: Socket;
  readonly client: string;
  /** Number of running answers. */
  answers: number;
  isReserve: boolean;
}

/**
 * Counts the connections of a server and its running answers. Above a limit, of all or of one client, the connection
 * that has been idle for longest is closed: one of this client, or of the client with the most. A connection with an
 * incomplete request counts as idle. Only if none is idle, the new client is refused. It also knows what to close at
 * the end, without interrupting an answer, and without waiting for idle keep-alive connections of scrapers.
 */
export class Connections {
  /** By both addresses, because with TLS a request has another socket. The connection that has been idle for longest comes first. */
  readonly #connections = new Map<string, Connection>();
  readonly #answers = new Set<ServerResponse>();
  #closing = false;

  /** Registers every connection at its start. With TLS this is the TCP socket, so that an unfinished handshake counts too. */
  follow(server: Server): void {
    server.maxConnections = backstop;
    server.on('connection', (socket: Socket) => {
      const ends = endsOf(socket);
      const connection: Connection = { socket, client: clientOf(socket.remoteAddress), answers: 0, isReserve: false };
      connection.isReserve = !this.#makeRoom(connection.client);
      if (connection.isReserve && !this.#makeReserve()) return void socket.destroy();
      this.#connections.set(ends, connection);
      socket.once('close', () => {
        if (this.#connections.get(ends) === connection) this.#connections.delete(ends);
      });
    });
  }

  /** Wraps the listener to count every answer from the request to its last byte. */
  counting(listener: RequestListener): RequestListener {
    return (request: IncomingMessage, response: ServerResponse) => {
      const ends = endsOf(request.socket);
      const connection = this.#connections.get(ends);
      if (connection !== undefined) connection.answers += 1;
      this.#answers.add(response);
      if (this.#closing || connection?.isReserve === true) response.setHeader('Connection', 'close');
      response.once('close', () => {
        this.#answers.delete(response);
        if (connection !== undefined) {
          connection.answers -= 1;
          // Moved to the end of the idle ones, unless it is closed already.
          if (this.#connections.delete(ends)) this.#connections.set(ends, connection);
        }
        if (this.#closing && this.#answers.size === 0) this.#destroyAll();
      });
      if (connection?.isReserve === true && !healthChecks.has(request.url?.split('?')[0] ?? '')) {
        response
          .writeHead(503, { 'Content-Type': 'text/plain; charset=utf-8', 'Retry-After': '1' })
          .end('too many connections\n');
        return;
      }
      listener(request, response);
    };
  }

  /** Accepts no new connections, closes idle ones at once, and busy ones after their answer or after `graceSeconds`. */
  async close(server: Server, clock: Clock, graceSeconds: number): Promise<void> {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    this.#closing = true;
    for (const response of this.#answers) if (!response.headersSent) response.setHeader('Connection', 'close');
    server.closeIdleConnections();
    if (this.#answers.size === 0) this.#destroyAll();
    const cancelTimer = clock.setTimer(() => this.#destroyAll(), graceSeconds);
    try {
      await closed;
    } finally {
      cancelTimer();
    }
  }

  /** Whether one more connection of this client is allowed, possibly after closing an idle one. */
  #makeRoom(client: string): boolean {
    const counts = new Map<string, number>();
    for (const { client: other, isReserve } of this.#connections.values())
      if (!isReserve) counts.set(other, (counts.get(other) ?? 0) + 1);
    const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
    if ((counts.get(client) ?? 0) >= maxOfOneClient)
      return this.#closeIdle((one) => !one.isReserve && one.client === client);
    if (total < maxConnections) return true;
    const busiestFirst = [...counts].sort(([, a], [, b]) => b - a).map(([other]) => other);
    return busiestFirst.some((other) => this.#closeIdle((one) => !one.isReserve && one.client === other));
  }

  #makeReserve(): boolean {
    const inReserve = [...this.#connections.values()].filter(({ isReserve }) => isReserve);
    return inReserve.length < reserve || this.#closeIdle(({ isReserve }) => isReserve);
  }

  #closeIdle(isMeant: (connection: Connection) => boolean): boolean {
    for (const [ends, connection] of this.#connections) {
      if (connection.answers > 0 || !isMeant(connection)) continue;
      this.#connections.delete(ends);
      connection.socket.destroy();
      return true;
    }
    return false;
  }

  #destroyAll(): void {
    for (const { socket } of this.#connections.values()) socket.destroy();
  }
}

function endsOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`;
}
