import { connect, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { isOwnTrouble, systemCodeOf } from '../base/errors.js';
import { ProbeFailure } from '../base/reason.js';
import type { TlsSettings } from '../config/sections/credential-options.js';
import { addPhase, type Measurement } from './measurement.js';
import { type Address, type IpVersion, literalAddress, type Resolve } from './resolve.js';
import { earlierCertificate, secure, type TlsContexts } from './tls.js';

/** Delay before the next address is tried (RFC 8305: connection attempt delay). */
const attemptDelayMilliseconds = 250;

/** An open connection, and the address that it leads to. */
interface Connection {
  readonly socket: Socket;
  readonly address: Address;
}

/**
 * Opens a TCP connection to the address that answers first. Both IP versions take turns. A new attempt starts when the
 * one before fails or does not answer in time; the other attempts are closed. Fails when all attempts have failed, with
 * the reason of the last one: `connect`, or `internal` when this machine lacks something. Fails with the reason of
 * `signal` when that is aborted.
 */
export function connectAny(addresses: readonly Address[], port: number, signal: AbortSignal): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const waiting = interleave(addresses);
    const attempts = new Set<Attempt>();
    let lastFailure: ProbeFailure | undefined;
    let timer: NodeJS.Timeout | undefined;

    const finish = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      for (const attempt of attempts) attempt.giveUp();
    };
    const onAbort = () => {
      finish();
      reject(signal.reason as Error);
    };
    const startNext = () => {
      clearTimeout(timer);
      const next = waiting.shift();
      if (next === undefined) {
        if (attempts.size > 0) return;
        finish();
        reject(lastFailure ?? new ProbeFailure('connect', 'the name has no address'));
        return;
      }
      const won = (socket: Socket) => {
        attempts.delete(attempt);
        finish();
        resolve({ socket, address: next });
      };
      const lost = (failure: ProbeFailure) => {
        attempts.delete(attempt);
        lastFailure = failure;
        startNext();
      };
      const attempt = tryAddress(next, port, won, lost);
      attempts.add(attempt);
      if (waiting.length > 0) timer = setTimeout(startNext, attemptDelayMilliseconds);
    };

    if (signal.aborted) onAbort();
    else {
      signal.addEventListener('abort', onAbort, { once: true });
      startNext();
    }
  });
}

interface Attempt {
  /** Closes the connection in any state. */
  giveUp(): void;
}

function tryAddress(
  address: Address,
  port: number,
  won: (socket: Socket) => void,
  lost: (failure: ProbeFailure) => void,
): Attempt {
  const socket = connect({ host: address.address, port, autoSelectFamily: false, noDelay: true });
  const onConnect = () => {
    socket.removeListener('error', onError);
    won(socket);
  };
  const onError = (error: Error) => {
    socket.removeListener('connect', onConnect);
    lost(
      new ProbeFailure(isOwnTrouble(error) ? 'internal' : 'connect', explain(error, address, port), { cause: error }),
    );
  };
  socket.once('connect', onConnect);
  socket.once('error', onError);
  return {
    giveUp: () => {
      socket.removeListener('connect', onConnect).removeListener('error', onError);
      // The socket may still fail later. Without a listener, that error would end the process.
      socket.on('error', () => {});
      socket.destroy();
    },
  };
}

/** The address that the system prefers comes first, then the versions take turns, so a dead IPv6 costs only one delay. */
function interleave(addresses: readonly Address[]): Address[] {
  if (addresses.length < 2) return [...addresses];
  const first = addresses.filter(({ family }) => family === addresses[0]?.family);
  const second = addresses.filter(({ family }) => family !== addresses[0]?.family);
  const mixed: Address[] = [];
  for (let i = 0; i < Math.max(first.length, second.length); i++) {
    mixed.push(...[first[i], second[i]].filter((address) => address !== undefined));
  }
  return mixed;
}

function explain(error: Error, { address, family }: Address, port: number): string {
  const where = `${family === 6 ? `[${address}]` : address}:${port}`;
  const code = systemCodeOf(error);
  if (code === 'ECONNREFUSED') return `connection refused by ${where}`;
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH') return `no route to ${where}`;
  if (code === 'EMFILE' || code === 'ENFILE')
    return `no file descriptor left to connect to ${where}: raise the limit of open files, or lower concurrency`;
  if (code === 'ETIMEDOUT') return `${where} does not answer`;
  return `cannot connect to ${where}: ${code ?? 'unknown error'}`;
}

/** How host names are resolved. */
export interface Lookup {
  readonly resolve: Resolve;
  /** Only addresses of this version are looked up and tried. Absent: both versions. */
  readonly ipVersion?: IpVersion;
}

/** What all connections share. */
export interface Network extends Lookup {
  readonly tlsContexts: TlsContexts;
}

/**
 * Resolves a name and opens a TCP connection to it. Measures the phases `dns` (absent for a literal address) and
 * `connect`, and notes the IP version. Fails with `dns` or `connect`, or with the reason of `signal`.
 */
export async function openConnection(
  host: string,
  port: number,
  lookup: Lookup,
  measurement: Measurement,
  signal: AbortSignal,
): Promise<Socket> {
  const addresses = await addressesOf(host, lookup, measurement, signal);
  const startedAt = measurement.elapsedSeconds();
  try {
    const { socket, address } = await connectAny(addresses, port, signal);
    measurement.ipProtocol = address.family;
    measurement.note(() => `connected to ${address.address} port ${port}`);
    return socket;
  } finally {
    addPhase(measurement, 'connect', startedAt);
  }
}

/**
 * The addresses of a host, with the phase `dns`. A literal address needs no look-up, so it has no phase. Fails with
 * `dns`, or with the reason of `signal`.
 */
export async function addressesOf(
  host: string,
  { resolve, ipVersion }: Lookup,
  measurement: Measurement,
  signal: AbortSignal,
): Promise<readonly Address[]> {
  const ofVersion = (addresses: readonly Address[]) => {
    const usable = addresses.filter(({ family }) => ipVersion === undefined || family === ipVersion);
    if (ipVersion === undefined || usable.length > 0) return usable;
    throw new ProbeFailure('dns', `${host} has no IPv${ipVersion} address`);
  };
  const literal = literalAddress(host);
  if (literal !== undefined) return ofVersion([literal]);
  const startedAt = measurement.elapsedSeconds();
  try {
    const addresses = ofVersion(await unlessAborted(resolve(host, ipVersion), signal));
    measurement.note(() => `${host} is ${addresses.map(({ address }) => address).join(', ')}`);
    return addresses;
  } finally {
    addPhase(measurement, 'dns', startedAt);
  }
}

/** A look-up cannot be cancelled, so the caller only stops waiting for it. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** What a TLS handshake needs besides the settings of an endpoint. */
interface HandshakeOptions {
  readonly contexts: TlsContexts;
  /** Offered by ALPN. Empty: no ALPN. */
  readonly protocols: readonly string[];
}

/**
 * Starts TLS on an open connection. Measures the phase `tls`, and notes the certificate and the cipher. Fails with
 * `tls`, or with the reason of `signal`; then the connection is closed.
 */
export async function handshake(
  socket: Socket,
  host: string,
  settings: TlsSettings,
  { contexts, protocols }: HandshakeOptions,
  measurement: Measurement,
  signal: AbortSignal,
): Promise<TLSSocket> {
  const startedAt = measurement.elapsedSeconds();
  try {
    const secured = await secure(socket, host, settings, contexts.for(settings), protocols, signal, (facts) => {
      measurement.certificate = earlierCertificate(measurement.certificate, facts);
      measurement.note(
        () =>
          `certificate ${facts.verified ? 'valid' : 'NOT VALID'}, expires ${new Date(facts.expiryTimestampSeconds * 1000).toISOString()} (${facts.whose})`,
      );
    });
    measurement.note(() => `${secured.getProtocol() ?? 'TLS'} ${secured.getCipher().name}`);
    return secured;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    addPhase(measurement, 'tls', startedAt);
  }
}

/** Like `handshake`, for HTTP/2. A server that does not offer HTTP/2 fails with `tls`. */
export async function handshakeHttp2(
  socket: Socket,
  host: string,
  settings: TlsSettings,
  contexts: TlsContexts,
  measurement: Measurement,
  signal: AbortSignal,
): Promise<TLSSocket> {
  const secured = await handshake(socket, host, settings, { contexts, protocols: ['h2'] }, measurement, signal);
  if (secured.alpnProtocol === 'h2') return secured;
  secured.destroy();
  throw new ProbeFailure('tls', 'the server does not offer HTTP/2 (ALPN h2)');
}
