import type { DataAccess } from './data-access.js';
import { DataFailure } from './data-client.js';

/** Stands in for the real one until its branch is merged, and goes then: nothing can be asked. */
export const noDataAccess: DataAccess = {
  client: { ask: () => Promise.reject(new DataFailure('internal', 'not yet')) },
  account: () => Promise.reject(new DataFailure('auth', 'not yet')),
  loginState: () => null,
  limits: () => [],
};
