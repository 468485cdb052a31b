import type { Clock } from '../base/clock.js';
import { readUrl } from '../base/host-name.js';
import type { Log } from '../base/log.js';
import type { Config } from '../config/config.js';
import type { AiCrmConfig } from '../config/sections/ai-crm-section.js';
import type { ComponentConfig } from '../config/sections/endpoints-section.js';
import { askedUrls, originName, originsOfAiCrm } from '../net/origin-name.js';
import { Lane } from './lane.js';
import type { ProbeEnd, Role } from './own-freezes.js';

/** An announced probe. */
interface ProbeTicket {
  readonly begunAtSeconds: number;
  /** Undefined when its server gets no data requests. */
  readonly lane: Lane | undefined;
}

/** Health probes ask this before they start, and report to it when they end, so that none waits behind a data request of the exporter. */
export interface HealthGate {
  /** Announces a probe. Returns what `endProbe` needs; undefined when the probe is postponed. */
  beginProbe(): ProbeTicket | undefined;
  /**
   * Ends a probe: how it ended (null when it was cancelled), and what its answer says about the program that answers.
   * True when it says nothing about the component and must be discounted.
   */
  endProbe(ticket: ProbeTicket, end: ProbeEnd | null, identity?: string): boolean;
}

/** The gates of all components. */
export interface HealthGates {
  /** The gate of a component. It uses the current configuration. For a component that is not configured, `url` decides. */
  gateFor(component: string, url?: string): HealthGate;
}

/** Key for AI-CRM's answer to a request of the exporter itself. */
const ownAnswer = Symbol('own answer');

type HttpComponent = Extract<ComponentConfig, { readonly kind: 'http' | 'https' }>;

/**
 * Which lane leads to which server. Each origin that is asked for data has one, and all components of the same server
 * share it, at any origin. The lane of AI-CRM also has the components of `ai_crm.components`, those that depend on its
 * components, and those whose health answer is recognised as AI-CRM's. Lanes live as long as the process.
 */
export class Lanes {
  readonly #byOrigin = new Map<string, Lane>();
  /** Other origins of AI-CRM in the current configuration. */
  readonly #alsoAiCrm = new Set<string>();
  #aiCrm: Lane | undefined;
  #components: ReadonlyMap<string, HttpComponent> = new Map();
  readonly #ofComponent = new Map<string, Lane>();
  /** What the last health answer of each component says about the program that answers. */
  readonly #identities = new Map<string, string>();
  /** Components that their answers put on the lane of AI-CRM. */
  readonly #recognised = new Set<string>();
  /** What AI-CRM says about itself, by witness or in its own answer. Each of its health checks may say something else. */
  readonly #ownIdentities = new Map<string | typeof ownAnswer, string>();
  /** The URL of the AI-CRM that this comes from. */
  #ownIdentitiesOf: string | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** Applies a configuration, when nothing of the previous one is running. */
  configure(config: Config): void {
    const { aiCrm } = config;
    const urls = askedUrls(config);
    this.#alsoAiCrm.clear();
    this.#recognised.clear();
    this.#identities.clear();
    this.#ofComponent.clear();
    // If an origin is written in several ways, messages use the first one.
    for (const url of urls.toReversed()) this.laneOf(url).name = new URL(url).origin;
    this.#aiCrm = aiCrm === undefined ? undefined : this.laneOf(aiCrm.url);
    if (aiCrm?.url !== this.#ownIdentitiesOf) this.#ownIdentities.clear();
    this.#ownIdentitiesOf = aiCrm?.url;
    this.#components = new Map(
      config.components.flatMap((component) =>
        component.kind === 'http' || component.kind === 'https' ? [[component.name, component] as const] : [],
      ),
    );
    const roles = new Map<Lane, Map<string, Role>>([...this.#byOrigin.values()].map((lane) => [lane, new Map()]));
    const put = (component: string, lane: Lane, role: Role) => {
      this.#ofComponent.set(component, lane);
      roles.get(lane)?.set(component, role);
    };
    if (aiCrm !== undefined && this.#aiCrm !== undefined) this.#putOnAiCrm(aiCrm, this.#aiCrm, put);
    const asked = new Set(urls.map(originName));
    if (aiCrm !== undefined) {
      for (const origin of originsOfAiCrm(config)) {
        this.#alsoAiCrm.add(origin);
        // A proxy may answer for the components there. Those of AI-CRM are recognised by their answers.
        asked.delete(origin);
      }
    }
    for (const { name, url } of this.#components.values()) {
      if (!this.#ofComponent.has(name) && asked.has(originName(url))) put(name, this.laneOf(url), 'witness');
    }
    for (const [lane, members] of roles) {
      const isGuarded = lane === this.#aiCrm;
      lane.expect(members, {
        isGuarded,
        ...(isGuarded && aiCrm !== undefined && { limitRatio: aiCrm.freezeLimitRatio }),
        others: isGuarded ? [...this.#components.keys()] : [],
      });
    }
  }

  laneOf(url: string): Lane {
    const origin = originName(url) ?? '';
    const known = this.#knownLane(origin);
    if (known !== undefined) return known;
    const lane = new Lane(readUrl(url)?.origin ?? origin, this.clock, this.log);
    this.#byOrigin.set(origin, lane);
    return lane;
  }

  gateFor(component: string, url = ''): HealthGate {
    return {
      beginProbe: () => {
        const lane =
          this.#ofComponent.get(component) ??
          (this.#components.has(component) ? undefined : this.#knownLane(originName(url) ?? ''));
        const begunAtSeconds = lane === undefined ? this.clock.monotonicSeconds() : lane.beginProbe(component);
        return begunAtSeconds === undefined ? undefined : { begunAtSeconds, lane };
      },
      endProbe: ({ begunAtSeconds, lane }, end, identity) => {
        const isDiscounted = lane?.endProbe(component, begunAtSeconds, end) ?? false;
        if (identity !== undefined) {
          this.#identities.set(component, identity);
          this.#recognise(component, identity);
        }
        if (end !== null && this.#ofComponent.get(component) !== this.#aiCrm) this.#aiCrm?.seen(component);
        return isDiscounted;
      },
    };
  }

  /**
   * Whether AI-CRM should be asked for its health: a monitored component may be AI-CRM, and no known component shows
   * what AI-CRM says about itself.
   */
  get wantsIdentity(): boolean {
    return (
      this.#aiCrm !== undefined &&
      this.#ownIdentities.size === 0 &&
      [...this.#components.keys()].some((name) => this.#ofComponent.get(name) !== this.#aiCrm)
    );
  }

  /** Records what AI-CRM's own answer says about it. */
  identify(identity: string | undefined): void {
    if (identity === undefined) this.#ownIdentities.delete(ownAnswer);
    else this.#ownIdentities.set(ownAnswer, identity);
    this.#recogniseOthers();
  }

  isOfAiCrm(lane: Lane): boolean {
    return lane === this.#aiCrm;
  }

  /** Seconds since the start in which the exporter's queries may have frozen monitored servers. */
  get frozenSeconds(): number {
    return [...this.#byOrigin.values()].reduce((sum, lane) => sum + lane.frozenSeconds, 0);
  }

  #knownLane(origin: string): Lane | undefined {
    return this.#alsoAiCrm.has(origin) ? this.#aiCrm : this.#byOrigin.get(origin);
  }

  #putOnAiCrm(aiCrm: AiCrmConfig, lane: Lane, put: (component: string, lane: Lane, role: Role) => void): void {
    for (const { name, url, dependsOn } of this.#components.values()) {
      if (aiCrm.components?.includes(name) === true) put(name, lane, 'witness');
      else if (originName(url) === originName(aiCrm.url) && !this.#ofComponent.has(name)) {
        // On AI-CRM's origin, but outside its path, a proxy itself answers. The dependencies of such a component are
        // behind the proxy, so AI-CRM answers for them.
        const isBeside = !isBelow(url, aiCrm.url);
        put(name, lane, isBeside ? 'behind' : 'witness');
        if (isBeside) for (const other of dependsOn) if (this.#components.has(other)) put(other, lane, 'witness');
      }
    }
    for (const { name, url } of this.#components.values()) {
      if (!this.#ofComponent.has(name) && this.#dependsOn(name, lane)) put(name, lane, 'behind');
      if (this.#ofComponent.get(name) === lane) this.#alsoAiCrm.add(originName(url) ?? '');
    }
  }

  /** Whether a component depends, directly or not, on a component of a lane. */
  #dependsOn(name: string, lane: Lane): boolean {
    const seen = new Set<string>();
    const open = [name];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (this.#ofComponent.get(next) === lane) return true;
      if (seen.has(next)) continue;
      seen.add(next);
      open.push(...(this.#components.get(next)?.dependsOn ?? []));
    }
    return false;
  }

  /** Compares the components again whose lane depends on their answers. */
  #recogniseOthers(): void {
    for (const [component, identity] of this.#identities) {
      if (this.#recognised.has(component) || this.#ofComponent.get(component) !== this.#aiCrm)
        this.#recognise(component, identity);
    }
  }

  #recognise(component: string, identity: string): void {
    const lane = this.#aiCrm;
    if (lane === undefined) return;
    const isOnIt = this.#ofComponent.get(component) === lane;
    const isOwn = [...this.#ownIdentities.values()].includes(identity);
    if (isOnIt && !this.#recognised.has(component)) {
      if (!lane.isWitness(component) || this.#ownIdentities.get(component) === identity) return;
      this.#ownIdentities.set(component, identity);
      this.#recogniseOthers();
    } else if (isOnIt && !isOwn) {
      this.#ofComponent.delete(component);
      this.#recognised.delete(component);
      lane.remove(component);
    } else if (!isOnIt && isOwn) {
      this.#ofComponent.get(component)?.remove(component);
      this.#ofComponent.set(component, lane);
      this.#recognised.add(component);
      this.#alsoAiCrm.add(originName(this.#components.get(component)?.url ?? '') ?? '');
      lane.join(component, 'witness');
      this.log.info(
        'component is answered by the AI-CRM of ai_crm, so the exporter never queries data during a probe of it',
        { component },
      );
    }
  }
}

/** Whether a URL is that of an API, or below it. */
function isBelow(url: string, base: string): boolean {
  const prefix = new URL(base).pathname.replace(/\/$/, '');
  return new URL(url).pathname.startsWith(`${prefix}/`);
}
