import { harmlessRequestHeaders, mask } from '../base/sensitive.js';
import type { Config } from './config.js';
import { isMapping, type Kind, type Option, type Options, optionOf } from './option.js';
import { type ComponentConfig, defaultEndpoints, optionsOfKind } from './sections/endpoints-section.js';
import { headersOption, httpOptions } from './sections/http-options.js';
import { knownThresholds, thresholdInFile, thresholdOf } from './sections/thresholds-section.js';
import { documentOptions } from './settings.js';

type Shown = Readonly<Record<string, unknown>>;

/**
 * The settings of the file and the defaults as a plain object with the keys of the file, for `/config`.
 *
 * Durations are in seconds. Secrets, and credentials and queries of URLs, are masked. The content of other files is not
 * shown. The result shares nothing with the configuration.
 */
export function maskedConfig(config: Config): unknown {
  const { endpoints: _endpoints, ...options } = documentOptions;
  const given = config.given.reveal();
  const shown = shownMapping(options, given);
  const endpoints: Shown = given.endpoints ?? defaultEndpoints;
  return {
    source: config.source,
    endpoints: Object.fromEntries(
      config.components.map((component) => [component.name, shownComponent(component, endpoints)]),
    ),
    ...shown,
    alert_thresholds: shownThresholds(config.thresholds),
    ...timed('sql_sources', shown, config.sqlSources),
    ...timed('request_sources', shown, config.requestSources),
    ...timed('transactions', shown, config.transactions),
    ...timed('json_sources', shown, config.jsonSources),
    ...(config.prometheus && { prometheus: { ...part(shown, 'prometheus'), ...timing(config.prometheus) } }),
    ...(config.alertmanager && { alertmanager: { ...part(shown, 'alertmanager'), ...timing(config.alertmanager) } }),
  };
}

function shownComponent(component: ComponentConfig, endpoints: Shown): Shown {
  const given = endpoints[component.name];
  const values = isMapping(given) ? given : { url: given };
  const isWebPage = 'url' in component;
  // Other kinds show options of HTTP only if they are given.
  const options: Options = Object.fromEntries(
    Object.entries(optionsOfKind(component.kind)).filter(
      ([key]) => isWebPage || !(key in httpOptions) || key in values,
    ),
  );
  return {
    ...shownMapping(options, values),
    ...timing(component),
    thresholds: shownThresholds(component.thresholds),
  };
}

function shownThresholds(thresholds: Config['thresholds'] | ComponentConfig['thresholds']): Shown {
  return Object.fromEntries(
    knownThresholds.flatMap(({ key, name, perUnit }) => {
      const threshold = thresholdOf(thresholds, name);
      return threshold === undefined ? [] : [[key, thresholdInFile(threshold, perUnit)]];
    }),
  );
}

interface Timed {
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
}

function timing({ intervalSeconds, timeoutSeconds }: Timed) {
  return { interval: intervalSeconds, timeout: timeoutSeconds };
}

/** The entries of a section with their interval and timeout. Without own ones, these follow from other options. */
function timed(section: string, shown: Shown, entries: readonly (Timed & { readonly name: string })[]): Shown {
  if (entries.length === 0) return {};
  const all = part(shown, section);
  return {
    [section]: Object.fromEntries(entries.map((entry) => [entry.name, { ...part(all, entry.name), ...timing(entry) }])),
  };
}

function part(shown: Shown, key: string): Shown {
  const value = shown[key];
  return isMapping(value) ? value : {};
}

function shownMapping(options: Options, given: Shown, repeated: readonly string[] = []): Shown {
  const keys = new Set([...Object.keys(options), ...Object.keys(given)]);
  const entries = [...keys].flatMap((key): [string, unknown][] => {
    const option = optionOf({ options, repeated }, key);
    if (option === undefined) return [];
    const value = given[key] ?? defaultValue(option);
    return value === undefined ? [] : [[key, shownOption(option, value)]];
  });
  return Object.fromEntries(entries);
}

/** The default of an option. For a mapping without required keys it is an empty mapping if an option inside has a default. */
function defaultValue({ kind, default: value }: Option): unknown {
  const inner = Object.values(kind.options ?? {});
  if (value !== undefined || inner.some(({ isRequired }) => isRequired)) return value;
  return inner.some((option) => defaultValue(option) !== undefined) ? {} : undefined;
}

function shownOption({ kind, isSecret }: Option, value: unknown): unknown {
  if (isSecret !== true) return shownValue(kind, value);
  // A boolean is no secret. It switches an expectation off.
  if (typeof value === 'boolean') return value;
  const isKept = (name: string) => kind === headersOption.kind && harmlessRequestHeaders.has(name.toLowerCase());
  const hasNames = [kind, ...(kind.kinds ?? [])].some(({ isNamed }) => isNamed);
  if (!hasNames || !isMapping(value)) return mask;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, isKept(name) ? inner : mask]));
}

function shownValue(kind: Kind<unknown>, value: unknown): unknown {
  const { options, repeated, each, isUrl } = kind.kinds?.find((one) => one.takes(value)) ?? kind;
  if (options !== undefined && isMapping(value)) return shownMapping(options, value, repeated);
  if (each !== undefined && Array.isArray(value)) return value.map((item: unknown) => shownValue(each, item));
  if (each !== undefined && isMapping(value))
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shownValue(each, inner)]));
  return isUrl === true && typeof value === 'string' ? shownUrl(value) : value;
}

/** A URL without credentials and query. The text before the last "@" may be a password with any characters. */
function shownUrl(url: string): string {
  return url.replace(/^(\w[\w+.-]*:\/\/)?.*@/s, `$1${mask}@`).replace(/[?#].*$/s, `?${mask}`);
}
