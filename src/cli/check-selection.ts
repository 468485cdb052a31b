import type { Config } from '../config/config.js';
import type { Needs } from '../config/resolving.js';
import { componentsNamed } from './maintenance.js';
import { checkParts } from './options.js';

/** The flags of `check` about what it checks. */
export interface CheckedParts {
  readonly component?: readonly string[];
  readonly without?: readonly (typeof checkParts)[number][];
}

/** Sections that do not affect the probe or the verdict of a component. */
const besideComponents: ReadonlySet<unknown> = new Set([
  ...checkParts,
  'name',
  'maintenance_windows',
  'alertmanager',
  'prometheus',
  'alert_channels',
  'grafana_url',
  'runbooks_url',
  'probe',
]);

/** Only jobs need these tokens. */
const tokensOfJobs: ReadonlySet<unknown> = new Set(['heartbeats', 'heartbeat_token', 'heartbeat_token_file']);

/**
 * The options that a check reads. Secrets of parts that are left out may be missing. The login of AI-CRM is needed
 * while one of the parts that use it is left.
 */
export function needsOf({ component, without = [] }: CheckedParts): Needs {
  if (component !== undefined)
    return ([section, name]) =>
      !besideComponents.has(section) &&
      !tokensOfJobs.has(section) &&
      (section !== 'endpoints' || component.includes(String(name)));
  const leftOut = new Set<unknown>(without);
  const isLoginUsed = ['ai_crm', 'json_sources', 'transactions'].some((part) => !leftOut.has(part));
  return ([section]) => (!leftOut.has(section) && !tokensOfJobs.has(section)) || (section === 'ai_crm' && isLoginUsed);
}

/**
 * The configuration without what the flags leave out. `--component` leaves out everything else, also maintenance
 * windows, because its user wants the real state of the component.
 */
export function selected(config: Config, { component, without = [] }: CheckedParts): Config {
  // The report shows only the present, so it needs no history of Prometheus.
  const { aiCrm, alertmanager, prometheus: _history, ...rest } = config;
  const keeps = (part: (typeof checkParts)[number]) => component === undefined && !without.includes(part);
  const names = component === undefined ? 'all' : componentsNamed({ component }, config);
  return {
    ...rest,
    ...(names === 'all'
      ? { ...(alertmanager === undefined ? {} : { alertmanager }) }
      : {
          maintenanceWindows: [],
          components: config.components
            .filter(({ name }) => names.includes(name))
            .map((one) => ({ ...one, dependsOn: one.dependsOn.filter((name) => names.includes(name)) })),
        }),
    host: { ...config.host, enabled: config.host.enabled && keeps('host') },
    ...(aiCrm !== undefined && keeps('ai_crm') ? { aiCrm } : {}),
    jsonSources: keeps('json_sources') ? config.jsonSources : [],
    sqlSources: keeps('sql_sources') ? config.sqlSources : [],
    requestSources: keeps('request_sources') ? config.requestSources : [],
    transactions: keeps('transactions') ? config.transactions : [],
    heartbeats:
      names === 'all'
        ? keeps('heartbeats')
          ? config.heartbeats
          : []
        : config.heartbeats.filter(({ name }) => names.includes(name)),
  };
}
