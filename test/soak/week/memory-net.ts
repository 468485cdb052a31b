import { once } from 'node:events';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import { Duplex } from 'node:stream';

/** Connections to this address stay within the process; those to any other are real. */
export const memoryHost = '127.0.0.2';

/** How many of them are open. */
export interface MemoryNet {
  readonly open: () => number;
  /** From now on all connections are real again. */
  restore(): void;
}

/**
 * Lets a million probes be made in minutes: a connection of the system takes several times as long as the exporter itself. Every
 * request over such a connection gets this answer, and then its end.
 */
export function useMemoryNet(answer: Buffer): MemoryNet {
  let open = 0;
  const { connect } = net;
  const inMemory = () => {
    open += 1;
    const socket = new Duplex({
      read() {},
      write(_request, _encoding, done) {
        done();
        socket.push(answer);
        socket.push(null);
      },
      destroy(error, done) {
        open -= 1;
        done(error);
      },
    });
    setImmediate(() => socket.destroyed || socket.emit('connect'));
    return socket;
  };
  const replace = (by: unknown) => {
    Object.assign(net, { connect: by });
    syncBuiltinESMExports();
  };
  replace((options: net.NetConnectOpts, ...rest: []) =>
    'host' in options && options.host === memoryHost ? inMemory() : connect(options, ...rest),
  );
  return { open: () => open, restore: () => replace(connect) };
}

/** What a real service answers to this request, byte by byte, until it closes the connection. */
export async function recordAnswer(port: number, request: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const socket = net.connect(port, '127.0.0.1').on('data', (chunk) => chunks.push(chunk));
  socket.end(request);
  await once(socket, 'close');
  return Buffer.concat(chunks);
}
