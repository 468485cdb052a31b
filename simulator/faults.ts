import { ExporterError } from '../src/base/errors.js';

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
  'bundle-404',
  'bundle-html',
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

/** The jobs of AI-CRM, which report in, see `jobs.ts`. */
export const jobNames = ['nightly_backup', 'sync'] as const;
/** See `jobNames`. */
export type JobName = (typeof jobNames)[number];

/** What can be wrong with a job: it does not run any more, or fails with each run. */
export const jobFaultKinds = ['stopped', 'failing'] as const;
/** See `jobFaultKinds`. */
export type JobFaultKind = (typeof jobFaultKinds)[number];

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
  frontend: [...answers, 'refuse', 'bundle-404', 'bundle-html'],
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

/** What the faults switch themselves, outside of answering requests. */
interface FaultEffects {
  /** Closes or opens the port of a service for real. */
  setReachable(service: ServiceName, isReachable: boolean): Promise<void>;
  /** Puts the valid or the expired certificate into the gateway. */
  setCertificate(state: 'valid' | 'expired'): void;
}

/** The faults of the running simulation; at most one per service. Changes happen one after the other. */
export class Faults {
  readonly #active = new Map<ServiceName, Fault>();
  readonly #ofJobs = new Map<JobName, JobFaultKind>();
  readonly #effects: FaultEffects;
  #changes: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(effects: FaultEffects) {
    this.#effects = effects;
  }

  /** The fault that a service has now, if any. */
  of(service: ServiceName): Fault | undefined {
    return this.#active.get(service);
  }

  /** Every fault that is switched on, in the order in which they were, those of jobs last. */
  active(): readonly ActiveFault[] {
    return [
      ...[...this.#active].map(([service, fault]) => ({ service, fault })),
      ...[...this.#ofJobs].map(([service, kind]) => ({ service, fault: { kind } })),
    ];
  }

  /** What is wrong with a job, if anything. */
  ofJob(job: JobName): JobFaultKind | undefined {
    return this.#ofJobs.get(job);
  }

  /** Switches the fault of a job on, or with undefined off. Counts from its next run on. */
  setOfJob(job: JobName, kind: JobFaultKind | undefined): void {
    if (kind === undefined) this.#ofJobs.delete(job);
    else this.#ofJobs.set(job, kind);
  }

  /**
   * Switches a fault on, in the place of the one that the service has. Resolves when it works: with `refuse`, when the
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

  /** Switches a service's fault off, if it has one. Resolves when the port is open again; throws when it cannot be. */
  lift(service: ServiceName): Promise<void> {
    return this.#inTurn(() => this.#change(service, undefined));
  }

  /** Whether every fault of the scenario is switched on. */
  isScenarioActive(name: ScenarioName): boolean {
    return [...scenarios[name]].every(([service, { kind }]) => this.#active.get(service)?.kind === kind);
  }

  /** Switches every fault of a scenario on. */
  async setScenario(name: ScenarioName): Promise<void> {
    for (const [service, fault] of scenarios[name]) await this.set(service, fault);
  }

  /** Switches every fault of a scenario off. */
  async liftScenario(name: ScenarioName): Promise<void> {
    for (const service of scenarios[name].keys()) await this.lift(service);
  }

  /** Resolves when no change is under way; changes asked for later are refused, so that no port opens after the end. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#settled();
  }

  #settled(): Promise<void> {
    return this.#changes.catch(() => {});
  }

  async #change(service: ServiceName, fault: Fault | undefined): Promise<void> {
    const before = this.#active.get(service)?.kind;
    // First the effects: a port that cannot be opened again stays listed as refusing, and lifting can be tried again.
    if (before === 'refuse' && fault?.kind !== 'refuse') await this.#effects.setReachable(service, true);
    if (before === 'expired-certificate') this.#effects.setCertificate('valid');
    if (fault?.kind === 'expired-certificate') this.#effects.setCertificate('expired');
    if (fault?.kind === 'refuse') await this.#effects.setReachable(service, false);
    if (fault === undefined) this.#active.delete(service);
    else this.#active.set(service, fault);
  }

  #inTurn(change: () => Promise<void>): Promise<void> {
    if (this.#isStopped)
      return Promise.reject(new ExporterError('bad_request', 'the simulation has ended', { expose: true }));
    const done = this.#settled().then(change);
    this.#changes = done;
    return done;
  }
}

/**
 * Switches on what `--fault` names: a scenario (`database-down`), or a service with its fault (`backend=500`,
 * `backend=slow:3` or `backend=freeze:8` with seconds). Throws `usage` for anything else, with what there is.
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
