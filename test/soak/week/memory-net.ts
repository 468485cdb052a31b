import { once } from 'node:events';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import { Duplex } from 'node:stream';

/** Connections to this address stay in memory; all others are real. */
export const memoryHost = '127.0.0.2';

/** The number of open connections in memory. */
export interface MemoryNet {
  readonly open: () => number;
  /** Makes all connections real again. */
  restore(): void;
}

/**
 * Makes a million probes possible in minutes: a real connection takes several times as long as the exporter itself. Every request over such
 * a connection gets this answer and then its end.
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

/** Records the answer of a real service to this request, byte by byte, until it closes the connection. */
export async function recordAnswer(port: number, request: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const socket = net.connect(port, '127.0.0.1').on('data', (chunk) => chunks.push(chunk));
  socket.end(request);
  await once(socket, 'close');
  return Buffer.concat(chunks);
}
