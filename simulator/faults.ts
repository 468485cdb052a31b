import { ExporterError } from '../src/base/errors.js';

/** Faults of simulated services. */
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
  'bundle-404',
  'bundle-html',
  'upstream-slow',
  'upstream-hang',
  'upstream-refuse',
] as const;
/** See `faultKinds`. */
export type FaultKind = (typeof faultKinds)[number];

/** An active fault. */
export type Fault =
  | {
      readonly kind: 'slow';
      /** Added to each answer. */
      readonly seconds: number;
    }
  | {
      readonly kind: 'freeze';
      /** How long each data request blocks the whole service. */
      readonly seconds: number;
    }
  | {
      readonly kind: 'upstream-slow';
      /** Duration of each upstream call of the backend. */
      readonly seconds: number;
    }
  | { readonly kind: Exclude<FaultKind, TimedFaultKind> };

/** Faults with a duration. */
export type TimedFaultKind = keyof typeof defaultSeconds;

/**
 * Default durations. Slow: above the usual warning threshold of 2 s, and below the timeout of a probe every 3 s.
 * Freeze: recorded at the real backend while its upstream takes 2 s per call.
 */
export const defaultSeconds = { slow: 2.5, freeze: 8, 'upstream-slow': 2 } as const;
/** Maximum duration of a fault. */
export const maximumSeconds = 600;

/** Whether a fault has a duration. */
export function isTimed(kind: FaultKind): kind is TimedFaultKind {
  return Object.hasOwn(defaultSeconds, kind);
}

/**
 * Services that can fail, named like their components in the demo's configuration. `pm_gateway` and `database` are
 * parts of the backend (`/pm/…`, `/db/…`), so faults of the backend affect them too.
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

/** Jobs of AI-CRM that report heartbeats, see `jobs.ts`. */
export const jobNames = ['nightly_backup', 'sync'] as const;
/** See `jobNames`. */
export type JobName = (typeof jobNames)[number];

/** Faults of a job: it no longer runs, or each run fails. */
export const jobFaultKinds = ['stopped', 'failing'] as const;
/** See `jobFaultKinds`. */
export type JobFaultKind = (typeof jobFaultKinds)[number];

/** With the fault `flaky`, every request whose number is a multiple of this gets a 500. */
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

/** Possible faults of each service. The TCP services cannot delay connections, because the kernel accepts them. */
export const supportedFaults: Readonly<Record<ServiceName, readonly FaultKind[]>> = {
  backend: [...answers, 'freeze', 'refuse', 'upstream-slow', 'upstream-hang', 'upstream-refuse'],
  pm_gateway: answers,
  database: answers,
  frontend: [...answers, 'refuse', 'bundle-404', 'bundle-html'],
  monitoring: [...answers, 'refuse'],
  gateway: [...answers, 'refuse', 'expired-certificate'],
  postgres: ['refuse'],
  redis: ['slow', 'hang', 'refuse'],
};

/** Named situations: groups of faults that belong together. */
export const scenarios = {
  /** Everything that uses PostgreSQL fails with it, but the backend's `/health` stays healthy, as in reality. */
  'database-down': new Map<ServiceName, Fault>([['postgres', { kind: 'refuse' }]]),
} as const satisfies Record<string, ReadonlyMap<ServiceName, Fault>>;
/** See `scenarios`. */
export type ScenarioName = keyof typeof scenarios;

/** Whether this is the name of a service. */
export function isServiceName(name: string): name is ServiceName {
  return (serviceNames as readonly string[]).includes(name);
}

/** Whether this is the name of a job. */
export function isJobName(name: string): name is JobName {
  return (jobNames as readonly string[]).includes(name);
}

/** Whether this is the name of a scenario. */
export function isScenarioName(name: string): name is ScenarioName {
  return Object.hasOwn(scenarios, name);
}

/** A fault in words: `slow, 3 s`, `freeze, 8 s`; `none` for no fault. */
export function faultWord(fault: Fault | { readonly kind: JobFaultKind } | undefined): string {
  if (fault === undefined) return 'none';
  return 'seconds' in fault ? `${fault.kind}, ${fault.seconds} s` : fault.kind;
}

/** A fault with the service or job that has it. */
export interface ActiveFault {
  readonly service: ServiceName | JobName;
  readonly fault: Fault | { readonly kind: JobFaultKind };
}

/** Effects of faults other than answers. */
interface FaultEffects {
  /** Opens or closes the port of a service. */
  setReachable(service: ServiceName, isReachable: boolean): Promise<void>;
  setCertificate(state: 'valid' | 'expired'): void;
}

/** The faults of the running simulation, at most one per service. Changes run one after the other. */
export class Faults {
  readonly #active = new Map<ServiceName, Fault>();
  readonly #ofJobs = new Map<JobName, JobFaultKind>();
  readonly #effects: FaultEffects;
  #changes: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(effects: FaultEffects) {
    this.#effects = effects;
  }

  /** The current fault of a service; undefined without one. */
  of(service: ServiceName): Fault | undefined {
    return this.#active.get(service);
  }

  /** All active faults in the order of their start; those of jobs last. */
  active(): readonly ActiveFault[] {
    return [
      ...[...this.#active].map(([service, fault]) => ({ service, fault })),
      ...[...this.#ofJobs].map(([service, kind]) => ({ service, fault: { kind } })),
    ];
  }

  /** The current fault of a job; undefined without one. */
  ofJob(job: JobName): JobFaultKind | undefined {
    return this.#ofJobs.get(job);
  }

  /** Sets the fault of a job, or removes it with undefined. It affects the next run. */
  setOfJob(job: JobName, kind: JobFaultKind | undefined): void {
    if (kind === undefined) this.#ofJobs.delete(job);
    else this.#ofJobs.set(job, kind);
  }

  /**
   * Sets the fault of a service and replaces the current one. Resolves when it is effective: for `refuse`, when the
   * port is closed. Throws an exposed `bad_request` for a fault that this service cannot have.
   */
  set(service: ServiceName, fault: Fault): Promise<void> {
    if (!supportedFaults[service].includes(fault.kind)) {
      const known = supportedFaults[service].join(', ');
      const message = `${service} cannot have the fault "${fault.kind}"; it can have: ${known}`;
      return Promise.reject(new ExporterError('bad_request', message, { expose: true }));
    }
    return this.#inTurn(() => this.#change(service, fault));
  }

  /** Removes the fault of a service, if any. Resolves when the port is open again; throws when it cannot be opened. */
  lift(service: ServiceName): Promise<void> {
    return this.#inTurn(() => this.#change(service, undefined));
  }

  isScenarioActive(name: ScenarioName): boolean {
    return [...scenarios[name]].every(([service, { kind }]) => this.#active.get(service)?.kind === kind);
  }

  async setScenario(name: ScenarioName): Promise<void> {
    for (const [service, fault] of scenarios[name]) await this.set(service, fault);
  }

  async liftScenario(name: ScenarioName): Promise<void> {
    for (const service of scenarios[name].keys()) await this.lift(service);
  }

  /** Resolves when no change is running. Later changes are refused, so that no port opens after the end. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#settled();
  }

  #settled(): Promise<void> {
    return this.#changes.catch(() => {});
  }

  async #change(service: ServiceName, fault: Fault | undefined): Promise<void> {
    const before = this.#active.get(service)?.kind;
    // Effects come first: a port that cannot be reopened stays listed as refusing, so that lifting can be repeated.
    if (before === 'refuse' && fault?.kind !== 'refuse') await this.#effects.setReachable(service, true);
    if (before === 'expired-certificate') this.#effects.setCertificate('valid');
    if (fault?.kind === 'expired-certificate') this.#effects.setCertificate('expired');
    if (fault?.kind === 'refuse') await this.#effects.setReachable(service, false);
    if (fault === undefined) this.#active.delete(service);
    else this.#active.set(service, fault);
  }

  #inTurn(change: () => Promise<void>): Promise<void> {
    if (this.#isStopped)
      return Promise.reject(new ExporterError('bad_request', 'the simulation has stopped', { expose: true }));
    const done = this.#settled().then(change);
    this.#changes = done;
    return done;
  }
}

/**
 * Sets the fault of `--fault`: a scenario (`database-down`), or a service with its fault (`backend=500`,
 * `backend=slow:3` or `backend=freeze:8` with seconds). Throws `usage` with all possible values for anything else.
 */
export async function switchOn(faults: Faults, text: string): Promise<void> {
  if (isScenarioName(text)) return faults.setScenario(text);
  const [service = '', given = ''] = text.split('=', 2);
  const [kind = '', seconds] = given.split(':', 2);
  const ofJob = jobFaultKinds.find((name) => name === kind);
  if (isJobName(service) && ofJob !== undefined) return faults.setOfJob(service, ofJob);
  const known = faultKinds.find((name) => name === kind);
  if (!isServiceName(service) || known === undefined) {
    const shape = `${Object.keys(scenarios).join(', ')}, or SERVICE=FAULT with ${serviceNames.join(', ')} and ${faultKinds.join(', ')}, or ${jobNames.join(', ')} and ${jobFaultKinds.join(', ')}`;
    throw new ExporterError('usage', `--fault ${JSON.stringify(text)}: must be ${shape}`);
  }
  if (!isTimed(known)) return faults.set(service, { kind: known });
  const duration = seconds === undefined ? defaultSeconds[known] : Number(seconds);
  if (!(duration > 0))
    throw new ExporterError('usage', `--fault ${JSON.stringify(text)}: the seconds must be a positive number`);
  await faults.set(service, { kind: known, seconds: duration });
}
