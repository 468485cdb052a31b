import type { Agent } from './agents.js';
import { refusalBelow } from './authenticate.js';
import { jsonAnswer } from './exchange.js';
import { type BackendContext, forUser, type Routes } from './route.js';
import { textFields } from './validation.js';

const maxSuggestions = 5;
const stages = ['requirements', 'design', 'implementation', 'testing', 'deployment'] as const;
/** Words that make a task look big. */
const heavyWords = ['platform', 'architecture', 'enterprise', 'migration', 'end-to-end', 'complete', 'security'];

interface Suggestion {
  readonly agent: string;
  readonly confidence: number;
  readonly matched_keywords: readonly string[];
  readonly reasoning: string;
}

/** The two endpoints that think about a task without creating one. */
export function analysisRoutes({ world, clock }: BackendContext): Routes {
  return {
    'POST /agents/suggest': forUser((request) => {
      const checked = textFields(request, ['title', 'description']);
      if ('status' in checked) return checked;
      return jsonAnswer(200, suggest(world.agents, `${checked.fields.title} ${checked.fields.description}`));
    }),
    'POST /pm/analyze': forUser((request, user) => {
      const refusal = refusalBelow('pro', user);
      if (refusal !== undefined) return refusal;
      const checked = textFields(request, ['title', 'description']);
      if ('status' in checked) return checked;
      // The thinking is done at once; what takes its time is the simulated service around it.
      world.recordAnalysis(clock.monotonicSeconds() - request.arrivedAtSeconds, true);
      return jsonAnswer(200, analyse(world.agents, checked.fields.title, checked.fields.description));
    }),
  };
}

/** The agents whose names share words with the text, the best first. */
function suggest(agents: readonly Agent[], text: string): readonly Suggestion[] {
  const words = new Set(wordsOf(text));
  const found = agents.flatMap(({ name }): Suggestion[] => {
    const own = name.split('-');
    const matched = own.filter((word) => words.has(word));
    if (matched.length === 0) return [];
    const reasoning = `Keywords: ${matched.join(', ')}`;
    return [{ agent: name, confidence: (matched.length / own.length) * 100, matched_keywords: matched, reasoning }];
  });
  return found.sort((a, b) => b.confidence - a.confidence).slice(0, maxSuggestions);
}

function analyse(agents: readonly Agent[], title: string, description: string) {
  const text = `${title} ${description}`;
  const complexity = 1 + wordsOf(text).filter((word) => heavyWords.includes(word)).length;
  const isComplex = complexity >= 3;
  const estimatedHours = complexity * (isComplex ? 16 : 2);
  const suggested = suggest(agents, text).map(({ agent }) => agent);
  const [primary = agents[0]?.name ?? '', ...supporting] = suggested;
  const hoursPerStage = estimatedHours / stages.length;
  const common = {
    analysis: {
      complexity,
      estimated_hours: estimatedHours,
      required_agents: [primary, ...supporting],
      dependencies: [],
      risk_factors: text.toLowerCase().includes('security') ? ['Security review needed'] : [],
      success_criteria: ['Accepted by the customer', 'Tests pass'],
    },
    workflow: {
      task_id: '',
      primary_agent: primary,
      supporting_agents: supporting,
      workflow_steps: stages.map((step) => ({ step, agent: primary, duration_hours: hoursPerStage })),
      estimated_completion: `${Math.ceil(estimatedHours / 8)} days`,
      dependencies: [],
    },
    priority: complexity > 1 ? 'HIGH' : 'MEDIUM',
  };
  if (!isComplex) {
    const recommendation = `Give it to ${primary}, about ${estimatedHours} hours`;
    return {
      type: 'direct_assignment',
      task: { title, description },
      ...common,
      assigned_agent: primary,
      recommendation,
    };
  }
  const subtasks = stages.map((stage, index) => ({
    title: `${title}: ${stage}`,
    description: `Part ${index + 1} of ${stages.length}: ${description}`,
    agent: primary,
    estimated_hours: hoursPerStage,
    depends_on: index === 0 ? null : `${title}: ${stages[index - 1] ?? ''}`,
  }));
  return {
    type: 'complex_task',
    original_task: { title, description },
    ...common,
    subtasks,
    recommendation: 'Split it into these subtasks',
  };
}

function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(/[a-z][a-z-]*[a-z]/g) ?? [];
}
