import { BlockList, isIP, type Socket } from 'node:net';
import { ProbeFailure } from '../base/reason.js';
import type { ProxyAddress, ProxySettings } from '../config/sections/proxy-option.js';
import { handshake, type Network, openConnection } from './connect.js';
import { addPhase, type Measurement } from './measurement.js';
import { portOf } from './origin-name.js';

/** The proxy for a URL; undefined without one. */
export function proxyFor(settings: ProxySettings | undefined, url: URL): ProxyAddress | undefined {
  const proxy = url.protocol === 'https:' ? settings?.https : settings?.http;
  if (proxy === undefined || settings === undefined || settings.exceptions.length === 0) return proxy;
  return settings.exceptions.some((exception) => isExcepted(exception, url)) ? undefined : proxy;
}

/**
 * Whether an entry of `NO_PROXY` matches this URL. An entry is `*`, a name with all names below it, `.name` for only
 * those below it, an address, or a range of addresses. A port in the entry must equal that of the URL.
 */
function isExcepted(exception: string, url: URL): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const [, literal, name = literal ?? '', port] =
    /^(?:\[([^\]]+)\]|([^:]*|[\da-f:.]+\/\d+|[\da-f:.]*:[\da-f.]*:[\da-f:.]*))(?::(\d+))?$/i.exec(exception) ?? [];
  if (port !== undefined && port !== portOf(url)) return false;
  if (name === '*') return true;
  const [address = '', length] = name.split('/');
  if (isIP(address) !== 0) return isWithin(host, address, length);
  const wanted = name.toLowerCase().replace(/^\*/, '');
  return wanted.startsWith('.') ? host.endsWith(wanted) : wanted !== '' && `.${host}`.endsWith(`.${wanted}`);
}

function isWithin(host: string, address: string, length: string | undefined): boolean {
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  const longest = family === 'ipv6' ? 128 : 32;
  const bits = Number(length ?? longest);
  if (isIP(host) !== isIP(address) || !(bits >= 0 && bits <= longest)) return false;
  const list = new BlockList();
  list.addSubnet(address, bits, family);
  return list.check(host, family);
}

/** Maximum size of a proxy's answer to CONNECT, in bytes. */
const longestHead = 16 * 1024;

/**
 * Opens a connection over a proxy, tunnelled to `through` (host:port) if that is given. The phases `dns` and `connect`
 * are those of the proxy. TLS with the proxy, and the time until it has connected, count as `connect`. The IP version
 * behind the proxy is unknown.
 *
 * Fails with `internal` when the proxy is not reachable, because the state of the server is unknown then; with `auth`
 * when the proxy refuses; with `connect` when the proxy reports that it cannot reach the server; or with the reason of
 * `signal`.
 */
export async function connectProxy(
  proxy: ProxyAddress,
  through: string | undefined,
  network: Network,
  measurement: Measurement,
  signal: AbortSignal,
): Promise<Socket> {
  measurement.waitsFor = `the proxy ${proxy.shown}`;
  const socket = await openProxy(proxy, network, measurement, signal).catch((error: unknown) => {
    if (!(error instanceof ProbeFailure)) throw error;
    throw new ProbeFailure('internal', `the proxy ${proxy.shown} cannot be reached: ${error.message}`, {
      cause: error,
    });
  });
  delete measurement.waitsFor;
  delete measurement.ipProtocol;
  if (through === undefined) return socket;
  const startedAt = measurement.elapsedSeconds();
  try {
    const credentials = proxy.authorization && `proxy-authorization: ${proxy.authorization.reveal()}\r\n`;
    socket.write(`CONNECT ${through} HTTP/1.1\r\nhost: ${through}\r\n${credentials ?? ''}\r\n`);
    const statusCode = await answered(socket, proxy, signal);
    if (statusCode < 200 || statusCode > 299) throw refusalOf(proxy, statusCode, through);
    measurement.note(() => `the proxy has connected to ${through}`);
    return socket;
  } catch (error) {
    socket.on('error', () => {}).destroy();
    throw error;
  } finally {
    addPhase(measurement, 'connect', startedAt);
  }
}

async function openProxy(
  { host, port, tls }: ProxyAddress,
  network: Network,
  measurement: Measurement,
  signal: AbortSignal,
): Promise<Socket> {
  const socket = await openConnection(host, port, network, measurement, signal);
  if (tls === undefined) return socket;
  const startedAt = measurement.elapsedSeconds();
  // The certificate of the proxy must not count as that of the component.
  const apart: Measurement = { ...measurement, phases: {} };
  try {
    const options = { contexts: network.tlsContexts, protocols: ['http/1.1'] };
    return await handshake(socket, host, tls, options, apart, signal);
  } finally {
    addPhase(measurement, 'connect', startedAt);
  }
}

/** The failure for a status code of a proxy that does not let a request through. `through` is the server behind it. */
export function refusalOf({ shown, authorization }: ProxyAddress, statusCode: number, through: string): ProbeFailure {
  const proxy = `${statusCode}: the proxy ${shown}`;
  // tinyproxy answers 401 to wrong credentials.
  if (statusCode === 407 || statusCode === 401)
    return new ProbeFailure(
      'auth',
      authorization === undefined
        ? `${proxy} requires credentials; set them in proxy_url`
        : `${proxy} does not accept the credentials of proxy_url`,
    );
  if (statusCode === 403) return new ProbeFailure('auth', `${proxy} refuses to connect to ${through}`);
  // Squid answers 503, nginx 502, tinyproxy 500.
  if (statusCode >= 500) return new ProbeFailure('connect', `${proxy} cannot reach ${through}`);
  return new ProbeFailure('internal', `${proxy} does not connect to ${through}: check proxy_url`);
}

/** The status code of the proxy's answer. Bytes after its headers stay in the socket for the next reader. */
function answered(socket: Socket, { shown }: ProxyAddress, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    let received = '';
    const finish = () => {
      signal.removeEventListener('abort', onAbort);
      socket.removeListener('data', onData).removeListener('error', onEnd).removeListener('close', onEnd).pause();
    };
    const fail = (error: Error) => {
      finish();
      reject(error);
    };
    const onAbort = () => fail(signal.reason as Error);
    const onEnd = () => fail(new ProbeFailure('internal', `the proxy ${shown} closed the connection before an answer`));
    const onData = (bytes: Buffer) => {
      received += bytes.toString('latin1');
      const [head, statusCode] = /^HTTP\/1\.\d (\d{3})[^]*?\n\r?\n/.exec(received) ?? [];
      if (head === undefined) {
        if (received.length > longestHead || !'HTTP/1.'.startsWith(received.slice(0, 7)))
          fail(new ProbeFailure('internal', `${shown} is not an HTTP proxy`));
        return;
      }
      finish();
      if (head.length < received.length) socket.unshift(Buffer.from(received.slice(head.length), 'latin1'));
      resolve(Number(statusCode));
    };
    socket.on('data', onData).once('error', onEnd).once('close', onEnd);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}
