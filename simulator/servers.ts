import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Server } from 'node:net';
import type { Clock } from '../src/base/clock.js';
import { createBackend } from './backend.js';
import { type CertifiedKey, createAuthority } from './certificate.js';
import { controlListener } from './control.js';
import type { Fault, Faults } from './faults.js';
import { createFrontend, createGateway, type Upstream } from './gateway.js';
import { type HttpServiceOptions, requestListener, upstreamCalls } from './http-service.js';
import { createMonitoringApp } from './monitoring-app.js';
import { createPostgres, createRedis } from './tcp-services.js';
import type { World } from './world.js';

/** Ports of the simulation. `control` is for switching faults. */
export const portNames = ['backend', 'frontend', 'monitoring', 'gateway', 'postgres', 'redis', 'control'] as const;
/** See `portNames`. */
export type PortName = (typeof portNames)[number];

/** What the servers need. The functions are called only when the ports are open. */
interface ServersOptions {
  readonly world: World;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly hasDocumentedEndpoints: boolean;
  readonly requestsPerHour: number;
  readonly latencySeconds: (path: string) => number;
  readonly isOpen: (name: PortName) => boolean;
  readonly backend: () => Upstream;
  /** The name at which others reach the gateway. Its certificate is valid for this name and for loopback. */
  readonly gatewayName: string;
}

/** The servers of the simulation, before they listen. */
interface Servers {
  readonly byName: Readonly<Record<PortName, Server>>;
  /** The certificate of the authority that signed the gateway's one, as PEM. */
  readonly authorityPem: string;
  /** Sets the valid or the expired certificate of the gateway, for new connections. */
  setCertificate(state: 'valid' | 'expired'): void;
}

/** Creates all servers of the simulation. */
export function createServers(options: ServersOptions): Servers {
  const { world, clock, faults, isOpen } = options;
  const listener = (service: Omit<HttpServiceOptions, 'clock' | 'latencySeconds'>) =>
    requestListener({ clock, latencySeconds: options.latencySeconds, ...service });
  const isDatabaseUp = () => isOpen('postgres');
  const isRedisUp = () => isOpen('redis') && faults.of('redis')?.kind !== 'hang';
  const monitoring = createMonitoringApp({ world, clock, isDatabaseUp, isRedisUp });
  const certificates = gatewayCertificates(options.gatewayName);
  const gateway = createSecureServer(
    secureContext(certificates.valid),
    listener({
      handle: createGateway(options.backend),
      faultFor: () => faults.of('gateway'),
      isHealthPath: (path) => path.endsWith('/health'),
    }),
  );
  return {
    authorityPem: certificates.authorityPem,
    setCertificate: (state) => gateway.setSecureContext(secureContext(certificates[state])),
    byName: {
      backend: createServer(
        listener({
          handle: createBackend({ ...options, isDatabaseUp }),
          faultFor: (path) => backendFault(faults, path),
          isHealthPath: (path) => path.endsWith('/health'),
          upstreamCalls,
        }),
      ),
      frontend: createServer(
        listener({
          handle: createFrontend(() => faults.of('frontend')?.kind),
          faultFor: () => faults.of('frontend'),
          isHealthPath: () => true,
        }),
      ),
      monitoring: createServer(
        listener({
          handle: monitoring.handle,
          faultFor: () => faults.of('monitoring'),
          isHealthPath: (path) => path.startsWith('/health'),
          illness: monitoring.illness,
        }),
      ),
      gateway,
      postgres: createPostgres(),
      redis: createRedis(clock, () => faults.of('redis')),
      control: createServer(controlListener(faults)),
    },
  };
}

/**
 * A part's own fault comes first, then that of the whole backend. But `degraded` and `unhealthy` of the backend do not
 * affect its parts.
 */
function backendFault(faults: Faults, path: string): Fault | undefined {
  const whole = faults.of('backend');
  if (!path.startsWith('/pm/') && !path.startsWith('/db/')) return whole;
  const isHealthOnly = whole?.kind === 'degraded' || whole?.kind === 'unhealthy';
  return faults.of(path.startsWith('/pm/') ? 'pm_gateway' : 'database') ?? (isHealthOnly ? undefined : whole);
}

const dayMilliseconds = 86_400_000;
const loopbackNames: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '::1']);

function gatewayCertificates(name: string) {
  const authority = createAuthority();
  // The system clock, not the simulated one, because clients check certificates with it.
  const day = (offset: number) => new Date(Date.now() + offset * dayMilliseconds);
  const issue = (from: number, to: number) =>
    authority.issue({
      names: ['localhost', '127.0.0.1', '::1', ...(loopbackNames.has(name) ? [] : [name])],
      notBefore: day(from),
      notAfter: day(to),
    });
  return { authorityPem: authority.certificatePem, valid: issue(-1, 60), expired: issue(-90, -1) };
}

function secureContext({ certificatePem, keyPem }: CertifiedKey) {
  return { cert: certificatePem, key: keyPem };
}
