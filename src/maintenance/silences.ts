import { isRecord } from '../base/json.js';
import { ProbeFailure } from '../base/reason.js';
import type { ProgramConfig } from '../config/sections/programs-section.js';
import { askProgram } from '../net/ask-program.js';
import type { HttpProber } from '../net/http-client.js';

/** A condition on one label, in the form of Alertmanager. */
export interface Matcher {
  readonly name: string;
  readonly value: string;
  readonly isRegex: boolean;
  /** False: applies to values that do not match. */
  readonly isEqual: boolean;
}

/** A silence that has not ended, from API v2 of Alertmanager. */
export interface Silence {
  readonly id: string;
  readonly matchers: readonly Matcher[];
  readonly startsAtSeconds: number;
  readonly endsAtSeconds: number;
  readonly createdBy: string;
  readonly comment: string;
}

/**
 * The active and future silences of an answer to `GET /api/v2/silences`, the first to end first. Undefined if the
 * document is not such an answer. Invalid entries are ignored.
 */
export function readSilences(document: unknown): readonly Silence[] | undefined {
  if (!Array.isArray(document)) return undefined;
  return (document as readonly unknown[])
    .flatMap((entry) => readSilence(entry) ?? [])
    .sort((a, b) => a.endsAtSeconds - b.endsAtSeconds || (a.id < b.id ? -1 : 1));
}

function readSilence(entry: unknown): Silence | undefined {
  if (!isRecord(entry) || !isRecord(entry['status']) || !Array.isArray(entry['matchers'])) return undefined;
  const { id, status, matchers, startsAt, endsAt, createdBy, comment } = entry;
  const startsAtSeconds = secondsOf(startsAt);
  const endsAtSeconds = secondsOf(endsAt);
  if (typeof id !== 'string' || status['state'] === 'expired' || Number.isNaN(startsAtSeconds + endsAtSeconds))
    return undefined;
  const read = (matchers as readonly unknown[]).map(readMatcher);
  // Without one of its conditions the silence would apply to more alerts.
  if (read.length === 0 || !read.every((matcher) => matcher !== undefined)) return undefined;
  return { id, matchers: read, startsAtSeconds, endsAtSeconds, createdBy: textOf(createdBy), comment: textOf(comment) };
}

function readMatcher(entry: unknown): Matcher | undefined {
  if (!isRecord(entry)) return undefined;
  const { name, value, isRegex, isEqual = true } = entry;
  if (
    typeof name !== 'string' ||
    typeof value !== 'string' ||
    typeof isRegex !== 'boolean' ||
    typeof isEqual !== 'boolean'
  )
    return undefined;
  return { name, value, isRegex, isEqual };
}

function secondsOf(time: unknown): number {
  return typeof time === 'string' ? Date.parse(time) / 1000 : Number.NaN;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/**
 * Asks Alertmanager for the active and future silences. Throws a `ProbeFailure` that says why there is no answer,
 * without quoting it.
 */
export async function askSilences(
  alertmanager: ProgramConfig,
  prober: HttpProber,
  signal: AbortSignal,
): Promise<readonly Silence[]> {
  const name = { name: 'Alertmanager', section: 'alertmanager' };
  const silences = readSilences(await askProgram(alertmanager, '/api/v2/silences', name, prober, signal));
  if (silences === undefined)
    throw new ProbeFailure('json', 'the answer is not a list of silences; check alertmanager.url');
  return silences;
}

/**
 * Alerts about a component, or about AI-CRM as a whole. A silence is maintenance only if it matches all of these. A
 * silence of one alert, or of warnings only, means that this alert is not wanted. It says nothing about the component.
 */
const examples: readonly Readonly<Record<string, string>>[] = [
  { alertname: 'AiCrmComponentDown', area: 'services', severity: 'critical' },
  { alertname: 'AiCrmComponentSlow', area: 'services', severity: 'warning' },
  { alertname: 'AiCrmAvailabilityBurnRate', area: 'slo', severity: 'critical' },
];

/**
 * Whether a silence silences all alerts of a component, or with null all alerts. `job` is the label of this AI-CRM in
 * Prometheus; without it, silences with a job belong to another AI-CRM.
 */
export function isMaintenanceOf(
  { matchers }: Pick<Silence, 'matchers'>,
  component: string | null,
  job: string | undefined,
): boolean {
  return examples.every((example) => {
    const labels = { ...example, job, component: component ?? undefined };
    return matchers.every((matcher) => isMatch(matcher, labels));
  });
}

/** The matchers of `maintenance start`. They never match the watchdog, because its absence causes an alarm elsewhere. */
export function matchersOf(components: readonly string[] | 'all', job: string | undefined): readonly Matcher[] {
  const own: readonly Matcher[] = job === undefined ? [] : [equal('job', job)];
  if (components === 'all')
    return [
      ...own,
      { name: 'alertname', value: 'AiCrm.+', isRegex: true, isEqual: true },
      { name: 'severity', value: 'none', isRegex: false, isEqual: false },
    ];
  const [first = '', ...others] = components;
  if (others.length === 0) return [...own, equal('component', first)];
  return [...own, { name: 'component', value: components.map(escaped).join('|'), isRegex: true, isEqual: true }];
}

/** The components of a silence that has the matchers of `matchersOf`, or `all`. Undefined for any other silence. */
export function componentsOf(
  { matchers }: Pick<Silence, 'matchers'>,
  job: string | undefined,
): readonly string[] | 'all' | undefined {
  const isAll = sameMatchers(matchers, matchersOf('all', job));
  if (isAll) return 'all';
  const value = matchers.find(({ name }) => name === 'component')?.value ?? '';
  const names = value.split('|').map((name) => name.replaceAll('\\', ''));
  return sameMatchers(matchers, matchersOf(names, job)) ? names : undefined;
}

function sameMatchers(some: readonly Matcher[], others: readonly Matcher[]): boolean {
  const keys = (matchers: readonly Matcher[]) =>
    matchers
      .map(({ name, value, isRegex, isEqual }) => JSON.stringify([name, value, isRegex, isEqual]))
      .sort()
      .join();
  return keys(some) === keys(others);
}

function isMatch(
  { name, value, isRegex, isEqual }: Matcher,
  labels: Readonly<Record<string, string | undefined>>,
): boolean {
  const label = labels[name] ?? '';
  if (!isRegex) return (label === value) === isEqual;
  const pattern = patternOf(value);
  // An expression that is not supported never matches. So it counts as no maintenance and hides nothing.
  return pattern !== undefined && pattern.test(label) === isEqual;
}

/**
 * Alertmanager uses RE2. JavaScript differs from it, and some of its expressions run for hours. So only common
 * expressions are supported: alternatives of names, with `.`, `.*` and `.+` in them.
 */
function patternOf(value: string): RegExp | undefined {
  const isPlain =
    value.length <= 4096 &&
    value
      .split('|')
      .every(
        (alternative) =>
          /^(?:[\w:/@ -]|\\[.\-:]|\.[*+]?)*$/.test(alternative) && alternative.split(/\.[*+]/).length <= 4,
      );
  return isPlain ? new RegExp(`^(?:${value})$`) : undefined;
}

function equal(name: string, value: string): Matcher {
  return { name, value, isRegex: false, isEqual: true };
}

/** Names have letters, digits and `_.:-`. Only the dot has a special meaning in a regular expression. */
function escaped(name: string): string {
  return name.replaceAll('.', '\\.');
}

/**
 * The silences of the last answer of Alertmanager. They stay after a reload and while Alertmanager does not answer.
 * Each counts until its own end.
 */
export class CurrentSilences {
  #silences: readonly Silence[] = [];
  #job: string | undefined;

  /** Replaces all silences. `job` is the label of this AI-CRM in Prometheus. */
  replace(silences: readonly Silence[], job: string | undefined): void {
    this.#silences = silences;
    this.#job = job;
  }

  /** Of the silences that now put the component, or with null everything, into maintenance: the first to end. */
  active(component: string | null, nowSeconds: number): Silence | undefined {
    return this.#silences.find(
      (silence) =>
        silence.startsAtSeconds <= nowSeconds &&
        nowSeconds < silence.endsAtSeconds &&
        isMaintenanceOf(silence, component, this.#job),
    );
  }

  /** Whether one of the silences puts the component, or with null everything, into maintenance now. */
  isActive(component: string | null, nowSeconds: number): boolean {
    return this.active(component, nowSeconds) !== undefined;
  }
}
