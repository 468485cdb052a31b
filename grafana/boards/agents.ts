import { buildBoard } from '../board.js';
import { agentVariable } from '../variables.js';
import { history } from './agents/history.js';
import { listOfAgents } from './agents/list.js';
import { operations } from './agents/operations.js';
import { shares } from './agents/shares.js';
import { agentStats } from './agents/stats.js';

/** Who works, how much, and how well. Drawn for the sixty-odd agents of a real AI-CRM: lines are for all of them or the extremes, names are in tables and bars. */
export const agents = () =>
  buildBoard({
    name: 'agents',
    title: 'Agents',
    description:
      'Which agents work, how much and how well; which have too much or nothing to do, and which have changed.',
    variables: [agentVariable()],
    lastTime: '24h',
    panels: [...agentStats(), ...listOfAgents(), ...shares(), ...history(), operations(43)],
  });
