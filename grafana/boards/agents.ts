import { buildBoard } from '../board.js';
import { agentVariable } from '../variables.js';
import { history } from './agents/history.js';
import { listOfAgents } from './agents/list.js';
import { operations } from './agents/operations.js';
import { shares } from './agents/shares.js';
import { agentStats } from './agents/stats.js';

/**
 * The board Agents: how many agents there are, how much each one works, and how well. A real AI-CRM has more than sixty agents. So graphs
 * show all of them as one line, or only the extremes. Tables and bars show the names.
 */
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
