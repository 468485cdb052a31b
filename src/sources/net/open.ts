import type { Socket } from 'node:net';
import { addPhase, type Measurement } from '../measurement.js';
import { connectAny } from './connect.js';
import { literalAddress, type Resolve } from './resolve.js';
import type { TlsContexts } from './tls.js';

/** What connections are made with: shared between all of them. */
export interface Network {
  readonly resolve: Resolve;
  readonly tlsContexts: TlsContexts;
}

/**
 * Resolves a name and opens a TCP connection to it, noting the phases `dns` (not for a literal address) and `connect`, and
 * the IP version. Fails with `dns` or `connect`, or with the reason of `signal`.
 */
export async function openConnection(
  host: string,
  port: number,
  resolve: Resolve,
  measurement: Measurement,
  signal: AbortSignal,
): Promise<Socket> {
  const literal = literalAddress(host);
  let addresses = literal === undefined ? [] : [literal];
  if (literal === undefined) {
    const startedAt = performance.now();
    try {
      addresses = [...(await unlessAborted(resolve(host), signal))];
    } finally {
      addPhase(measurement, 'dns', startedAt);
    }
    measurement.note(() => `${host} is ${addresses.map(({ address }) => address).join(', ')}`);
  }
  const startedAt = performance.now();
  try {
    const { socket, address } = await connectAny(addresses, port, signal);
    measurement.ipProtocol = address.family;
    measurement.note(() => `connected to ${address.address} port ${port}`);
    return socket;
  } finally {
    addPhase(measurement, 'connect', startedAt);
  }
}

/** A look-up cannot be called off, only no longer be waited for. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
