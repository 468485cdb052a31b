import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Environment } from './interpolate.js';
import type { SettingsAnswer, SettingsQuestion } from './settings-process.js';

/**
 * Reads settings in a process of their own that ends with the work: the YAML parser and the schema library are needed for a
 * tenth of a second, would stay in memory for good (8 MiB of 66), and a thread of this process does not give it back.
 *
 * Null for a text with problems – whoever wants to tell them reads it again in this process – and when no process can be
 * had, or it does not answer.
 */
export function readSettingsApart(text: string, environment: Environment): Promise<SettingsAnswer> {
  return new Promise<SettingsAnswer>((resolve) => {
    const child = fork(fileURLToPath(new URL('./settings-process.js', import.meta.url)), {
      // Of the flags, only the one that keeps a debugger from being opened before the first line runs.
      execArgv: process.execArgv.filter((flag) => flag === '--disable-sigusr1'),
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      timeout: patienceMilliseconds,
    });
    const question: SettingsQuestion = { text, environment };
    child.once('message', (answer: SettingsAnswer) => resolve(answer));
    child.once('error', () => resolve(null));
    child.once('exit', () => resolve(null));
    child.send(question, (error) => {
      if (error !== null) resolve(null);
    });
  }).catch(() => null);
}

const patienceMilliseconds = 10_000;
