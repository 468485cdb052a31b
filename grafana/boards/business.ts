import { buildBoard } from '../board.js';
import { gateway } from './business/gateway.js';
import { people } from './business/people.js';
import { days, lately, today } from './business/tasks.js';
import { workflows } from './business/workflows.js';

/** The board Business: the use of AI-CRM, compared with its own past. There are no limits to configure for the number of tasks. */
export const business = () =>
  buildBoard({
    name: 'business',
    title: 'Business',
    description: 'Is AI-CRM used as usual? Tasks created and completed, workflows of users, and users.',
    lastTime: '7d',
    panels: [...today(), ...lately(), ...days(18), ...workflows(26), people(39), gateway(40)],
  });
