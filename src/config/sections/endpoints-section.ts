import { isIP } from 'node:net';
import { hostOf, readUrl } from '../../base/host-name.js';
import { canonicalRecord, recordForms } from '../dns-records.js';
import { byName, choice, filledList, type Given, list, mapping, optional, required } from '../option.js';
import { flag, numberOf, text, url, word } from '../option-kinds.js';
import type { Path } from '../problem.js';
import { type Context, intervalKind, resolveTiming, timeoutDefault, timeoutKind } from '../resolving.js';
import { type GrpcTarget, type IcmpTarget, knownProtocols, type SocketTarget } from '../socket-target.js';
import { type DnsTarget, parseTarget, type Target, targetRefusal, type WebSocketTarget } from '../target-url.js';
import { aboutOptions, type ComponentNotes, resolveNotes } from './about-component.js';
import { type Authentication, resolveTls, type TlsSettings } from './credential-options.js';
import { type DatabaseAddress, resolveDatabase } from './database-options.js';
import { type DialogStep, dialogOption, resolveDialog } from './dialog-options.js';
import { type HttpSettings, httpOptions, namePattern, namesAre, resolveHttp } from './http-options.js';
import {
  type ComponentThresholds,
  componentThresholdOptions,
  resolveComponentThresholds,
} from './thresholds-section.js';

interface ComponentBase extends ComponentNotes {
  /** Connects only to addresses of this version; absent: to any. */
  readonly ipVersion?: 4 | 6;
  /** The key under `endpoints` and the label `component`. */
  readonly name: string;
  /** The target without credentials and query, for people and for the label `target`. */
  readonly target: string;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly dependsOn: readonly string[];
  readonly thresholds: ComponentThresholds;
}

/** A component that is probed over HTTP or HTTPS. */
export interface HttpComponent extends ComponentBase {
  readonly kind: 'http' | 'https';
  /** Without credentials; these are in `http.auth`. */
  readonly url: string;
  readonly http: HttpSettings;
  /** Loads the page's scripts, styles and images, too, also from these other origins. */
  readonly page?: { readonly origins: readonly string[] };
  /** A default endpoint. AI-CRM may not have it, so a 404 does not mean that it is down. */
  readonly mayBeMissing?: true;
}

/** A component that is probed by a TCP or TLS connection, and perhaps by a dialog over it. */
export interface TcpComponent extends ComponentBase, Pick<SocketTarget, 'kind' | 'host' | 'port' | 'protocol'> {
  /** Absent: no TLS. With `tls` it starts at once, with `tcp` as the protocol says. */
  readonly tls?: TlsSettings;
  readonly dialog?: readonly DialogStep[];
}

/** A component that is probed by a WebSocket handshake, and perhaps by messages. */
export interface WebSocketComponent extends ComponentBase, Pick<WebSocketTarget, 'kind' | 'host' | 'port' | 'address'> {
  /** Only headers, credentials and TLS are used. */
  readonly http: HttpSettings;
  readonly dialog?: readonly DialogStep[];
}

/** A host that is probed by ping. */
export interface IcmpComponent extends ComponentBase, Pick<IcmpTarget, 'kind' | 'host'> {}

/** A gRPC server that is asked for its health. */
export interface GrpcComponent extends ComponentBase, Pick<GrpcTarget, 'kind' | 'host' | 'port' | 'service'> {
  /** Only headers (as metadata), credentials and TLS are used. */
  readonly http: HttpSettings;
}

/** A database that is probed by a login and a trivial query. */
export interface DatabaseComponent extends ComponentBase {
  readonly kind: 'postgres' | 'redis';
  readonly database: DatabaseAddress;
}

/** A name server that is asked for records of a name. */
export interface DnsComponent
  extends ComponentBase,
    Pick<DnsTarget, 'kind' | 'host' | 'port' | 'question' | 'recordType'> {
  /** Records that the answer must have, in the form of `canonicalRecord`. Without it, any answer is good. */
  readonly expectedRecords?: readonly string[];
}

/** An entry of `endpoints`. */
export type ComponentConfig =
  | HttpComponent
  | TcpComponent
  | GrpcComponent
  | WebSocketComponent
  | IcmpComponent
  | DatabaseComponent
  | DnsComponent;

/** The endpoints of AI-CRM's monitoring document, for a configuration without `endpoints`. */
export const defaultEndpoints = {
  backend: 'http://localhost:8000/health',
  frontend: 'http://localhost:3000',
  pm_gateway: 'http://localhost:8000/pm/health',
  database: 'http://localhost:8000/db/health',
};

/** Components whose documented answer is a JSON status. Any other answer is UNKNOWN. */
const jsonStatusComponents: readonly string[] = ['backend', 'pm_gateway', 'database'];

/** Default deadline of a probe in seconds. It is at most the interval. */
export const probeTimeoutSeconds = 10;

const originKind = url((given) => {
  const read = readUrl(given);
  const isOrigin = read !== undefined && /^https?:$/.test(read.protocol) && /^[^/]*\/\/[^/?#@]+\/?$/.test(given);
  return isOrigin ? undefined : 'must be an origin such as https://cdn.example.com';
});

/** Options of an endpoint that is a mapping. */
export const endpointOptions = {
  url: required(
    url(targetRefusal),
    'http://, https://, tcp://host:port, tls://host:port (also smtps, imaps, pop3s, ftps and ldaps), ws:// or wss://, grpc:// or grpcs://host:port/service, icmp://host, dns://server/name, postgres://, redis:// or rediss://. User name and password in it become basic authentication and are never shown.',
  ),
  ...httpOptions,
  page: optional(
    choice(
      [
        flag(),
        mapping({
          origins: optional(
            list(originKind, 'a list of origins'),
            'Other origins whose files are loaded, such as https://cdn.example.com.',
            { default: [] },
          ),
        }),
      ],
      'must be true, false or a mapping of origins',
    ),
    'The answer is a page: its scripts, styles and images are loaded, too, as a browser does, and decide about the level. Files of other origins are loaded only if origins lists them.',
    { default: false },
  ),
  records: optional(
    filledList(text(), 'a list of records'),
    'Records that the answer of a dns:// endpoint must have, as zone files have them: addresses, names, "10 mail.example.com".',
    { defaultIs: 'any' },
  ),
  starttls: optional(
    word(knownProtocols),
    'Protocol in which the exporter asks a tcp:// endpoint for TLS. The certificate is verified and exported as with https://.',
    { defaultIs: 'no TLS', synonyms: 'start_tls' },
  ),
  dialog: dialogOption,
  ip_version: optional(
    numberOf([4, 6]),
    'Use only addresses of this IP version. Not together with proxy_url, because then the proxy connects.',
    { defaultIs: 'whichever answers first', synonyms: 'ip_protocol preferred_ip_protocol ip_family address_family' },
  ),
  timeout: optional(timeoutKind, 'Deadline of one probe; at most the interval.', timeoutDefault(probeTimeoutSeconds)),
  interval: optional(intervalKind, 'Time between two probes.', {
    defaultIs: 'check_intervals.health_checks',
  }),
  depends_on: optional(
    list(text(), 'a list of component names'),
    'Components without which this one cannot work: while one of them is down, alerts about this component are held back.',
    { default: [], synonyms: 'dependencies dependency depends requires' },
  ),
  thresholds: optional(
    mapping(componentThresholdOptions),
    'Thresholds of this component, in the form of alert_thresholds.',
  ),
  ...aboutOptions,
};

type GivenEndpoint = Given<typeof endpointOptions>;

/** `endpoints`: name → URL, or mapping. */
export const endpointsKind = byName(
  namePattern,
  namesAre,
  choice([url(targetRefusal), mapping(endpointOptions)], 'must be a URL or a mapping with a url'),
  'a mapping of component names to URLs',
);

type Key = keyof GivenEndpoint;

const httpKeys = Object.keys(httpOptions) as (keyof typeof httpOptions)[];

/** Options that only some kinds of components have. */
const ownKeys: Readonly<Record<ComponentConfig['kind'], readonly Key[]>> = {
  http: [...httpKeys, 'page'],
  https: [...httpKeys, 'page'],
  tcp: ['starttls', 'tls', 'dialog'],
  tls: ['tls', 'dialog'],
  ws: ['headers', 'auth', 'dialog'],
  wss: ['headers', 'auth', 'tls', 'dialog'],
  grpc: ['headers', 'auth'],
  grpcs: ['headers', 'auth', 'tls'],
  icmp: [],
  dns: ['records'],
  postgres: ['auth', 'tls'],
  redis: ['auth', 'tls'],
};

/** The options that a component of this kind can have. */
export function optionsOfKind(kind: ComponentConfig['kind']): Readonly<Partial<typeof endpointOptions>> {
  const foreign = new Set<string>(Object.values(ownKeys).flat());
  for (const key of ownKeys[kind]) foreign.delete(key);
  return Object.fromEntries(Object.entries(endpointOptions).filter(([key]) => !foreign.has(key)));
}

/** An entry of `endpoints`; undefined after an invalid target was reported. */
export async function resolveComponent(
  name: string,
  endpoint: string | GivenEndpoint,
  defaultIntervalSeconds: number,
  context: Context,
): Promise<ComponentConfig | undefined> {
  const path: Path = ['endpoints', name];
  const given: GivenEndpoint = typeof endpoint === 'string' ? { url: endpoint } : endpoint;
  const urlPath = typeof endpoint === 'string' ? path : [...path, 'url'];
  const target = parseTarget(given.url);
  const base = {
    name,
    ...resolveTiming(
      given,
      { intervalSeconds: defaultIntervalSeconds, timeoutSeconds: probeTimeoutSeconds },
      path,
      context,
    ),
    dependsOn: [...new Set(given.depends_on)],
    thresholds: resolveComponentThresholds(given.thresholds ?? {}, [...path, 'thresholds'], context.report),
    ...(given.ip_version === undefined ? {} : { ipVersion: given.ip_version }),
    ...resolveNotes(given),
  };
  if (typeof target === 'string') {
    context.report(urlPath, target);
    return undefined;
  }
  const { kind, shown } = target;
  for (const key of new Set(Object.values(ownKeys).flat()))
    if (given[key] !== undefined && !ownKeys[kind].includes(key))
      context.report([...path, key], notAnOption(key, kind, given.url), 'key');
  if (given.ip_version !== undefined) checkIpVersion(given, target, [...path, 'ip_version'], context);
  switch (target.kind) {
    case 'tcp':
    case 'tls':
      return { ...base, target: shown, ...(await resolvePort(target, given, path, context)) };
    case 'icmp':
      return { ...base, kind: 'icmp', target: shown, host: target.host };
    case 'grpc':
    case 'grpcs': {
      const { kind, host, port, service } = target;
      const http = await resolveHttp(given, { promisesJsonStatus: false }, path, context);
      return { ...base, kind, target: shown, host, port, service, http };
    }
    case 'dns': {
      const { host, port, question, recordType } = target;
      const records = given.records?.map((record, index) => {
        const canonical = canonicalRecord(recordType, record);
        if (canonical === undefined)
          context.report(
            [...path, 'records', index],
            `must be ${recordForms[recordType]}, as ${recordType} records are`,
          );
        return canonical ?? record;
      });
      const expected = records && { expectedRecords: records };
      return { ...base, kind: 'dns', target: shown, host, port, question, recordType, ...expected };
    }
    case 'postgres':
    case 'redis': {
      const database = await resolveDatabase(target, given, path, urlPath, context);
      return { ...base, kind: target.kind, target: shown, database };
    }
  }
  if (given.page !== undefined && given.page !== false && given.method === 'HEAD')
    context.report([...path, 'page'], 'the answer to HEAD has no body', 'key');
  const urlAuth: Authentication | undefined = target.credentials && { kind: 'basic', ...target.credentials };
  const isWebPage = 'url' in target;
  const promisesJsonStatus = isWebPage && jsonStatusComponents.includes(name);
  const http = await resolveHttp(given, { promisesJsonStatus, ...(urlAuth && { urlAuth }) }, path, context);
  if (!isWebPage) {
    const { host, port, address } = target;
    const dialog = given.dialog && { dialog: resolveDialog(given.dialog, [...path, 'dialog'], context) };
    return { ...base, kind: target.kind, target: shown, host, port, address, http, ...dialog };
  }
  return {
    ...base,
    kind: target.kind,
    target: target.shown,
    url: target.url,
    http,
    ...(given.page === undefined || given.page === false ? {} : { page: { origins: originsOf(given.page) } }),
    ...(isDefaultEndpoint(name, given.url) ? { mayBeMissing: true } : {}),
  };
}

/** Kinds whose connections start with TLS. */
const tlsKinds: readonly string[] = ['tls', 'https', 'wss', 'grpcs'];

/** The message names the scheme of the URL, because a kind may have several, such as `smtps://`. */
function notAnOption(key: Key, kind: ComponentConfig['kind'], url: string): string {
  const scheme = /^[a-z][a-z0-9+.-]*(?=:)/i.exec(url)?.[0].toLowerCase() ?? kind;
  if (key === 'starttls' && tlsKinds.includes(kind))
    return `${scheme}:// has TLS from the first byte; starttls is for tcp://host:port, which begins without`;
  return `not an option of ${scheme}:// endpoints`;
}

/** An address in the URL has a fixed version. With a proxy, the proxy connects. */
function checkIpVersion(
  { ip_version: version, proxy_url: proxy }: GivenEndpoint,
  target: Target,
  path: Path,
  context: Context,
) {
  const address = isIP('host' in target ? target.host : (hostOf(new URL(target.url)) ?? ''));
  if (address !== 0 && address !== version) context.report(path, `the URL has an address of IPv${address}`, 'key');
  if (proxy !== undefined)
    context.report(path, 'proxy_url is given as well: the proxy connects, not the exporter', 'key');
}

/** The probe of a port. It uses TLS if the scheme or `starttls` says so. */
async function resolvePort(
  { kind, host, port, protocol }: SocketTarget,
  { starttls, tls, dialog }: GivenEndpoint,
  path: Path,
  context: Context,
): Promise<Pick<TcpComponent, 'kind' | 'host' | 'port' | 'protocol' | 'tls' | 'dialog'>> {
  const spoken = protocol ?? starttls;
  const isSecured = kind === 'tls' || starttls !== undefined;
  if (!isSecured && tls !== undefined) context.report([...path, 'tls'], 'needs starttls, or a tls:// URL', 'key');
  return {
    kind,
    host,
    port,
    ...(spoken === undefined ? {} : { protocol: spoken }),
    ...(isSecured ? { tls: await resolveTls(tls ?? {}, [...path, 'tls'], context) } : {}),
    ...(dialog === undefined ? {} : { dialog: resolveDialog(dialog, [...path, 'dialog'], context) }),
  };
}

function originsOf(page: true | { readonly origins?: readonly string[] | undefined }): readonly string[] {
  return page === true ? [] : (page.origins ?? []).map((origin) => new URL(origin).origin);
}

/** Whether this is a default endpoint, perhaps written into the file, as in the monitoring document. */
function isDefaultEndpoint(name: string, url: string): boolean {
  return Object.entries(defaultEndpoints).some(
    ([defaultName, defaultUrl]) => name === defaultName && url === defaultUrl,
  );
}
