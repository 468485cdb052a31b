import type { Random } from './seeded-random.js';

/** Number of items for each key that occurs. */
export function countBy<T>(items: Iterable<T>, keyOf: (item: T) => string): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[keyOf(item)] = (counts[keyOf(item)] ?? 0) + 1;
  return counts;
}

/** Percentage, 0–100; 0 when `whole` is 0. */
export function percent(part: number, whole: number): number {
  return whole === 0 ? 0 : (part / whole) * 100;
}

/** Subscription tiers of accounts, lowest first. */
export const tiers = ['free', 'pro', 'enterprise'] as const;
/** See `tiers`. */
export type Tier = (typeof tiers)[number];
/** The role of an account. */
export type AccountRole = 'user' | 'manager' | 'admin';

/** An account of the simulated CRM. */
export interface Account {
  readonly id: number;
  readonly username: string;
  readonly email: string;
  readonly fullName: string;
  readonly role: AccountRole;
  readonly tier: Tier;
  readonly isEnabled: boolean;
  readonly isVerified: boolean;
  readonly createdAtSeconds: number;
  lastLoginSeconds: number | null;
}

/** An account that can log in. */
interface DemoLogin {
  readonly username: string;
  /** Not a secret: it is valid only in a simulation. */
  readonly password: string;
  readonly role: AccountRole;
  readonly tier: Tier;
}

/** One login for each set of rights. */
export const demoLogins = {
  free: { username: 'fred.free', password: 'demo-free', role: 'user', tier: 'free' },
  pro: { username: 'petra.pro', password: 'demo-pro', role: 'manager', tier: 'pro' },
  enterprise: { username: 'erik.enterprise', password: 'demo-enterprise', role: 'user', tier: 'enterprise' },
  admin: { username: 'ada.admin', password: 'demo-admin', role: 'admin', tier: 'enterprise' },
} as const satisfies Record<string, DemoLogin>;

const daySeconds = 86_400;
const features = ['task_board', 'agent_suggestion', 'pm_analysis', 'reports', 'exports'] as const;
const perSecond = { registered: 1 / 1800, failedLogin: 1 / 150, login: 1 / 3000, logout: 1 / 900, request: 1 / 7 };
const requestErrorRatio = 0.006;

/** The users of the simulated CRM, and what they do. */
export class Population {
  readonly accounts: Account[] = [];
  readonly online = new Set<number>();
  requestsTotal = 0;
  requestErrorsTotal = 0;
  failedLoginsTotal = 0;
  readonly featureUsage = new Map<string, number>(features.map((feature) => [feature, 0]));

  constructor(
    private readonly random: Random,
    startSeconds: number,
  ) {
    for (const { username, role, tier } of Object.values(demoLogins)) {
      this.#add({
        username,
        role,
        tier,
        isEnabled: true,
        isVerified: true,
        createdAtSeconds: startSeconds - 200 * daySeconds,
      });
    }
    for (let made = 0; made < 130; made += 1) this.#register(startSeconds - random.between(1, 180) * daySeconds);
    for (const { id } of this.accounts) if (random.chance(0.2)) this.online.add(id);
  }

  /** Simulates one second. */
  step(nowSeconds: number): void {
    const { random } = this;
    if (random.chance(perSecond.registered)) this.#register(nowSeconds);
    if (random.chance(perSecond.failedLogin)) this.failedLoginsTotal += 1;
    for (const account of this.accounts) {
      if (!this.online.has(account.id)) {
        if (account.isEnabled && random.chance(perSecond.login)) this.#login(account, nowSeconds);
      } else if (random.chance(perSecond.logout)) this.online.delete(account.id);
      else if (random.chance(perSecond.request)) this.#request();
    }
  }

  /** A user who is online; the first account when nobody is. */
  pickOnline(): number {
    return this.online.size === 0 ? 1 : this.random.pick([...this.online]);
  }

  #login(account: Account, nowSeconds: number): void {
    account.lastLoginSeconds = nowSeconds;
    this.online.add(account.id);
    this.#request();
  }

  #request(): void {
    this.requestsTotal += 1;
    if (this.random.chance(requestErrorRatio)) this.requestErrorsTotal += 1;
    const feature = this.random.pick(features);
    this.featureUsage.set(feature, (this.featureUsage.get(feature) ?? 0) + 1);
  }

  #register(createdAtSeconds: number): void {
    const { random } = this;
    this.#add({
      username: `user${this.accounts.length + 1}`,
      role: random.chance(0.1) ? 'manager' : 'user',
      tier: random.chance(0.6) ? 'free' : random.chance(0.75) ? 'pro' : 'enterprise',
      isEnabled: random.chance(0.95),
      isVerified: random.chance(0.85),
      createdAtSeconds,
    });
  }

  #add(account: Pick<Account, 'username' | 'role' | 'tier' | 'isEnabled' | 'isVerified' | 'createdAtSeconds'>): void {
    const { username } = account;
    this.accounts.push({
      ...account,
      id: this.accounts.length + 1,
      email: `${username}@crm.example`,
      fullName: username
        .split('.')
        .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
        .join(' '),
      lastLoginSeconds: null,
    });
  }
}

/** The upper bounds of the task duration histogram, in seconds. */
export const durationBoundsSeconds = [30, 60, 120, 300] as const;

/** An AI agent that gets tasks. */
export interface Agent {
  readonly name: string;
  /** Working speed; 1 is normal, 2 twice as fast. */
  readonly paceRatio: number;
  /** Ratio of its tasks that are sent back. */
  readonly failureRatio: number;
  /** Number of current tasks. */
  working: number;
  completed: number;
  failed: number;
  /** Total time of its completed tasks. */
  workedSeconds: number;
  /** Completed tasks by duration, not cumulative; one element more than `durationBoundsSeconds`. */
  readonly durations: number[];
}

const names = `account-planner accessibility-reviewer analytics-engineer android-developer ansible-specialist api-designer
  audit-preparer backend-architect bug-triager campaign-writer capacity-planner chatbot-designer churn-analyst
  cloud-economist compliance-officer contract-reader crm-migrator customer-researcher dashboard-builder data-cleaner
  data-modeller database-tuner dependency-updater deployment-pilot design-critic django-developer docs-editor
  email-composer embedded-developer etl-builder experiment-designer fastapi-developer feature-scout forecast-analyst
  frontend-developer go-developer incident-responder integration-tester interview-summariser invoice-matcher
  ios-developer kubernetes-operator lead-scorer legal-summariser localisation-editor meeting-scribe model-evaluator
  network-planner onboarding-guide performance-tuner pricing-analyst privacy-reviewer proposal-writer query-optimizer
  release-manager rust-developer sales-forecaster security-auditor support-responder test-writer ui-prototyper
  webhook-engineer`;

/** The 62 agents of the simulated AI-CRM, idle, each with its own pace. */
export function createAgents(random: Random): readonly Agent[] {
  return names.split(/\s+/).map((name) => ({
    name,
    paceRatio: 0.5 + random.next() * 1.5,
    failureRatio: random.next() * 0.12,
    working: 0,
    completed: 0,
    failed: 0,
    workedSeconds: 0,
    durations: [0, 0, 0, 0, 0],
  }));
}

/** Records the end of a task for an agent. A task that is sent back counts as failed. */
export function recordWork(agent: Agent, outcome: 'completed' | 'failed', seconds: number): void {
  agent.working -= 1;
  agent[outcome] += 1;
  if (outcome === 'failed') return;
  agent.workedSeconds += seconds;
  const bucket = durationBoundsSeconds.findIndex((bound) => seconds <= bound);
  const index = bucket < 0 ? durationBoundsSeconds.length : bucket;
  agent.durations[index] = (agent.durations[index] ?? 0) + 1;
}
