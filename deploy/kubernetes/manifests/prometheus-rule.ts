import { type CustomResource, labels } from './custom-resource.js';

/** What is looked at of a rule; everything else is passed on. */
interface Rule {
  readonly alert?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** What is looked at of a file of rules. */
interface RuleFile {
  readonly groups: readonly { readonly rules: readonly Rule[] }[];
}

/** In the place of the namespace that a kustomization says, see `base/alerting/namespace.yml`. */
const initialNamespace = 'default';

/**
 * A file of `prometheus/rules`, parsed, as a PrometheusRule of this name. Alerts get the label by which the operator's Alertmanager
 * routes them.
 */
export function prometheusRule(name: string, file: unknown): CustomResource {
  const groups = (file as RuleFile).groups.map(({ rules, ...group }) => ({
    ...group,
    rules: rules.map((rule) =>
      rule.alert === undefined ? rule : { ...rule, labels: { ...rule.labels, namespace: initialNamespace } },
    ),
  }));
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name, labels },
    spec: { groups },
  };
}
