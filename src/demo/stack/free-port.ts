import { type AddressInfo, createServer } from 'node:net';
import { loopback } from '../port.js';

/**
 * A port of loopback that nobody listens on: the usual one if it is free, otherwise any, as for 0. Whoever starts a program on it must
 * still cope with somebody else having been faster.
 */
export async function freePort(usual: number): Promise<number> {
  return (await portIfFree(usual)) ?? (await portIfFree(0)) ?? 0;
}

/** The number of a port of loopback, one that the system chooses for 0; undefined when somebody listens on it. */
export function portIfFree(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, loopback, () => {
      const { port: free } = server.address() as AddressInfo;
      server.close(() => resolve(free));
    });
  });
}
