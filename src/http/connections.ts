import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { isIPv6, type Socket } from 'node:net';
import type { Clock } from '../base/clock.js';

/**
 * Who is at the other end, as far as limits go: an IPv4 address, however it is written, or the first half of an IPv6 address,
 * since whoever has one of those has all the others of its network as well.
 */
export function clientOf(address: string | undefined): string {
  const plain = (address ?? '').replace(/^::ffff:(?=[\d.]+$)/i, '').replace(/%.*$/, '');
  if (!isIPv6(plain)) return plain;
  const [head = '', tail] = plain.split('::');
  const groups = head === '' ? [] : head.split(':');
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail === '' ? 0 : tail.split(':').length);
  const all = [...groups, ...Array.from({ length: missing }, () => '0'), ...(tail ? tail.split(':') : [])];
  return `${all.slice(0, 4).join(':')}::/64`;
}

/** Limit against clients that are many: leaves file descriptors for the probes. */
const maxConnections = 256;

/** Of one client; a proxy, whose clients are one, keeps fewer to a server. */
const maxOfOneClient = 128;

/** Beyond these limits, for health checks: whoever asks for anything else here is sent away. */
const reserve = 16;

/** How many the system may hand over before room has been made; only a burst within one turn of the event loop comes near it. */
const backstop = 4 * maxConnections;

/** Answered whatever else is going on: without them the exporter is restarted. They cost nothing. */
const healthChecks: ReadonlySet<string> = new Set(['/-/healthy', '/-/ready']);

interface Connection {
  readonly socket: Socket;
  readonly client: string;
  /** Answers under way. */
  answers: number;
  isReserve: boolean;
}

/**
 * Keeps count of a server's connections and running answers. Where there are too many, of all or of one client, an idle one makes
 * room: the one that has been so for longest, of this client or else of the client with the most, a request that has not come whole
 * included. Only where none is idle, a client is sent away. It also knows what to close when the server is closed, without cutting
 * an answer short and without waiting for a scraper to give up its idle keep-alive connection.
 */
export class Connections {
  /** By the two ends, since under TLS the socket of a request is another one; what has been idle for longest comes first. */
  readonly #connections = new Map<string, Connection>();
  readonly #answers = new Set<ServerResponse>();
  #closing = false;

  /** Notes a connection from its beginning; under TLS that is the TCP socket, so that an unfinished handshake counts too. */
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

  /** The listener with every answer noted from the request to its last byte. */
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
          // To the end of the line of those that are idle, unless it is closed already.
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

  /** Takes no new connections, ends idle ones now and busy ones after their answer, or after `graceSeconds` at the latest. */
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

  /** Whether there is room for one more connection of this client, now or by closing an idle one. */
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
