import { posix } from 'node:path';
import type { InhibitRule, Receiver, Route } from './alertmanager-file.js';
import { own } from './routing.js';

/** The configuration of Alertmanager as an object. */
export interface AlertmanagerDocument {
  readonly templates: readonly string[];
  readonly route: Route;
  readonly inhibit_rules: readonly InhibitRule[];
  readonly receivers: readonly Receiver[];
}

/** Prefix of the name of each receiver, because the other configuration may have its own "email". */
export const fragmentPrefix = 'ai-crm-';

/**
 * The same for an Alertmanager that others use, too: one route that takes only alerts of this exporter's rules,
 * receivers with a prefix, and absolute paths of templates, because the configuration is in another folder.
 */
export function fragmentOf({ route, receivers, templates, ...rest }: AlertmanagerDocument, folder: string) {
  const { receiver, ...root } = renamed(route);
  return {
    templates: templates.map((path) => posix.join(folder, path)),
    route: { routes: [{ receiver, matchers: [own], ...root }] },
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
