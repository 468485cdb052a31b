import type { InhibitRule, Matchers, Receiver, Route } from '../../../src/alertmanager/alertmanager-file.js';
import { type CustomResource, labels } from './custom-resource.js';

/** The parts of a rendered Alertmanager configuration that are read here. */
interface Rendered {
  readonly route: Route;
  readonly inhibit_rules: readonly InhibitRule[];
  readonly receivers: readonly Receiver[];
}

/**
 * Makes an AlertmanagerConfig from a rendered and parsed Alertmanager configuration. It cannot contain templates. Throws for a receiver
 * that is not only webhooks: other receivers have secrets, which need a Secret.
 */
export function alertmanagerConfig(name: string, rendered: unknown): CustomResource {
  const { route, inhibit_rules: rules, receivers } = rendered as Rendered;
  return {
    apiVersion: 'monitoring.coreos.com/v1alpha1',
    kind: 'AlertmanagerConfig',
    metadata: { name, labels },
    spec: {
      route: routeOf(route),
      inhibitRules: rules.map((rule) => ({
        sourceMatch: rule.source_matchers.map(matcher),
        targetMatch: rule.target_matchers.map(matcher),
        equal: rule.equal,
      })),
      receivers: receivers.map(receiverOf),
    },
  };
}

function routeOf({
  receiver,
  matchers,
  group_by,
  group_wait,
  group_interval,
  repeat_interval,
  continue: goesOn,
  routes,
}: Route): Readonly<Record<string, unknown>> {
  return {
    ...(receiver && { receiver }),
    ...(matchers && { matchers: matchers.map(matcher) }),
    ...(group_by && { groupBy: group_by }),
    ...(group_wait && { groupWait: group_wait }),
    ...(group_interval && { groupInterval: group_interval }),
    ...(repeat_interval && { repeatInterval: repeat_interval }),
    ...(goesOn && { continue: goesOn }),
    ...(routes && { routes: routes.map(routeOf) }),
  };
}

function receiverOf({ name, webhook_configs: webhooks = [], ...others }: Receiver): Readonly<Record<string, unknown>> {
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new Error(`receiver ${name}: ${unknown} cannot be written as an AlertmanagerConfig`);
  return { name, ...(webhooks.length > 0 && { webhookConfigs: webhooks.map(webhook) }) };
}

function webhook({
  url,
  send_resolved: sendResolved,
  max_alerts: maxAlerts,
  ...others
}: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new Error(`webhook: ${unknown} cannot be written as an AlertmanagerConfig`);
  return { url, sendResolved, maxAlerts };
}

function matcher(text: Matchers[number]): Readonly<Record<string, string>> {
  const [, name, matchType, value] = /^(\w+)(=~|!~|!=|=)"([^"\\]*)"$/.exec(text) ?? [];
  if (name === undefined || matchType === undefined || value === undefined)
    throw new Error(`matcher ${text} is not understood`);
  return { name, matchType, value };
}
