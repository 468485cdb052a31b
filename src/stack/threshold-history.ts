import { ExporterError, systemCodeOf } from '../base/errors.js';
import { readRange } from '../net/range-answer.js';
import { queryVector } from './answers.js';
import { type ProgramClient, ProgramFailure } from './other-program.js';
import type { AlertedSeverity, ThresholdUse } from './threshold-uses.js';

/** A stretch of time, in Unix seconds, that is looked at every `stepSeconds`. */
export interface Span {
  readonly startSeconds: number;
  /** Itself left out. */
  readonly endSeconds: number;
  readonly stepSeconds: number;
}

/** A value of a series at one of the times of a span. */
export interface HistoryPoint {
  readonly labels: Readonly<Record<string, string>>;
  readonly atSeconds: number;
  readonly value: number;
}

/** Prometheus, as far back as it remembers, and how much of the questions has been answered. */
export interface History {
  /**
   * Every point of an expression, piece by piece: within a piece by series, in the order of time. Throws `ProgramFailure`.
   * A piece that is too much for Prometheus, or for one answer, is asked for in halves.
   */
  points(expression: string, span: Span): AsyncIterable<readonly HistoryPoint[]>;
  /** A span as pieces that are asked for at once. */
  pieces(span: Span): readonly Span[];
  /** What an expression is at the end of the history. Throws `ProgramFailure`. */
  now: (expression: string) => ReturnType<typeof queryVector>;
}

/** Steps in one question; Prometheus refuses more than 11,000. */
const stepsInPiece = 1440;
/** A piece of so few steps is not halved any more. */
const fewestSteps = 15;

/** A history of this Prometheus for one job; `onPiece` is told how far each question came that is answered. */
export function createHistory(client: ProgramClient, job: string, onPiece: (endSeconds: number) => void): History {
  async function* points(expression: string, span: Span): AsyncIterable<readonly HistoryPoint[]> {
    const query = ofJob(expression, job);
    const pieces = piecesOf(span, stepsInPiece);
    for (let piece = pieces.shift(); piece !== undefined; piece = pieces.shift()) {
      try {
        yield await ask(client, query, piece);
        onPiece(piece.endSeconds);
      } catch (error) {
        const steps = stepsOf(piece);
        if (!isTooMuch(error) || steps <= fewestSteps) throw error;
        pieces.unshift(...piecesOf(piece, Math.ceil(steps / 2)));
      }
    }
  }
  return {
    points,
    pieces: (span) => piecesOf(span, stepsInPiece),
    now: (expression) => queryVector(client, ofJob(expression, job)),
  };
}

/** Whether an expression had a value at any minute of a span. Throws `ProgramFailure`. */
export async function isKnown(expression: string, span: Span, history: History): Promise<boolean> {
  for await (const points of history.points(`group by (job) (${expression})`, { ...span, stepSeconds: 60 }))
    if (points.length > 0) return true;
  return false;
}

/**
 * The job whose history is meant: the one that is asked for, or the only one there is. Throws `usage` for one that is not there and
 * for a choice that has to be made.
 */
export async function jobOf(client: ProgramClient, wanted: string | undefined, days: number): Promise<string> {
  const jobs = (await queryVector(client, `group by (job) (last_over_time(aicrm_exporter_build_info[${days}d]))`))
    .map(({ labels }) => labels['job'] ?? '')
    .sort();
  if (wanted !== undefined && jobs.includes(wanted)) return wanted;
  if (jobs.length === 0)
    throw new ExporterError(
      'usage',
      `${client.url} has not scraped an exporter within ${days} days; is --prometheus.url right?`,
    );
  if (wanted !== undefined)
    throw new ExporterError(
      'usage',
      `--job: ${client.url} has no ${JSON.stringify(wanted)}; it has ${jobs.join(', ')}`,
    );
  const [only = ''] = jobs;
  if (jobs.length > 1)
    throw new ExporterError('usage', `there are several jobs with exporters, say which: --job ${jobs.join(', ')}`);
  return only;
}

/** The limits in force, in seconds or ratios, by the label `component`, which is empty for those of all. */
export type Limits = ReadonlyMap<string, Readonly<Record<AlertedSeverity, number>>>;

/** The limits that the exporters of a job have now; of two exporters the larger one counts, as in the rules. Throws `ProgramFailure`. */
export async function limitsInForce(history: History, { threshold }: ThresholdUse): Promise<Limits> {
  const metric = threshold.perUnit === 1000 ? 'aicrm_threshold_seconds' : 'aicrm_threshold_ratio';
  const samples = await history.now(
    `max by (job, component, severity) (last_over_time(${metric}{threshold="${threshold.label}"}[1d]))`,
  );
  const limits = new Map<string, Record<AlertedSeverity, number>>();
  for (const { labels, value } of samples) {
    const component = labels['component'] ?? '';
    const limit = limits.get(component) ?? { warning: Number.NaN, critical: Number.NaN };
    limits.set(component, { ...limit, [labels['severity'] ?? '']: value });
  }
  return limits;
}

/** The name of a subject: its labels, or the job where it has none. */
export function subjectOf(labels: Readonly<Record<string, string>>, { subject, remark }: ThresholdUse): string {
  const name = subject.length === 0 ? (labels['job'] ?? '') : subject.map((label) => labels[label] ?? 'all').join(' ');
  return remark === undefined ? name : `${name} (${remark})`;
}

function ofJob(expression: string, job: string): string {
  return `(${expression}) and on (job) label_replace(vector(1), "job", ${JSON.stringify(job)}, "", "")`;
}

function stepsOf({ startSeconds, endSeconds, stepSeconds }: Span): number {
  return Math.ceil((endSeconds - startSeconds) / stepSeconds);
}

function piecesOf(span: Span, steps: number): Span[] {
  const pieces: Span[] = [];
  for (let start = span.startSeconds; start < span.endSeconds; start += steps * span.stepSeconds) {
    const end = Math.min(start + steps * span.stepSeconds, span.endSeconds);
    pieces.push({ ...span, startSeconds: start, endSeconds: end });
  }
  return pieces;
}

async function ask(client: ProgramClient, query: string, piece: Span): Promise<readonly HistoryPoint[]> {
  const { startSeconds, endSeconds, stepSeconds } = piece;
  // The end of Prometheus belongs to the range, ours to the next one.
  const parameters = new URLSearchParams({
    query,
    start: String(startSeconds),
    end: String(endSeconds - stepSeconds / 2),
    step: String(stepSeconds),
  });
  const answer = await client.ask('GET', `/api/v1/query_range?${parameters}`);
  return (readRange(answer) ?? []).flatMap(({ labels, points }) =>
    points.map(([atSeconds, value]) => ({ labels, atSeconds, value })),
  );
}

/** Whether Prometheus may well answer half of the question. */
function isTooMuch(error: unknown): boolean {
  if (!(error instanceof ProgramFailure)) return false;
  // It answers 503 for a query that takes too long, as it does while it starts.
  if (error.kind === 'starting') return true;
  if (error.kind === 'failed') return /too many samples|timed out|timeout/i.test(error.what);
  const { cause } = error;
  return (
    (cause instanceof Error && cause.name === 'TimeoutError') ||
    ['UND_ERR_RES_EXCEEDED_MAX_SIZE', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'].includes(
      systemCodeOf(cause) ?? '',
    )
  );
}
