import { isRecord } from '../base/json.js';
import { ProbeFailure } from '../base/reason.js';
import type { ProgramConfig } from '../config/sections/programs-section.js';
import { askProgram } from '../net/ask-program.js';
import type { HttpProber } from '../net/http-client.js';

/** A condition on one label, as Alertmanager has it. */
export interface Matcher {
  readonly name: string;
  readonly value: string;
  readonly isRegex: boolean;
  /** False: whatever does not match. */
  readonly isEqual: boolean;
}

/** A silence that has not ended yet, as Alertmanager's API v2 tells it. */
export interface Silence {
  readonly id: string;
  readonly matchers: readonly Matcher[];
  readonly startsAtSeconds: number;
  readonly endsAtSeconds: number;
  readonly createdBy: string;
  readonly comment: string;
}

/**
 * The silences of an answer to `GET /api/v2/silences` that are active or still to come, the first to end first. Undefined when
 * the document is no such answer; single entries that are none are passed over.
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
  // Without one of its conditions it would silence more than it does.
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
 * Asks Alertmanager for the silences that are active or still to come. Throws a `ProbeFailure` that says why there is no answer,
 * and quotes nothing of it.
 */
export async function askSilences(
  alertmanager: ProgramConfig,
  prober: HttpProber,
  signal: AbortSignal,
): Promise<readonly Silence[]> {
  const name = { name: 'Alertmanager', section: 'alertmanager' };
  const silences = readSilences(await askProgram(alertmanager, '/api/v2/silences', name, prober, signal));
  if (silences === undefined) throw new ProbeFailure('json', 'the answer is no list of silences; see alertmanager.url');
  return silences;
}

/**
 * Alerts that a component, or AI-CRM as a whole, may have. A silence is maintenance when it silences every one of them: one of
 * a single alert, or of warnings only, says that this alert is a nuisance, and nothing about the component.
 */
const examples: readonly Readonly<Record<string, string>>[] = [
  { alertname: 'AiCrmComponentDown', area: 'services', severity: 'critical' },
  { alertname: 'AiCrmComponentSlow', area: 'services', severity: 'warning' },
  { alertname: 'AiCrmAvailabilityBurnRate', area: 'slo', severity: 'critical' },
];

/**
 * Whether a silence takes a component, or with null everything, out of the alerting while it lasts. `job` is the label that
 * Prometheus gives this AI-CRM; without it silences of a job are those of others.
 */
export function isMaintenanceOf(
  { matchers }: Pick<Silence, 'matchers'>,
  component: string | null,
  job: string | undefined,
): boolean {
  return examples.every((example) => {
    const labels = { ...example, ...(job === undefined ? {} : { job }), ...(component === null ? {} : { component }) };
    return matchers.every((matcher) => isMatch(matcher, labels));
  });
}

/** What `maintenance start` puts into a silence; never the watchdog, whose silence would itself raise an alarm elsewhere. */
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

/** The components of a silence with such matchers, `all`, or undefined for one that somebody made differently. */
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

function isMatch({ name, value, isRegex, isEqual }: Matcher, labels: Readonly<Record<string, string>>): boolean {
  const label = labels[name] ?? '';
  if (!isRegex) return (label === value) === isEqual;
  const pattern = patternOf(value);
  // What is not understood may be about anything: then it is no maintenance, and nothing is hidden.
  return pattern !== undefined && pattern.test(label) === isEqual;
}

/**
 * Alertmanager's expressions are those of RE2, which ours are not, and some of ours can keep this process busy for hours. So only
 * what people write is understood: alternatives of names, with `.`, `.*` and `.+` in them.
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

/** Names have letters, digits and `_.:-`, of which expressions mean only the dot differently. */
function escaped(name: string): string {
  return name.replaceAll('.', '\\.');
}

/**
 * The silences that Alertmanager told last. They outlive a reload, and an Alertmanager that does not answer: each counts until
 * its own end.
 */
export class CurrentSilences {
  #silences: readonly Silence[] = [];
  #job: string | undefined;

  /** Takes the place of all that were known. `job` is the label that Prometheus gives this AI-CRM. */
  replace(silences: readonly Silence[], job: string | undefined): void {
    this.#silences = silences;
    this.#job = job;
  }

  /** The first to end of those that take the component, or with null everything, out of the alerting now. */
  active(component: string | null, nowSeconds: number): Silence | undefined {
    return this.#silences.find(
      (silence) =>
        silence.startsAtSeconds <= nowSeconds &&
        nowSeconds < silence.endsAtSeconds &&
        isMaintenanceOf(silence, component, this.#job),
    );
  }

  /** Whether one of them takes the component, or with null everything, out of the alerting now. */
  isActive(component: string | null, nowSeconds: number): boolean {
    return this.active(component, nowSeconds) !== undefined;
  }
}
