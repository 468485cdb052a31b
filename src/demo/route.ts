import type { Clock } from '../clock.js';
import { type Answer, type DemoRequest, textAnswer } from './exchange.js';
import type { Account } from './population.js';
import type { Tokens } from './tokens.js';
import type { World } from './world.js';

/** What the backend needs of the rest of the simulation. */
export interface BackendOptions {
  readonly world: World;
  readonly clock: Clock;
  /** Whether PostgreSQL answers now. */
  readonly isDatabaseUp: () => boolean;
  /** Whether the endpoints that only the monitoring document knows exist; without them they are 404, as in reality. */
  readonly hasDocumentedEndpoints: boolean;
  readonly requestsPerHour: number;
}

/** What the routes share. */
export interface BackendContext extends BackendOptions {
  readonly tokens: Tokens;
}

/** A route of the backend; `user` is there when it asked for one. */
export type Route =
  | { readonly access: 'open'; readonly answer: (request: DemoRequest) => Answer }
  | { readonly access: 'user'; readonly answer: (request: DemoRequest, user: Account) => Answer };

/** Routes by `METHOD /path`. */
export type Routes = Readonly<Record<string, Route>>;

/** A route that everyone may use. */
export function open(answer: (request: DemoRequest) => Answer): Route {
  return { access: 'open', answer };
}

/** A route for accounts that are logged in. */
export function forUser(answer: (request: DemoRequest, user: Account) => Answer): Route {
  return { access: 'user', answer };
}

/** What an unhandled exception looks like from outside. */
export function crash(): Answer {
  return textAnswer(500, 'Internal Server Error');
}
