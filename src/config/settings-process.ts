import type { Environment } from './interpolate.js';
import { readSettings } from './read-settings.js';
import type { Settings } from './schema/document.js';

/** What the process is asked. */
export interface SettingsQuestion {
  readonly text: string;
  readonly environment: Environment;
}

/** What it answers: sound settings with the names of their components, or null when there is anything to tell. */
export type SettingsAnswer = { readonly settings: Settings; readonly componentNames: readonly string[] } | null;

/** The answer to a question; see `readSettingsApart`. */
export function answerOf({ text, environment }: SettingsQuestion): SettingsAnswer {
  const { settings, problems, warnings, componentNames } = readSettings(text, environment);
  return problems.length + warnings.length > 0 || componentNames === undefined
    ? null
    : { settings, componentNames: [...componentNames] };
}

// As a process of its own this module answers one question over its channel and ends with it.
if (process.send !== undefined && process.argv[1] === import.meta.filename) {
  // See main.ts.
  process.on('SIGUSR1', () => {});
  process.once('message', (question: SettingsQuestion) =>
    process.send?.(answerOf(question), () => process.disconnect()),
  );
}
