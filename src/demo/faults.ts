import { ExporterError } from '../errors.js';
import { type Fault, type ScenarioName, type ServiceName, scenarios, supportedFaults } from './fault.js';

/** A fault with the service that has it. */
export interface ActiveFault {
  readonly service: ServiceName;
  readonly fault: Fault;
}

/** What the faults switch themselves, outside of answering requests. */
export interface FaultEffects {
  /** Closes or opens the port of a service for real. */
  setReachable(service: ServiceName, isReachable: boolean): Promise<void>;
  /** Puts the valid or the expired certificate into the gateway. */
  setCertificate(state: 'valid' | 'expired'): void;
}

/** The faults of the running simulation; at most one per service. Changes happen one after the other. */
export class Faults {
  readonly #active = new Map<ServiceName, Fault>();
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

  /** Every fault that is switched on, in the order in which they were. */
  active(): readonly ActiveFault[] {
    return [...this.#active].map(([service, fault]) => ({ service, fault }));
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
