import { hostOf } from '../../base/host-name.js';
import { optional } from '../option.js';
import { url } from '../option-kinds.js';
import type { Path } from '../problem.js';
import type { Context } from '../resolving.js';
import { Secret } from '../secret.js';
import { parseTarget } from '../target-url.js';
import type { TlsSettings } from './credential-options.js';

/** An HTTP proxy. */
export interface ProxyAddress {
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  /** Absent: without TLS. A client certificate is for the server behind it and not for the proxy. */
  readonly tls?: TlsSettings;
  /** The value of `Proxy-Authorization`. */
  readonly authorization?: Secret;
  /** Without credentials, for people. */
  readonly shown: string;
}

/** The way to a server: over which proxy, by the scheme of its URL. */
export interface ProxySettings {
  readonly http?: ProxyAddress;
  readonly https?: ProxyAddress;
  /** Who is asked without any proxy, as `NO_PROXY` has it. */
  readonly exceptions: readonly string[];
}

const fromEnvironment = 'environment';
/** Nobody means these with the proxy of a whole environment, and Go does not either. */
const thisMachine: readonly string[] = ['localhost', '127.0.0.0/8', '::1'];
const expected = 'an HTTP proxy such as http://proxy.example.com:3128';

function proxyOf(given: string, ca?: string): ProxyAddress | undefined {
  const target = parseTarget(given);
  if (typeof target === 'string' || (target.kind !== 'http' && target.kind !== 'https')) return undefined;
  const isTls = target.kind === 'https';
  const { url: address, shown, credentials } = target;
  const { pathname, search, hostname, port } = new URL(address);
  const host = hostOf({ hostname });
  if (host === undefined || pathname !== '/' || search !== '') return undefined;
  const pair = credentials && `${credentials.username}:${credentials.password.reveal()}`;
  return {
    host,
    port: Number(port || (isTls ? 443 : 80)),
    shown,
    ...(isTls ? { tls: { ...(ca === undefined ? {} : { ca }), insecureSkipVerify: false } } : {}),
    ...(pair === undefined ? {} : { authorization: new Secret(`Basic ${Buffer.from(pair).toString('base64')}`) }),
  };
}

/** `proxy_url`. */
export const proxyOption = optional(
  url((given) =>
    given === fromEnvironment || proxyOf(given) !== undefined
      ? undefined
      : `must be ${fromEnvironment}, or ${expected}`,
  ),
  'HTTP proxy for the requests: http://user:password@host:port, or https:// for TLS to the proxy. "environment" uses the variables https_proxy, http_proxy and no_proxy, also in capital letters; without this option they have no effect.',
  { defaultIs: 'none', synonyms: 'proxy http_proxy https_proxy proxy_server proxy_from_environment' },
);

/**
 * What `proxy_url` says; undefined without a proxy, and with a report where a variable of the environment names none. `ca` is whom to trust
 * of proxies with TLS, as of the server behind them.
 */
export function resolveProxy(
  given: string | undefined,
  { ca }: TlsSettings,
  path: Path,
  context: Context,
): ProxySettings | undefined {
  if (given === undefined) return undefined;
  if (given !== fromEnvironment) {
    const proxy = proxyOf(given, ca);
    return proxy && { http: proxy, https: proxy, exceptions: [] };
  }
  const { environment } = context;
  const valueOf = (name: string) => environment[name] || environment[name.toUpperCase()];
  const read = (name: string) => {
    const value = valueOf(name);
    if (value === undefined || value === '') return undefined;
    // As curl and Go have it, a proxy may be written without its scheme.
    const proxy = proxyOf(/^\w+:\/\//.test(value) ? value : `http://${value}`, ca);
    if (proxy === undefined) context.report(path, `the environment's ${name.toUpperCase()} is not ${expected}`);
    return proxy;
  };
  const http = read('http_proxy');
  const https = read('https_proxy');
  if (http === undefined && https === undefined) return undefined;
  return {
    ...(http === undefined ? {} : { http }),
    ...(https === undefined ? {} : { https }),
    exceptions: [...thisMachine, ...(valueOf('no_proxy') ?? '').split(/[\s,]+/).filter((entry) => entry !== '')],
  };
}
