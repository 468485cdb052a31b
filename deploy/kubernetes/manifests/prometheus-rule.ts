import { type CustomResource, labels } from './custom-resource.js';

/** The fields of a rule that are read here. All other fields are kept. */
interface Rule {
  readonly alert?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** The part of a rule file that is read here. */
interface RuleFile {
  readonly groups: readonly { readonly rules: readonly Rule[] }[];
}

/** A placeholder. A kustomization replaces it by its namespace, see `base/alerting/namespace.yml`. */
const initialNamespace = 'default';

/**
 * Makes a PrometheusRule of this name from a parsed file of `prometheus/rules`. Alerts get the label `namespace`, because the operator's
 * Alertmanager routes by it.
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
