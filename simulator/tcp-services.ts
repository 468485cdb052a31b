import { createServer, type Server, type Socket } from 'node:net';
import type { Clock } from '../src/base/clock.js';
import { ExporterError, messageOf, systemCodeOf } from '../src/base/errors.js';
import type { Fault } from './faults.js';

/** Default address of simulated services. */
export const loopback = '127.0.0.1';

const reopenAttempts = 20;
const reopenPauseMilliseconds = 50;

/**
 * A listening port that can be closed with its connections, and opened again with the same number.
 *
 * While it is closed, nothing uses the number, so connections are really refused.
 */
export class Port {
  readonly #server: Server;
  readonly #host: string;
  readonly #connections = new Set<Socket>();
  #number: number;

  /** `number` 0 lets the system choose one, which is then kept. `host` is the address to listen on. */
  constructor(server: Server, number: number, host: string = loopback) {
    this.#server = server;
    this.#host = host;
    this.#number = number;
    server.on('connection', (socket: Socket) => {
      this.#connections.add(socket);
      socket.once('close', () => this.#connections.delete(socket));
      // A client that leaves early is normal. Without a listener its error would end the process.
      socket.on('error', () => socket.destroy());
    });
  }

  /** The port number. If none was given, 0 before the first opening. */
  get number(): number {
    return this.#number;
  }

  get isOpen(): boolean {
    return this.#server.listening;
  }

  /** Opens the port for the first time. Throws `port_in_use` or `listen_failed`. */
  async open(): Promise<void> {
    try {
      await this.#listen();
    } catch (error) {
      const isTaken = systemCodeOf(error) === 'EADDRINUSE';
      const problem = isTaken
        ? `port ${this.#number} on ${this.#host} is already in use`
        : `cannot listen on ${this.#host}:${this.#number}: ${messageOf(error)}`;
      throw new ExporterError(isTaken ? 'port_in_use' : 'listen_failed', problem, { cause: error });
    }
    const address = this.#server.address();
    if (typeof address === 'object' && address !== null) this.#number = address.port;
  }

  /** Opens the port again. Tries for one second, because an outgoing connection may use the number for a moment. */
  async reopen(): Promise<void> {
    for (let attempt = 1; !this.isOpen; attempt += 1) {
      try {
        await this.open();
      } catch (error) {
        if (attempt >= reopenAttempts) throw error;
        await new Promise((resolve) => setTimeout(resolve, reopenPauseMilliseconds));
      }
    }
  }

  /** Closes the port and all connections. Does nothing when it is closed. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#connections) socket.destroy();
    await closed;
  }

  #listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      // Both listeners are removed. Otherwise one would stay after each failed attempt.
      const ended = (error?: Error) => {
        this.#server.off('error', ended).off('listening', ended);
        if (error === undefined) resolve();
        else reject(error);
      };
      this.#server.once('error', ended).once('listening', ended);
      this.#server.listen(this.#number, this.#host);
    });
  }
}

/** Replaces PostgreSQL: accepts connections and never answers. */
export function createPostgres(): Server {
  return createServer((socket) => socket.resume());
}

/** Replaces Redis: answers `PING`, plain or as an array of bulk strings, and refuses all other commands. */
export function createRedis(clock: Clock, faultNow: () => Fault | undefined): Server {
  return createServer((socket) => {
    let pending = '';
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      pending += chunk;
      for (;;) {
        const command = nextCommand(pending);
        if (command === undefined) break;
        pending = pending.slice(command.characters);
        reply(
          socket,
          clock,
          faultNow(),
          command.name === 'PING' ? '+PONG\r\n' : `-ERR unknown command '${command.name}'\r\n`,
        );
      }
      if (pending.length > 4096) socket.destroy();
    });
  });
}

/** The first complete command in the text, and its length; undefined when more text is needed. */
function nextCommand(text: string): { readonly name: string; readonly characters: number } | undefined {
  const array = /^\*(\d+)\r\n/.exec(text);
  if (array === null) {
    const line = /^(\S*)[^\n]*\n/.exec(text);
    return line === null ? undefined : { name: (line[1] ?? '').toUpperCase(), characters: line[0].length };
  }
  let at = array[0].length;
  let name = '';
  for (let index = 0; index < Number(array[1]); index += 1) {
    const head = /^\$(\d+)\r\n/.exec(text.slice(at));
    if (head === null) return undefined;
    const begin = at + head[0].length;
    const end = begin + Number(head[1]);
    if (text.length < end + 2) return undefined;
    if (index === 0) name = text.slice(begin, end).toUpperCase();
    at = end + 2;
  }
  return { name, characters: at };
}

function reply(socket: Socket, clock: Clock, fault: Fault | undefined, text: string): void {
  if (fault?.kind === 'hang') return;
  if (fault?.kind !== 'slow') {
    socket.write(text);
    return;
  }
  const cancel = clock.setTimer(() => socket.write(text), fault.seconds);
  socket.once('close', cancel);
}
