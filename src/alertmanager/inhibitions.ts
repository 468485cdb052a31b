import type { Commented, InhibitRule } from './configuration.js';

/** Only alerts of this exporter's rules: an Alertmanager may serve others as well. */
const own = 'alertname=~"AiCrm.+"';

/**
 * Which alert makes which others superfluous. That a component which others depend on silences theirs is not here but in the
 * rules themselves: no label of an alert says what it depends on.
 *
 * Alertmanager drops the end of an alert that ends while it is inhibited, and then does not report the next failure. So the rule of
 * AiCrmComponentDown does not end before what inhibits it. The other rules do not wait yet.
 */
export const inhibitions: readonly Commented<InhibitRule>[] = [
  {
    comment: 'Critical over warning, for the same alert of the same subject.',
    value: {
      source_matchers: [own, 'severity="critical"'],
      target_matchers: [own, 'severity=~"warning|info"'],
      equal: ['alertname', 'job', 'instance', 'component', 'mountpoint', 'agent', 'transaction', 'operation', 'source', 'collector'],
    },
  },
  {
    comment: 'A component that is down is also slow, failing and spending its error budget.',
    value: {
      source_matchers: ['alertname=~"AiCrmComponentDown|AiCrmComponentDownTogether"'],
      target_matchers: ['alertname=~"AiCrmComponent.+|AiCrmAvailabilityBurnRate"', 'alertname!="AiCrmComponentDown"', 'alertname!="AiCrmComponentsDown"'],
      equal: ['job', 'component'],
    },
  },
  {
    comment: 'What an exporter that is gone said last. The other one of a pair, another instance, goes on being heard.',
    value: {
      source_matchers: ['alertname="AiCrmExporterDown"'],
      target_matchers: [own, 'alertname!="AiCrmExporterDown"'],
      equal: ['job', 'instance'],
    },
  },
  {
    comment: 'The last exporter: nothing is known any more, and that one of them is gone is old news.',
    value: { source_matchers: ['alertname="AiCrmExporterDown"', 'severity="critical"'], target_matchers: [own], equal: ['job'] },
  },
  {
    comment: 'A component in maintenance.',
    value: {
      source_matchers: ['alertname="AiCrmMaintenance"', 'component!=""'],
      target_matchers: [own, 'alertname!="AiCrmMaintenance"'],
      equal: ['job', 'component'],
    },
  },
  {
    comment: 'The whole AI-CRM in maintenance.',
    value: {
      source_matchers: ['alertname="AiCrmMaintenance"', 'scope="all"'],
      target_matchers: [own, 'alertname!="AiCrmMaintenance"'],
      equal: ['job'],
    },
  },
];
