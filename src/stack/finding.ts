import type { Level } from '../base/level.js';
import { ProgramFailure } from './other-program.js';

/** Subjects of findings, in the order of the report. */
export const subjects = [
  'configuration',
  'exporter',
  'Prometheus',
  'Alertmanager',
  'Grafana',
  'scrape',
  'rules',
  'boards',
  'hand-over',
  'notifications',
  'alerts',
  'AI-CRM',
] as const;

/** See `subjects`. */
export type StatusSubject = (typeof subjects)[number];

/** One result of the checks. */
export interface Finding {
  readonly subject: StatusSubject;
  readonly level: Level;
  /** One line. */
  readonly text: string;
  /** What to do, on one line; absent if nothing is wrong or another finding says it. */
  readonly remedy?: string;
}

/** The answer of a program, or why there is none. */
export type ProgramAnswer<Value> = Value | ProgramFailure;

/** The answer, or the `ProgramFailure` that was thrown. Throws other errors. */
export async function answerTo<Value>(question: Promise<Value>): Promise<ProgramAnswer<Value>> {
  try {
    return await question;
  } catch (error) {
    if (error instanceof ProgramFailure) return error;
    throw error;
  }
}

/** Whether a program answered. */
export function isAnswered<Value>(answer: ProgramAnswer<Value>): answer is Value {
  return !(answer instanceof ProgramFailure);
}

/** The answer of a program; undefined if it was not asked or did not answer. */
export function answered<Value>(answer: ProgramAnswer<Value> | undefined): Value | undefined {
  return answer !== undefined && isAnswered(answer) ? answer : undefined;
}

/** A finding that something is not known, because a program did not answer. */
export function notKnown(subject: StatusSubject, { what, remedy }: ProgramFailure): Finding {
  return {
    subject,
    level: 'unknown',
    text: `not known: ${what}`,
    remedy: remedy === '' ? 'see the log of that program' : remedy,
  };
}

/** Up to ten names, and the number of the others. */
export function namesText(names: readonly string[]): string {
  const most = 10;
  return names.length <= most ? names.join(', ') : `${names.slice(0, most).join(', ')} and ${names.length - most} more`;
}
