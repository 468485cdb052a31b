import { buildBoard } from '../board.js';
import { componentVariable } from '../variables.js';
import { allComponents } from './services/all-components.js';
import { jobs } from './services/jobs.js';
import { oneComponent } from './services/one-component.js';
import { pages } from './services/pages.js';

/** The board Services: all components, and the chosen one in detail. */
export const services = () =>
  buildBoard({
    name: 'services',
    title: 'Services',
    description:
      'Which component is not well, since when, and why: level, response time, failures by reason, dependencies. Below, the chosen component in detail.',
    variables: [componentVariable()],
    panels: [...allComponents(), jobs(26), pages(32), ...oneComponent(33)],
  });
