import { ExporterError, systemCodeOf } from '../base/errors.js';
import { readRange } from '../net/range-answer.js';
import { queryVector } from './answers.js';
import { type ProgramClient, ProgramFailure } from './other-program.js';
import type { AlertedSeverity, ThresholdUse } from './threshold-uses.js';

/** A range of time in Unix seconds with a value every `stepSeconds`. */
export interface Span {
  readonly startSeconds: number;
  /** Exclusive. */
  readonly endSeconds: number;
  readonly stepSeconds: number;
}

/** The value of a series at one time. */
export interface HistoryPoint {
  readonly labels: Readonly<Record<string, string>>;
  readonly atSeconds: number;
  readonly value: number;
}

/** The recorded past of a Prometheus. */
export interface History {
  /**
   * Every point of an expression. Comes in pieces; each piece is ordered by series, then by time. Throws
   * `ProgramFailure`. A piece that is too large for Prometheus, or for one answer, is requested in halves.
   */
  points(expression: string, span: Span): AsyncIterable<readonly HistoryPoint[]>;
  /** A span cut into pieces of one request each. */
  pieces(span: Span): readonly Span[];
  /** The value of an expression at the end of the history. Throws `ProgramFailure`. */
  now: (expression: string) => ReturnType<typeof queryVector>;
}

/** Steps of one request. Prometheus refuses more than 11,000. */
const stepsInPiece = 1440;
/** A piece with this number of steps is not halved. */
const fewestSteps = 15;

/** A history of one job in this Prometheus. `onPiece` gets the end of each piece that was answered. */
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
 * The job to read: the wanted one, or the only one. Throws `usage` if there is no such job, or if there are several and
 * none is wanted.
 */
export async function jobOf(client: ProgramClient, wanted: string | undefined, days: number): Promise<string> {
  const jobs = (await queryVector(client, `group by (job) (last_over_time(aicrm_exporter_build_info[${days}d]))`))
    .map(({ labels }) => labels['job'] ?? '')
    .sort();
  if (wanted !== undefined && jobs.includes(wanted)) return wanted;
  if (jobs.length === 0)
    throw new ExporterError(
      'usage',
      `${client.url} has not scraped an exporter within ${days} days; check --prometheus.url`,
    );
  if (wanted !== undefined)
    throw new ExporterError(
      'usage',
      `--job: ${client.url} has no ${JSON.stringify(wanted)}; it has ${jobs.join(', ')}`,
    );
  const [only = ''] = jobs;
  if (jobs.length > 1)
    throw new ExporterError('usage', `several jobs have exporters; choose one with --job: ${jobs.join(', ')}`);
  return only;
}

/** The limits in force in seconds or ratios, by the label `component`; the general limits have the key ''. */
export type Limits = ReadonlyMap<string, Readonly<Record<AlertedSeverity, number>>>;

/**
 * The present limits of the exporters of a job. Of several exporters the largest limit counts, as in the rules. Throws
 * `ProgramFailure`.
 */
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

/** The timeouts of components in seconds. Has only those whose exporter exports them. Throws `ProgramFailure`. */
export async function timeoutsInForce(history: History): Promise<ReadonlyMap<string, number>> {
  const samples = await history.now('min by (job, component) (last_over_time(aicrm_component_timeout_seconds[1d]))');
  return new Map(samples.map(({ labels, value }) => [labels['component'] ?? '', value]));
}

/** The name of a subject: its labels, or the job if it has none. */
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
  // Prometheus includes the end of a range. Here the end belongs to the next piece.
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

/** Whether Prometheus may be able to answer half of the request. */
function isTooMuch(error: unknown): boolean {
  if (!(error instanceof ProgramFailure)) return false;
  // Prometheus answers 503 to a query that takes too long, and while it starts.
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
