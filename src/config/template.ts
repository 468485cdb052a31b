import type { Secret } from './secret.js';

/** What `{{name}}` may name without a capture: a random id of the run, so that what it creates can be told apart. */
export const builtInNames: readonly string[] = ['run_id'];

/** What a capture may be called. */
export const captureNamePattern = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;

const marks = /\{\{\{\{|\{\{(?:[ \t]*([A-Za-z_][A-Za-z0-9_]{0,62})[ \t]*\}\})?/g;

/** Replaces every `{{name}}` by what `write` gives for it; `{{{{` stands for `{{`. */
export function fillTemplate(text: string, write: (name: string) => string): string {
  return text.replace(marks, (_mark, name: string | undefined) => (name === undefined ? '{{' : write(name)));
}

/** The names that a text refers to, and whether it has a `{{` that begins no reference. */
export function referencesIn(text: string): { readonly names: readonly string[]; readonly isMalformed: boolean } {
  const found = [...text.matchAll(marks)];
  return {
    names: found.flatMap(([, name]) => (name === undefined ? [] : [name])),
    isMalformed: found.some(([mark]) => mark === '{{'),
  };
}

/** How values have to be written in a body: as the inside of a JSON text, percent-encoded, or as they are. */
export type BodyEncoding = 'json' | 'form' | 'plain';

/** The encoding that a body of this content type needs; undefined for one of which that is not known. */
export function bodyEncodingOf(headers: ReadonlyMap<string, Secret>): BodyEncoding | undefined {
  const type = /^[^;\s]*/.exec(headers.get('content-type')?.reveal() ?? '')?.[0].toLowerCase() ?? '';
  if (/^application\/(?:[\w.-]+\+)?json$/.test(type)) return 'json';
  if (type === 'application/x-www-form-urlencoded') return 'form';
  return type === 'text/plain' ? 'plain' : undefined;
}
