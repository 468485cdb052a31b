import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../clock.js';

/**
 * Keeps count of a server's sockets and running answers, so that it can be closed without cutting an answer short and
 * without waiting for a scraper to give up its idle keep-alive connection.
 */
export class Connections {
  readonly #sockets = new Set<Socket>();
  readonly #answers = new Set<ServerResponse>();
  #closing = false;

  /** Notes a socket from its beginning; under TLS that is the TCP socket, so that an unfinished handshake counts too. */
  follow(server: Server): void {
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  /** The listener with every answer noted from the request to its last byte. */
  counting(listener: RequestListener): RequestListener {
    return (request: IncomingMessage, response: ServerResponse) => {
      this.#answers.add(response);
      if (this.#closing) response.setHeader('Connection', 'close');
      response.once('close', () => {
        this.#answers.delete(response);
        if (this.#closing && this.#answers.size === 0) this.#destroyAll();
      });
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

  #destroyAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
