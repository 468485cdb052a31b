import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { agents } from './agents.js';
import { alerting } from './alerting.js';
import { business } from './business.js';
import { host } from './host.js';
import { overview } from './overview.js';
import { services } from './services.js';
import { slo } from './slo.js';

/** Builds all boards, in the order of the menu. `alertNames` are the alerts of the rules. */
export const boards = (alertNames: readonly string[]): readonly Dashboard[] => [
  overview(alertNames),
  services(),
  slo(),
  host(),
  agents(),
  business(),
  alerting(alertNames),
];
