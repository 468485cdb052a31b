import {
  type Fault,
  type FaultKind,
  isTimed,
  type ServiceName,
  serviceNames,
  supportedFaults,
} from '../../simulator/faults.js';
import { createRandom, type Random } from '../../simulator/seeded-random.js';
import { dependencies } from '../support/alerting-stack.js';
import type { CrmStep, Step } from './steps.js';

export interface SequenceOptions {
  readonly seed: number;
  /** The number of AI-CRMs. Each has its own sequence. */
  readonly crms: number;
  /** No step begins later; in shipped seconds. */
  readonly lengthSeconds: number;
  /** The largest number of steps. */
  readonly faults?: number;
  /** Whether there is time for alerts that need many minutes: slow and flaky answers. */
  readonly hasSlowStories: boolean;
  /** Whether exporters, Prometheus and Alertmanager are killed. Their starts are not faster when other times are shortened. */
  readonly hasCrashes: boolean;
}

/** Faults that make a component down. */
export const downKinds = [
  'refuse',
  'hang',
  'reset',
  '500',
  '404',
  '401',
  'unhealthy',
  'expired-certificate',
] as const satisfies readonly FaultKind[];

/** All ports of the simulated AI-CRM. When all are closed, the machine is down. */
const machine = [
  'backend',
  'frontend',
  'monitoring',
  'gateway',
  'postgres',
  'redis',
] as const satisfies readonly ServiceName[];

/**
 * Outages that begin within this time may become one notification, but only if they are many. So sequences keep this distance between other
 * outages.
 */
const apartSeconds = 100;
/** After a failure a component has no fault for this time, so that its end is notified, also after repeated failures. */
const quietSeconds = 400;
/** An alert that begins late also ends late. So its component has no other fault, and the fault begins early. */
const longQuietSeconds = 1800;
const lastSlowSeconds = 250;

/** Random choices. `evenly` makes each item come up. */
interface Dice extends Random {
  /** One of the items that were chosen least so far. */
  evenly<T extends string>(items: readonly T[]): T;
}

interface Story {
  /** The relative frequency. */
  readonly weight: number;
  /** The services of the story. Their dependants fail with them, and have no other fault during it. */
  readonly services: (random: Dice) => readonly ServiceName[];
  readonly steps: (at: number, services: readonly ServiceName[], random: Dice) => readonly Timed[];
  readonly quietSeconds?: number;
  readonly isSlow?: boolean;
  readonly hasCrash?: boolean;
}

type Timed = Step & { readonly crm: number };
type Bare<T> = T extends { readonly crm: number } ? Omit<T, 'crm'> : never;

function step(fromSeconds: number, toSeconds: number, what: Bare<CrmStep>): Timed {
  return { ...what, fromSeconds, toSeconds, crm: 0 } as Timed;
}

function fault(service: ServiceName, kind: FaultKind, fromSeconds: number, toSeconds: number, seconds = 3): Timed {
  return step(fromSeconds, toSeconds, {
    kind: 'fault',
    service,
    fault: (isTimed(kind) ? { kind, seconds } : { kind }) as Fault,
  });
}

function downKindOf(service: ServiceName, random: Dice): FaultKind {
  return random.evenly(
    downKinds.filter((kind) => supportedFaults[service].includes(kind) && !(service === 'redis' && kind !== 'refuse')),
  );
}

const anyService = (random: Dice) => [random.pick(serviceNames)];
const anyHttpService = (random: Dice) => [
  random.pick(['backend', 'pm_gateway', 'database', 'frontend', 'monitoring', 'gateway'] as const),
];
const leaf = (random: Dice) => [random.pick(['pm_gateway', 'database', 'frontend', 'monitoring', 'gateway'] as const)];
const dependencyAndDependent = (random: Dice) =>
  random.pick([
    ['postgres', 'monitoring'],
    ['postgres', 'database'],
    ['redis', 'monitoring'],
    ['backend', 'gateway'],
    ['backend', 'pm_gateway'],
    ['postgres', 'backend'],
  ] as const);
const everything = () => machine;

const stories: Readonly<Record<string, Story>> = {
  blip: {
    weight: 3,
    services: anyService,
    steps: (at, [one], random) => [fault(one!, downKindOf(one!, random), at, at + random.between(3, 8))],
  },
  outage: {
    weight: 10,
    services: anyService,
    steps: (at, [one], random) => [fault(one!, downKindOf(one!, random), at, at + random.between(90, 240))],
  },
  'an outage that changes its face': {
    weight: 4,
    services: anyHttpService,
    steps: (at, [one], random) => {
      const first = at + random.between(90, 120);
      const second = first + random.between(40, 120);
      return [
        fault(one!, downKindOf(one!, random), at, first),
        fault(
          one!,
          random.pick([...(one === 'gateway' ? [] : (['wrong-json'] as const)), '404', '500'] as const),
          first,
          second,
        ),
        fault(one!, downKindOf(one!, random), second, second + 60),
      ];
    },
  },
  'a dependency fails first': {
    weight: 3,
    services: dependencyAndDependent,
    steps: (at, [first, second], random) => {
      const end = at + random.between(120, 200);
      const own = at + random.between(20, 60);
      return [
        fault(first!, downKindOf(first!, random), at, end),
        fault(
          second!,
          downKindOf(second!, random),
          own,
          random.pick([end - random.between(10, 40), end + random.between(280, 330)]),
        ),
      ];
    },
  },
  'a dependency fails after its dependent': {
    weight: 3,
    services: dependencyAndDependent,
    steps: (at, [first, second], random) => {
      const later = at + random.between(apartSeconds, 130);
      const end = later + random.between(100, 180);
      return [
        fault(
          second!,
          downKindOf(second!, random),
          at,
          random.pick([end - random.between(20, 60), end + random.between(20, 100)]),
        ),
        fault(first!, downKindOf(first!, random), later, end),
      ];
    },
  },
  'the whole machine is gone': {
    weight: 2,
    services: everything,
    steps: (at, services, random) => {
      const end = at + random.between(100, 200);
      return services.map((one) => fault(one, 'refuse', at, end + random.between(0, 20)));
    },
  },
  'the rest of the machine follows one that is down': {
    weight: 1,
    services: everything,
    steps: (at, services, random) => {
      const first = random.pick(['frontend', 'redis'] as const);
      const later = at + random.between(apartSeconds, 130);
      const end = later + random.between(100, 160);
      return services.map((one) =>
        fault(one, 'refuse', one === first ? at : later, one === first ? end + random.pick([-40, 60]) : end),
      );
    },
  },
  'maintenance with a fault in it': {
    weight: 3,
    services: leaf,
    steps: (at, [one], random) => {
      const begin = at + 45;
      const end = begin + random.between(90, 150);
      const isOverInTime = random.chance(0.5);
      const lasts = isOverInTime ? ([begin, end - 25] as const) : ([begin, end + random.between(120, 160)] as const);
      return [
        step(at, end, {
          kind: 'maintenance',
          by: random.evenly(['command', 'configuration'] as const),
          components: [one!],
        }),
        fault(one!, downKindOf(one!, random), ...lasts),
      ];
    },
  },
  'maintenance passes over an outage': {
    weight: 3,
    services: anyService,
    steps: (at, [one], random) => {
      const begin = at + random.between(90, 120);
      const end = begin + random.between(60, 120);
      const over = random.pick([begin + 30, end + random.between(60, 120)]);
      return [
        fault(one!, downKindOf(one!, random), at, over),
        step(begin, end, {
          kind: 'maintenance',
          by: random.evenly(['command', 'configuration'] as const),
          components: random.chance(0.5) ? [one!] : 'all',
        }),
      ];
    },
  },
  'maintenance of everything': {
    weight: 1,
    services: everything,
    steps: (at, services, random) => {
      const end = at + random.between(150, 200);
      return [
        step(at, end, {
          kind: 'maintenance',
          by: random.evenly(['command', 'configuration'] as const),
          components: 'all',
        }),
        ...services
          .filter(() => random.chance(0.5))
          .map((one) => fault(one, downKindOf(one, random), at + 45, end - 30)),
      ];
    },
  },
  flapping: {
    weight: 3,
    services: leaf,
    isSlow: true,
    quietSeconds: longQuietSeconds,
    steps: (at, [one], random) => {
      const kind = downKindOf(one!, random);
      return Array.from({ length: 3 }, (_, index) =>
        fault(one!, kind, at + index * 300, at + index * 300 + random.between(90, 110)),
      );
    },
  },
  'a reload in the middle of an outage': {
    weight: 2,
    services: anyService,
    steps: (at, [one], random) =>
      [
        fault(one!, downKindOf(one!, random), at, at + 180),
        step(at + random.between(10, 150), 0, { kind: 'reload' }),
      ].map((each) => (each.kind === 'reload' ? { ...each, toSeconds: each.fromSeconds } : each)),
  },
  'the exporter restarts in an outage': {
    weight: 2,
    hasCrash: true,
    services: anyService,
    steps: (at, [one], random) => {
      const kill = at + random.between(-10, 150);
      return [
        fault(one!, downKindOf(one!, random), at, at + 200),
        step(kill, kill + random.between(1, 10), { kind: 'exporter killed' }),
      ];
    },
  },
  'the exporter is gone': {
    weight: 2,
    hasCrash: true,
    services: everything,
    steps: (at, _services, random) => {
      const begin = at + random.pick([100, 140]);
      const end = begin + random.pick([20, 40, 160, 200]);
      const one = random.pick(['frontend', 'redis', 'gateway'] as const);
      const kind = random.evenly(['exporter killed', 'exporter stopped'] as const);
      const over = random.pick([begin + 15, end + random.between(60, 120)]);
      return [fault(one, downKindOf(one, random), at, over), step(begin, end, { kind })];
    },
  },
  'an answer that cannot be read': {
    weight: 3,
    services: anyHttpService,
    isSlow: true,
    quietSeconds: longQuietSeconds,
    steps: (at, [one], random) => [fault(one!, 'wrong-json', at, at + random.between(400, 500))],
  },
  'an answer that is slow': {
    weight: 3,
    services: anyHttpService,
    isSlow: true,
    quietSeconds: longQuietSeconds,
    steps: (at, [one], random) => [fault(one!, 'slow', at, at + random.between(500, 600), random.pick([3, 6]))],
  },
  degraded: {
    weight: 3,
    services: leaf,
    isSlow: true,
    quietSeconds: longQuietSeconds,
    steps: (at, [one], random) => [fault(one!, 'degraded', at, at + random.between(320, 400))],
  },
  'each fourth request fails': {
    weight: 3,
    services: leaf,
    isSlow: true,
    quietSeconds: longQuietSeconds,
    steps: (at, [one]) => [fault(one!, 'flaky', at, at + 640)],
  },
};

/** The sequence of a seed in the order of time; always the same. */
export function sequenceOf({
  seed,
  crms,
  lengthSeconds,
  faults,
  hasSlowStories,
  hasCrashes,
}: SequenceOptions): readonly Step[] {
  const random = dice(seed);
  const uses = new Map<Story, number>();
  const known = Object.values(stories).filter(
    ({ isSlow, hasCrash }) => (hasSlowStories || isSlow !== true) && (hasCrashes || hasCrash !== true),
  );
  const steps: Step[] = Array.from({ length: crms }, (_, crm) =>
    crmSteps(random, known, uses, lengthSeconds).map((each) => ({ ...each, crm })),
  ).flat();
  const killed = ['Prometheus killed', 'Alertmanager killed'] as const;
  const [first, ...others] = [0.3, 0.5, 0.7, 0.9].map((part) => Math.round(lengthSeconds * part));
  const moments = hasSlowStories ? [first!, ...others] : [first!, others[1]!];
  if (hasCrashes)
    moments.forEach((at, index) =>
      steps.push({ kind: killed[index % 2]!, fromSeconds: at, toSeconds: at + random.between(3, 20) }),
    );
  const sorted = steps.sort((a, b) => a.fromSeconds - b.fromSeconds);
  return faults === undefined ? sorted : sorted.slice(0, faults);
}

function crmSteps(
  random: Dice,
  known: readonly Story[],
  uses: Map<Story, number>,
  lengthSeconds: number,
): readonly Timed[] {
  const steps: Timed[] = [];
  const freeAt = new Map<ServiceName, number>();
  let next = 60 + random.between(0, 60);
  while (next < lengthSeconds) {
    const places = known
      .filter(({ isSlow }) => isSlow !== true || next < lastSlowSeconds)
      .map((each) => place(each, next, freeAt, random));
    // Usually a story without waiting. Sometimes any story, because one that needs the whole AI-CRM would otherwise never come.
    const soon = random.chance(0.2) ? [] : places.filter(({ at: possible }) => possible <= next + 30);
    const { story, services, touched, at } = leastUsed(soon.length > 0 ? soon : places, uses, random);
    // A story that begins too late is skipped, so that the others do not wait for it.
    const added = story.steps(at, services, random).filter((one) => one.fromSeconds < lengthSeconds);
    if (at >= lengthSeconds - 60) {
      next += apartSeconds;
      continue;
    }
    steps.push(...added);
    uses.set(story, (uses.get(story) ?? 0) + 1);
    const over = Math.max(...added.map(({ toSeconds }) => toSeconds));
    for (const service of touched) freeAt.set(service, over + (story.quietSeconds ?? quietSeconds));
    const lastBegin = Math.max(...added.map(({ fromSeconds }) => fromSeconds));
    next = Math.max(next, (story === stories['flapping'] ? at : lastBegin) + apartSeconds) + random.between(0, 20);
  }
  return steps;
}

function dice(seed: number): Dice {
  const random = createRandom(seed);
  const uses = new Map<string, number>();
  return {
    ...random,
    evenly<T extends string>(items: readonly T[]): T {
      const least = Math.min(...items.map((item) => uses.get(item) ?? 0));
      const chosen = random.pick(items.filter((item) => (uses.get(item) ?? 0) === least));
      uses.set(chosen, least + 1);
      return chosen;
    },
  };
}

/** The story with the fewest uses for its weight. */
function leastUsed<T extends { readonly story: Story }>(
  places: readonly T[],
  uses: ReadonlyMap<Story, number>,
  random: Dice,
): T {
  const share = ({ story }: T) => (uses.get(story) ?? 0) / story.weight;
  const least = Math.min(...places.map(share));
  return random.pick(places.filter((one) => share(one) === least));
}

/** The earliest begin of a story, with its services. */
function place(story: Story, earliest: number, freeAt: ReadonlyMap<ServiceName, number>, random: Dice) {
  const services = story.services(random);
  const touched = withDependents(services);
  return { story, services, touched, at: Math.max(earliest, ...touched.map((service) => freeAt.get(service) ?? 0)) };
}

/** These services with everything that fails when they do. */
function withDependents(services: readonly ServiceName[]): readonly ServiceName[] {
  const touched = new Set<ServiceName>(services);
  for (let before = -1; before !== touched.size; ) {
    before = touched.size;
    for (const name of serviceNames)
      if (dependencies[name]?.some((other) => touched.has(other)) === true) touched.add(name);
  }
  return [...touched];
}
