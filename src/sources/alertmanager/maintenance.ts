import type { Matcher, Silence } from './silence.js';

/**
 * Alerts that a component, or AI-CRM as a whole, may have. A silence is maintenance when it silences every one of them: one of
 * a single alert, or of warnings only, says that this alert is a nuisance, and nothing about the component.
 */
const examples: readonly Readonly<Record<string, string>>[] = [
  { alertname: 'AiCrmComponentDown', room: 'services', severity: 'critical' },
  { alertname: 'AiCrmComponentSlow', room: 'services', severity: 'warning' },
  { alertname: 'AiCrmAvailabilityBurnRate', room: 'slo', severity: 'critical' },
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
