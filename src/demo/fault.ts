/** The ways in which a simulated service can fail. */
export const faultKinds = [
  'slow',
  'freeze',
  'hang',
  'reset',
  'flaky',
  '500',
  '404',
  '401',
  'degraded',
  'unhealthy',
  'wrong-json',
  'html',
  'refuse',
  'expired-certificate',
  'upstream-slow',
  'upstream-hang',
  'upstream-refuse',
] as const;
/** See `faultKinds`. */
export type FaultKind = (typeof faultKinds)[number];

/** A fault that is switched on. */
export type Fault =
  | { readonly kind: 'slow' /** Added to every answer. */; readonly seconds: number }
  | {
      readonly kind: 'freeze' /** How long the whole service stands still for each data request. */;
      readonly seconds: number;
    }
  | {
      readonly kind: 'upstream-slow' /** How long the service that the backend calls for its data takes for each call. */;
      readonly seconds: number;
    }
  | { readonly kind: Exclude<FaultKind, TimedFaultKind> };

/** Faults that last some seconds. */
export type TimedFaultKind = keyof typeof defaultSeconds;

/**
 * How long if not said otherwise. Slow: above the usual warning threshold of 2 s, below the timeout of a probe every 3 s.
 * Freeze: what the real backend was seen to do with an upstream that takes 2 s for each call.
 */
export const defaultSeconds = { slow: 2.5, freeze: 8, 'upstream-slow': 2 } as const;
/** The longest time that can be asked for. */
export const maximumSeconds = 600;

/** Whether a fault lasts some seconds. */
export function isTimed(kind: FaultKind): kind is TimedFaultKind {
  return Object.hasOwn(defaultSeconds, kind);
}

/**
 * The services that can be made to fail, each named like its component in the demo's configuration. `pm_gateway` and
 * `database` are parts of the backend (`/pm/…`, `/db/…`): what befalls the whole backend befalls them too.
 */
export const serviceNames = [
  'backend',
  'pm_gateway',
  'database',
  'frontend',
  'monitoring',
  'gateway',
  'postgres',
  'redis',
] as const;
/** See `serviceNames`. */
export type ServiceName = (typeof serviceNames)[number];

/** With the fault `flaky` each so-manieth request is answered with a 500. */
export const flakyEvery = 4;

const answers = [
  'slow',
  'hang',
  'reset',
  'flaky',
  '500',
  '404',
  '401',
  'degraded',
  'unhealthy',
  'wrong-json',
  'html',
] as const;

/** Which faults each service can have; the plain TCP services cannot be slow to connect, the system's kernel does that. */
export const supportedFaults: Readonly<Record<ServiceName, readonly FaultKind[]>> = {
  backend: [...answers, 'freeze', 'refuse', 'upstream-slow', 'upstream-hang', 'upstream-refuse'],
  pm_gateway: answers,
  database: answers,
  frontend: [...answers, 'refuse'],
  monitoring: [...answers, 'refuse'],
  gateway: [...answers, 'refuse', 'expired-certificate'],
  postgres: ['refuse'],
  redis: ['slow', 'hang', 'refuse'],
};

/** Named situations: faults that belong together, and what else the simulation makes of them. */
export const scenarios = {
  /** Everything that asks PostgreSQL suffers with it; the backend's own `/health` stays healthy, as the real one does. */
  'database-down': new Map<ServiceName, Fault>([['postgres', { kind: 'refuse' }]]),
} as const satisfies Record<string, ReadonlyMap<ServiceName, Fault>>;
/** See `scenarios`. */
export type ScenarioName = keyof typeof scenarios;

/** Whether this is the name of a service. */
export function isServiceName(name: string): name is ServiceName {
  return (serviceNames as readonly string[]).includes(name);
}

/** Whether this is the name of a scenario. */
export function isScenarioName(name: string): name is ScenarioName {
  return Object.hasOwn(scenarios, name);
}

/** A fault in words: `slow, 3 s`, `freeze, 8 s`; `none` for no fault. */
export function faultWord(fault: Fault | undefined): string {
  if (fault === undefined) return 'none';
  return 'seconds' in fault ? `${fault.kind}, ${fault.seconds} s` : fault.kind;
}
