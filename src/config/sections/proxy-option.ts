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
  /** Without the brackets of an IPv6 address. */
  readonly host: string;
  readonly port: number;
  /** Absent: without TLS. A client certificate is for the server behind it and not for the proxy. */
  readonly tls?: TlsSettings;
  /** The value of `Proxy-Authorization`. */
  readonly authorization?: Secret;
  /** Without credentials, for people. */
  readonly shown: string;
}

/** The proxies by scheme of the URL. */
export interface ProxySettings {
  readonly http?: ProxyAddress;
  readonly https?: ProxyAddress;
  /** Hosts that are connected without a proxy, in the form of `NO_PROXY`. */
  readonly exceptions: readonly string[];
}

const fromEnvironment = 'environment';
/** A proxy of the environment does not apply to these, like in Go. */
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
 * The proxies of `proxy_url`; undefined without a proxy. Reports an invalid variable of the environment. `ca` is the authority of the
 * server; it also applies to a proxy with TLS.
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
    // A proxy may lack its scheme, like in curl and Go.
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
