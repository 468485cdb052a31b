import { buildBoard } from '../board.js';
import { componentVariable } from '../variables.js';
import { allComponents } from './services/all-components.js';
import { jobs } from './services/jobs.js';
import { oneComponent } from './services/one-component.js';

/** Every component: which ones are not well, and for each of them why. */
export const services = () =>
  buildBoard({
    name: 'services',
    title: 'Services',
    description:
      'Which component is not well, since when, and why: level, response time, failures by reason, dependencies, objective.',
    variables: [componentVariable()],
    panels: [...allComponents(), jobs(24), ...oneComponent(30)],
  });
