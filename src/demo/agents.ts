import type { Random } from './seeded-random.js';

/** The upper bounds of the task duration histogram, in seconds. */
export const durationBoundsSeconds = [30, 60, 120, 300] as const;

/** One of the AI agents that tasks are given to. */
export interface Agent {
  readonly name: string;
  /** How fast it works; 1 is usual, 2 twice as fast. */
  readonly paceRatio: number;
  /** How often its work is sent back. */
  readonly failureRatio: number;
  /** Tasks that it is working on now. */
  working: number;
  completed: number;
  failed: number;
  /** Over its completed tasks, from start to end. */
  workedSeconds: number;
  /** Completed tasks by duration, not cumulated; one more than `durationBoundsSeconds`. */
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

/** The 62 agents of the simulated AI-CRM, idle, each with a pace of its own. */
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

/** Takes the end of one task into the agent's record; a task that is sent back counts as failed. */
export function recordWork(agent: Agent, outcome: 'completed' | 'failed', seconds: number): void {
  agent.working -= 1;
  agent[outcome] += 1;
  if (outcome === 'failed') return;
  agent.workedSeconds += seconds;
  const bucket = durationBoundsSeconds.findIndex((bound) => seconds <= bound);
  const index = bucket < 0 ? durationBoundsSeconds.length : bucket;
  agent.durations[index] = (agent.durations[index] ?? 0) + 1;
}
