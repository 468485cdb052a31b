import type { Commented, InhibitRule } from './configuration.js';

/** Only alerts of this exporter's rules: an Alertmanager may serve others as well. */
const own = 'alertname=~"AiCrm.+"';

/**
 * Maintenance holds back reminders of what was reported before it. Nothing else is held back here: the rules themselves keep an alert
 * from beginning because of another one, or of a dependency. Alertmanager drops the end of an alert that ends while it is inhibited,
 * and then does not report the next failure. So the rules hold what fires until maintenance is over, and AiCrmMaintenance begins when
 * an end that came before it has been reported.
 */
export const inhibitions: readonly Commented<InhibitRule>[] = [
  {
    comment: 'A component in maintenance.',
    value: {
      source_matchers: ['alertname="AiCrmMaintenance"', 'component!=""'],
      target_matchers: [own, 'alertname!="AiCrmMaintenance"'],
      equal: ['job', 'component'],
    },
  },
  {
    comment: 'The whole AI-CRM in maintenance. Its exporters are not.',
    value: {
      source_matchers: ['alertname="AiCrmMaintenance"', 'scope="all"'],
      target_matchers: [own, 'alertname!="AiCrmMaintenance"', 'area!="exporter"'],
      equal: ['job'],
    },
  },
];
