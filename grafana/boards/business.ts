import { buildBoard } from '../board.js';
import { gateway } from './business/gateway.js';
import { people } from './business/people.js';
import { days, lately, today } from './business/tasks.js';
import { workflows } from './business/workflows.js';

/** What AI-CRM is used for, against its own past: nobody configures how many tasks are many. */
export const business = () =>
  buildBoard({
    name: 'business',
    title: 'Business',
    description:
      'Is AI-CRM used as it usually is: how much comes and gets done, do the workflows of users go through, who works with it, and what do they get?',
    lastTime: '7d',
    panels: [...today(), ...lately(), ...days(18), ...workflows(26), ...people(39), ...gateway(56)],
  });
