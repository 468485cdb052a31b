import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { agents } from './agents.js';
import { alerting } from './alerting.js';
import { business } from './business.js';
import { host } from './host.js';
import { overview } from './overview.js';
import { services } from './services.js';

/** All boards, in the order in which people meet them. Each is built anew. */
export const boards = (): readonly Dashboard[] => [overview(), services(), host(), agents(), business(), alerting()];
