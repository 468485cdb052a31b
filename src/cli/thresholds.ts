import { systemClock } from '../base/clock.js';
import { ExporterError } from '../base/errors.js';
import { printable } from '../base/text.js';
import { suggestion } from '../config/nearest.js';
import { type KnownThreshold, knownThresholds, resolveThreshold } from '../config/sections/thresholds-section.js';
import { durationFlag } from '../stack/alertmanager-api.js';
import { answered, answerTo } from '../stack/finding.js';
import { createProgramClient } from '../stack/other-program.js';
import { programAccess } from '../stack/program-access.js';
import { askRules, bundledRules, type LoadedRule } from '../stack/rules.js';
import { stackPrograms } from '../stack/stack.js';
import { normalOf } from '../stack/threshold-advice.js';
import {
  createHistory,
  type History,
  isKnown,
  jobOf,
  limitsInForce,
  type Span,
  timeoutsInForce,
} from '../stack/threshold-history.js';
import { replay } from '../stack/threshold-replay.js';
import { recordsOf, type ThresholdUse, thresholdUses } from '../stack/threshold-uses.js';
import type { CommandSurroundings } from './options.js';
import type { ThresholdReplayed } from './threshold-backtest.js';
import type { ThresholdFound } from './threshold-suggestion.js';
import type { HistoryAsked } from './thresholds-report.js';

/** Flags of `thresholds suggest` and `thresholds backtest`. */
export interface ThresholdsOptions {
  readonly 'prometheus.url'?: string;
  readonly 'prometheus.username'?: string;
  readonly 'prometheus.passwordFile'?: string;
  readonly 'prometheus.tokenFile'?: string;
  readonly days: number;
  readonly job?: string;
  readonly timeout: string;
  readonly json?: true;
  /** Limits that `backtest` tries, see `trial`. */
  readonly set?: readonly string[];
}

/** Step of the normal values: large enough for two weeks, small enough for the first hour. */
const normalStepSeconds = (days: number) => (days <= 2 ? 60 : 300);
/** Evaluation interval of the rules. */
const ruleStepSeconds = 15;

/**
 * `thresholds suggest`: prints the normal values of everything with a threshold, the distance to its limit, and a
 * proposal. Changes nothing. Returns the exit code. Throws `usage` and `program_failed`.
 */
export async function thresholdsSuggest(
  options: ThresholdsOptions,
  surroundings: CommandSurroundings,
): Promise<number> {
  return withHistory(options, surroundings, normalStepSeconds(options.days), async (history, asked, onUse, loaded) => {
    const found: ThresholdFound[] = [];
    const timeouts = await timeoutsInForce(history);
    for (const threshold of knownThresholds) {
      const uses = thresholdUses.filter((use) => use.threshold === threshold);
      const [first] = uses;
      if (first === undefined) continue;
      onUse(threshold.key);
      const limits = await limitsInForce(history, first);
      const normal: ThresholdFound['uses'][number][] = [];
      for (const use of uses)
        normal.push({ use, subjects: await normalOf(use, asked.span, limits, history, timeouts) });
      found.push({
        threshold,
        limits,
        uses: normal,
        missingRecords: uses.flatMap((use) => missingRecords(use, loaded)),
      });
    }
    const { renderSuggestion, suggestionDocument } = await import('./threshold-suggestion.js');
    return options.json === true
      ? `${JSON.stringify(suggestionDocument(asked, found), null, 2)}\n`
      : renderSuggestion(asked, found);
  });
}

/**
 * `thresholds backtest`: prints how often and how long each alert with a threshold fired, and would have fired with the
 * present limits or with those of `--set`. Changes nothing. Returns the exit code. Throws `usage` and `program_failed`.
 */
export async function thresholdsBacktest(
  options: ThresholdsOptions,
  surroundings: CommandSurroundings,
): Promise<number> {
  const trials = trialsOf(options.set ?? []);
  const rules = await bundledRules();
  if (rules === undefined)
    throw new ExporterError(
      'usage',
      'prometheus/rules is missing: the exporter was installed without its rules; install it again',
    );
  return withHistory(options, surroundings, ruleStepSeconds, async (history, asked, onUse, loaded) => {
    const replayed: ThresholdReplayed[] = [];
    await checkComponents(trials, history, asked);
    for (const use of thresholdUses) {
      const own = trials.filter(({ threshold }) => threshold === use.threshold);
      if (trials.length > 0 && own.length === 0) continue;
      onUse(use.alert);
      const present = await limitsInForce(history, use);
      const tried =
        own.length === 0
          ? undefined
          : new Map([...present, ...own.map(({ component, limit }) => [component, limit] as const)]);
      const limits = { present, ...(tried === undefined ? {} : { tried }) };
      const rows = await replay(use, asked.span, limits, rules, history);
      const isMeasured = rows.some(wouldFire) || (await isKnown(use.measured, asked.span, history));
      const hasRule = (severity: string) =>
        loaded?.some((rule) => rule.isAlert && rule.name === use.alert && rule.severity === severity) === true ||
        rows.some((row) => row.severity === severity && row.recorded.count > 0);
      replayed.push({ use, ...limits, rows, isMeasured, hasRule });
    }
    const { renderBacktest, backtestDocument } = await import('./threshold-backtest.js');
    return options.json === true
      ? `${JSON.stringify(backtestDocument(asked, replayed), null, 2)}\n`
      : renderBacktest(asked, replayed);
  });
}

/** The recording rules that a use needs and Prometheus does not have. Empty if Prometheus does not list its rules. */
function missingRecords(use: ThresholdUse, loaded: readonly LoadedRule[] | undefined): readonly string[] {
  return loaded === undefined
    ? []
    : recordsOf(use).filter((record) => !loaded.some((rule) => !rule.isAlert && rule.name === record));
}

function wouldFire({ present, tried }: ThresholdReplayed['rows'][number]): boolean {
  return present.count > 0 || (tried?.count ?? 0) > 0;
}

/** A limit of `--set`, for all components or for one. */
interface TriedLimit {
  readonly threshold: KnownThreshold;
  /** Empty means all. */
  readonly component: string;
  readonly limit: { readonly warning: number; readonly critical: number };
}

/** Reads all limits of `--set`. Throws `usage`, also for a limit that is set twice. */
export function trialsOf(texts: readonly string[]): readonly TriedLimit[] {
  const trials = texts.map(trial);
  for (const [index, { threshold, component }] of trials.entries()) {
    const before = trials.findIndex((each) => each.threshold === threshold && each.component === component);
    if (before === index) continue;
    const name = component === '' ? threshold.key : `${component}.${threshold.key}`;
    const both = [texts[before], texts[index]].map((each = '') => printable(each.slice(0, 100))).join(' and ');
    throw new ExporterError(
      'usage',
      `--set: ${printable(name)} has two limits, ${both}; give one, and run the command again for the other`,
    );
  }
  return trials;
}

/** Reads `cpu_usage_percent=75/90`, `response_time_ms=1500`, `reports.response_time_ms=8000/9500`. Throws `usage`. */
export function trial(text: string): TriedLimit {
  const refuse = (why: string) =>
    new ExporterError('usage', `--set ${JSON.stringify(printable(text.slice(0, 100)))}: ${why}`);
  const [, name = '', numbers = ''] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  const dot = name.lastIndexOf('.');
  const [component, key] = [name.slice(0, Math.max(dot, 0)), name.slice(dot + 1)];
  // A limit about the calendar, such as the end of a certificate, has no history.
  const replayable = knownThresholds.filter((each) => thresholdUses.some(({ threshold }) => threshold === each));
  const known = replayable.find((each) => each.key === key);
  if (known === undefined) {
    const keys = replayable.map((each) => each.key);
    if (knownThresholds.some((each) => each.key === key))
      throw refuse(
        `${key} is a number of days, so a limit cannot be tried on past data; use one of ${keys.join(', ')}`,
      );
    throw refuse(
      `must be such as cpu_usage_percent=75/90${name === '' ? '' : suggestion(key, keys)}; use one of ${keys.join(', ')}`,
    );
  }
  if (component !== '' && known.row.ofComponent === undefined) throw refuse(`${key} cannot be set for one component`);
  const [, warning, critical] = /^(\d+(?:\.\d+)?)(?:\/(\d+(?:\.\d+)?))?$/.exec(numbers) ?? [];
  const maximum = known.perUnit === 100 ? 100 : 3_600_000;
  if (
    [warning ?? Number.NaN, critical ?? warning ?? Number.NaN].some(
      (each) => !(Number(each) > 0 && Number(each) <= maximum),
    )
  )
    throw refuse(`needs a warning, or warning/critical, above 0 and at most ${maximum}`);
  const given = { warning: Number(warning), ...(critical === undefined ? {} : { critical: Number(critical) }) };
  const limit = resolveThreshold(given, known, [], (_path, message) => {
    throw refuse(`the critical limit ${message}`);
  });
  return { threshold: known, component, limit };
}

/** Throws `usage` for a component that Prometheus does not know. */
async function checkComponents(
  trials: readonly TriedLimit[],
  history: History,
  { days, url }: HistoryAsked,
): Promise<void> {
  if (trials.every(({ component }) => component === '')) return;
  const samples = await history.now(`group by (job, component) (last_over_time(aicrm_component_info[${days}d]))`);
  const known = samples.map(({ labels }) => labels['component'] ?? '');
  for (const { component } of trials)
    if (component !== '' && !known.includes(component))
      throw new ExporterError(
        'usage',
        `--set: ${url} has no data of a component ${JSON.stringify(component)}${suggestion(component, known)}`,
      );
}

/**
 * Connects to Prometheus and prints the text that `tell` makes of its history and of its loaded rules. A terminal also shows the
 * progress.
 */
async function withHistory(
  options: ThresholdsOptions,
  { environment, directory, out, errors }: CommandSurroundings,
  stepSeconds: number,
  tell: (
    history: History,
    asked: HistoryAsked,
    onUse: (name: string) => void,
    loaded: readonly LoadedRule[] | undefined,
  ) => Promise<string>,
): Promise<number> {
  const { days } = options;
  const timeoutSeconds = durationFlag('--timeout', options.timeout, { minimum: 0.1, maximum: 600 });
  const flags = {
    url: options['prometheus.url'],
    username: options['prometheus.username'],
    passwordFile: options['prometheus.passwordFile'],
    tokenFile: options['prometheus.tokenFile'],
  };
  const access = await programAccess(stackPrograms.prometheus, flags, undefined, {
    environment,
    directory,
    timeoutSeconds,
  });
  const client = await createProgramClient(access);
  // Ends at a whole step, so that the command reads the same points when it is repeated later.
  const endSeconds = Math.floor(systemClock.nowSeconds() / stepSeconds) * stepSeconds;
  const span: Span = { startSeconds: endSeconds - days * 86_400, endSeconds, stepSeconds };
  let current = '';
  const progress = (atSeconds: number) => {
    const share = Math.round((100 * (atSeconds - span.startSeconds)) / (span.endSeconds - span.startSeconds));
    if (errors.isTTY) errors.write(`\r\u001b[K${current}: ${share} % of ${days} days`);
  };
  try {
    const job = await jobOf(client, options.job, days);
    const history = createHistory(client, job, progress);
    const watchedSeconds = await watched(history, span);
    const onUse = (name: string) => {
      current = name;
      progress(span.startSeconds);
    };
    const loaded = answered(await answerTo(askRules(client)));
    const text = await tell(history, { job, url: client.url, days, span, watchedSeconds }, onUse, loaded);
    if (errors.isTTY) errors.write('\r\u001b[K');
    out.write(text);
    return 0;
  } finally {
    await client.close();
  }
}

/** Seconds in which an exporter of the job was scraped. */
async function watched(history: History, span: Span): Promise<number> {
  const stepSeconds = Math.max(60, span.stepSeconds);
  let seconds = 0;
  for await (const points of history.points('group by (job) (aicrm_exporter_build_info)', { ...span, stepSeconds }))
    seconds += points.length * stepSeconds;
  return Math.min(seconds, span.endSeconds - span.startSeconds);
}
