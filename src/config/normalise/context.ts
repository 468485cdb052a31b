import type { MissingSecrets } from '../needs.js';
import type { Report } from '../problem.js';
import type { Settings } from '../schema/document.js';

/** What the normalisers need to know besides the settings. */
export interface Context {
  /** The file as it was named by the user; null for the built-in defaults. */
  readonly source: string | null;
  /** The folder that file names in the settings are relative to. */
  readonly directory: string;
  /** All component names, those of faulty entries included; undefined when they are not known. */
  readonly componentNames: ReadonlySet<string> | undefined;
  /** `, did you mean "backend"?` for the name of a component that does not exist, or nothing. */
  suggestComponent(name: string): string;
  /** Whether a section had no problem so far; otherwise nothing may be concluded from what it became. */
  isSound(section: keyof Settings): boolean;
  /** Secrets that need not be there; absent: every one must be. */
  readonly missing?: MissingSecrets;
  readonly report: Report;
  /** Takes note of something that is allowed and probably not meant. */
  readonly warn: Report;
}
