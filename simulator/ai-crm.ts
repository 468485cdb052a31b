import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, systemClock } from '../src/base/clock.js';
import { ExporterError, messageOf, systemCodeOf } from '../src/base/errors.js';
import { Faults, type ServiceName } from './faults.js';
import { createRandom } from './seeded-random.js';
import { createServers, type PortName, portNames } from './servers.js';
import { loopback, Port } from './tcp-services.js';
import { World } from './world.js';

/** Typical response times of the real backend in seconds, by path prefix; the first match counts. */
const typicalSeconds: readonly (readonly [prefix: string, seconds: number])[] = [
  ['/health', 0.002],
  ['/auth/login', 0.23],
  ['/auth', 0.006],
  ['/tasks', 0.009],
  ['/agents/suggest', 0.02],
  ['/agents', 0.006],
  ['/pm/analyze', 0.016],
  ['/analytics/executive', 0.021],
  ['/analytics', 0.014],
  ['/users', 0.007],
  ['/db', 0.005],
  ['/pm', 0.012],
  ['', 0.003],
];

const outlierRatio = 0.02;
const outlierFactor = 5;

/** Creates a function that returns the duration of an answer: like the real services, with jitter, outliers, and more under load. */
function createLatency(isReal: boolean, seed: number, world: World): (path: string) => number {
  if (!isReal) return () => 0;
  // A separate random generator, so that the number of requests does not change the events in the world.
  const random = createRandom(seed ^ 0x1a7e9c);
  return (path) => {
    const usual = typicalSeconds.find(([prefix]) => path.startsWith(prefix))?.[1] ?? 0;
    const load = 0.7 + world.population.online.size / 100;
    return usual * load * (0.7 + 0.6 * random.next()) * (random.chance(outlierRatio) ? outlierFactor : 1);
  };
}

/** Creates a temporary folder and returns its path. Throws `output_unwritable` with a hint for another place. */
export async function makeTemporaryFolder(prefix: string): Promise<string> {
  try {
    return await mkdtemp(join(tmpdir(), prefix));
  } catch (error) {
    throw new ExporterError(
      'output_unwritable',
      `no temporary folder can be made in ${tmpdir()} (${systemCodeOf(error) ?? messageOf(error)}); TMPDIR can name another place`,
      { cause: error },
    );
  }
}

/** Options of the simulated AI-CRM; all are optional. */
export interface AiCrmOptions {
  /** Port numbers; 0 or absent: chosen by the system. */
  readonly ports?: Readonly<Partial<Record<PortName, number>>>;
  /** The address on which the services listen. Default: loopback, 127.0.0.1. */
  readonly host?: string;
  /** The address of the control page for faults, which has no login. Default: loopback, for any `host`. */
  readonly controlHost?: string;
  /** The name or address at which others reach the services. Default: `host`, or loopback if `host` means all addresses. */
  readonly advertise?: string;
  /** Time of the world, of token expiry and of delays. Default: the system clock. */
  readonly clock?: Clock;
  /** The same seed gives the same tasks, agents and users. Default 1. */
  readonly seed?: number;
  /** Whether `/pm/health`, `/db/health` and the JSON metrics exist. False: they are 404, as in the real backend. Default true. */
  readonly hasDocumentedEndpoints?: boolean;
  /** Maximum requests per hour for each Authorization header, without health endpoints. Default 1000. */
  readonly requestsPerHour?: number;
  /** Whether answers take as long as real ones (2 ms for `/health`, 230 ms for a login). Default false: no delay. */
  readonly hasLatency?: boolean;
}

/** A running simulated AI-CRM. */
export interface RunningAiCrm {
  readonly ports: Readonly<Record<PortName, number>>;
  /** The address of each service without a path: `http://127.0.0.1:8000`, `tcp://127.0.0.1:5432`. */
  readonly urls: Readonly<Record<PortName, string>>;
  /** The PEM file of the authority that signed the gateway's certificate. Removed by `stop()`. */
  readonly caFile: string;
  readonly faults: Faults;
  /** Its content, for inspection. */
  readonly world: World;
  /** Closes all ports and connections, also hanging ones, and removes temporary files. A second call does nothing. */
  stop(): Promise<void>;
}

const defaultRequestsPerHour = 1000;
/** Addresses to listen on that a client cannot connect to. */
const everyAddress: ReadonlySet<string> = new Set(['0.0.0.0', '::']);
const schemes = {
  backend: 'http',
  frontend: 'http',
  monitoring: 'http',
  gateway: 'https',
  postgres: 'tcp',
  redis: 'tcp',
  control: 'http',
} as const;

/**
 * Starts the simulated AI-CRM, by default on loopback: real servers on real ports. Throws `port_in_use` or
 * `listen_failed` when a port is not available, and `output_unwritable` without a temporary folder; then nothing stays
 * open.
 */
export async function startAiCrm(options: AiCrmOptions = {}): Promise<RunningAiCrm> {
  const { host = loopback, controlHost = loopback } = options;
  const advertised = options.advertise ?? reachable(host);
  const clock = options.clock ?? systemClock;
  const seed = options.seed ?? 1;
  const world = new World(seed, clock.nowSeconds());
  const faults = new Faults({
    setReachable: (service, isReachable) =>
      isReachable ? ports[portOf(service)].reopen() : ports[portOf(service)].close(),
    setCertificate: (state) => servers.setCertificate(state),
  });
  const servers = createServers({
    world,
    clock,
    faults,
    hasDocumentedEndpoints: options.hasDocumentedEndpoints ?? true,
    requestsPerHour: options.requestsPerHour ?? defaultRequestsPerHour,
    latencySeconds: createLatency(options.hasLatency ?? false, seed, world),
    isOpen: (name) => ports[name].isOpen,
    backend: () => ({ host: reachable(host), port: ports.backend.number }),
    gatewayName: advertised,
  });
  const ports = forEachPort(
    (name) => new Port(servers.byName[name], options.ports?.[name] ?? 0, name === 'control' ? controlHost : host),
  );
  const directory = await makeTemporaryFolder('ai-crm-demo-');
  const caFile = join(directory, 'ca.pem');
  const stop = async () => {
    // Waits first for a port that is being reopened. Otherwise it would be open after the end.
    await faults.stop();
    await Promise.all(portNames.map((name) => ports[name].close()));
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await writeFile(caFile, servers.authorityPem);
    for (const name of portNames) await ports[name].open();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    ports: forEachPort((name) => ports[name].number),
    urls: forEachPort(
      (name) =>
        `${schemes[name]}://${bracketed(name === 'control' ? reachable(controlHost) : advertised)}:${ports[name].number}`,
    ),
    caFile,
    faults,
    world,
    stop,
  };
}

/** The address at which this machine reaches a listening address. */
function reachable(host: string): string {
  return everyAddress.has(host) ? loopback : host;
}

/** As part of a URL. */
function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function forEachPort<T>(valueOf: (name: PortName) => T): Readonly<Record<PortName, T>> {
  return Object.fromEntries(portNames.map((name) => [name, valueOf(name)])) as Record<PortName, T>;
}

function portOf(service: ServiceName): PortName {
  return service === 'pm_gateway' || service === 'database' ? 'backend' : service;
}
