import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { agents } from './agents.js';
import { alerting } from './alerting.js';
import { business } from './business.js';
import { host } from './host.js';
import { overview } from './overview.js';
import { services } from './services.js';
import { slo } from './slo.js';

/** All boards, in the order in which people meet them; `alertNames` are those of the rules. Each is built anew. */
export const boards = (alertNames: readonly string[]): readonly Dashboard[] => [
  overview(alertNames),
  services(),
  slo(),
  host(),
  agents(),
  business(),
  alerting(alertNames),
];
