import type { Level } from '../base/level.js';
import { ProgramFailure } from './other-program.js';

/** What is looked at, in the order in which it is told. */
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

/** One thing that was found out. */
export interface Finding {
  readonly subject: StatusSubject;
  readonly level: Level;
  /** One line. */
  readonly text: string;
  /** One line that says what to do about it; absent where all is well, and where another finding says it. */
  readonly mend?: string;
}

/** What a program said to a question, or why it did not. */
export type ProgramAnswer<Value> = Value | ProgramFailure;

/** What a question comes to. Throws what is no `ProgramFailure`. */
export async function answerTo<Value>(question: Promise<Value>): Promise<ProgramAnswer<Value>> {
  try {
    return await question;
  } catch (error) {
    if (error instanceof ProgramFailure) return error;
    throw error;
  }
}

/** Whether a question was answered. */
export function isAnswered<Value>(answer: ProgramAnswer<Value>): answer is Value {
  return !(answer instanceof ProgramFailure);
}

/** The answer to a question that was asked and answered; undefined otherwise. */
export function answered<Value>(answer: ProgramAnswer<Value> | undefined): Value | undefined {
  return answer !== undefined && isAnswered(answer) ? answer : undefined;
}

/** That something is not known, because the question about it was not answered. */
export function notKnown(subject: StatusSubject, { what, mend }: ProgramFailure): Finding {
  return {
    subject,
    level: 'unknown',
    text: `not known: ${what}`,
    mend: mend === '' ? 'see the log of that program' : mend,
  };
}

/** Up to ten names, and how many there are besides. */
export function namesText(names: readonly string[]): string {
  const most = 10;
  return names.length <= most ? names.join(', ') : `${names.slice(0, most).join(', ')} and ${names.length - most} more`;
}
