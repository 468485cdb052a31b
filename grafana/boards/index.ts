import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { alerting } from './alerting.js';
import { business } from './business.js';
import { overview } from './overview.js';
import { services } from './services.js';

/** All boards, in the order in which people meet them. Each is built anew. */
export const boards = (): readonly Dashboard[] => [overview(), services(), business(), alerting()];
