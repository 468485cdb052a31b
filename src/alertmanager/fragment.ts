import { posix } from 'node:path';
import type { InhibitRule, Receiver, Route } from './alertmanager-file.js';
import { own } from './routing.js';

/** What is made for Alertmanager. */
export interface AlertmanagerDocument {
  readonly templates: readonly string[];
  readonly route: Route;
  readonly inhibit_rules: readonly InhibitRule[];
  readonly receivers: readonly Receiver[];
}

/** Before the name of each receiver, as others may have an "email" of their own. */
export const fragmentPrefix = 'ai-crm-';

/**
 * The same for an Alertmanager that others use as well: one route that takes the alerts of this exporter's rules and no others,
 * receivers under names of their own, and templates by their path, since the configuration stands in another folder.
 */
export function fragmentOf({ route, receivers, templates, ...rest }: AlertmanagerDocument, folder: string) {
  const { receiver, ...root } = renamed(route);
  return {
    templates: templates.map((path) => posix.join(folder, path)),
    route: { routes: [{ ...(receiver !== undefined && { receiver }), matchers: [own], ...root }] },
    ...rest,
    receivers: receivers.map((one) => ({ ...one, name: `${fragmentPrefix}${one.name}` })),
  };
}

function renamed(route: Route): Route {
  return {
    ...route,
    ...(route.receiver !== undefined && { receiver: `${fragmentPrefix}${route.receiver}` }),
    ...(route.routes !== undefined && { routes: route.routes.map(renamed) }),
  };
}
