import { createSuggester } from '../nearest.js';
import type { Path } from '../problem.js';
import type { Settings } from '../schema/document.js';
import { builtInNames, referencesIn } from '../template.js';
import type { Context } from './context.js';

type GivenTransaction = NonNullable<Settings['transactions']>[string];
type GivenStep = GivenTransaction['steps'][number];

/** A text that may refer to captures, with its place. */
interface Template {
  readonly text: string;
  readonly path: Path;
  readonly at?: 'key';
}

/** Reports every `{{name}}` that nothing captures before the step that uses it. Cleanup may use the captures of all steps. */
export function checkReferences({ steps, cleanup = [] }: GivenTransaction, path: Path, context: Context): void {
  const capturing = new Map(
    [...steps, ...cleanup].flatMap(({ name, capture = {} }) =>
      Object.keys(capture).map((captured) => [captured, name]),
    ),
  );
  const known = new Set(builtInNames);
  const suggest = createSuggester([...capturing.keys(), ...builtInNames]);
  for (const [list, items] of [
    ['steps', steps],
    ['cleanup', cleanup],
  ] as const) {
    items.forEach((step, index) => {
      for (const { text, path: place, at } of templatesOf(step, [...path, list, index])) {
        const { names, isMalformed } = referencesIn(text);
        if (isMalformed)
          context.report(
            place,
            '"{{" must be followed by a name and "}}"; for the characters themselves write "{{{{"',
            at,
          );
        for (const name of new Set(names))
          if (!known.has(name)) context.report(place, complaint(name, capturing, suggest), at);
      }
      for (const captured of Object.keys(step.capture ?? {})) known.add(captured);
    });
  }
}

function complaint(name: string, capturing: ReadonlyMap<string, string>, suggest: (name: string) => string): string {
  const step = capturing.get(name);
  if (step !== undefined) return `{{${name}}} is captured by step ${step}, which does not come before this one`;
  return `no step captures {{${name}}}${suggest(name)}`;
}

function templatesOf(step: GivenStep, path: Path): readonly Template[] {
  const found: Template[] = [];
  for (const key of ['url', 'path', 'body'] as const) {
    const text = step[key];
    if (text !== undefined) found.push({ text, path: [...path, key] });
  }
  for (const [name, text] of Object.entries<string>(step.headers ?? {}))
    found.push({ text, path: [...path, 'headers', name] });
  const token = step.auth?.bearer?.token;
  if (token !== undefined) found.push({ text: token, path: [...path, 'auth', 'bearer', 'token'] });
  collect(step.json, [...path, 'json'], found);
  return found;
}

/** The texts inside a JSON value, keys included. */
function collect(value: unknown, path: Path, found: Template[]): void {
  if (typeof value === 'string') found.push({ text: value, path });
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) return value.forEach((item, index) => collect(item, [...path, index], found));
  for (const [key, inner] of Object.entries(value)) {
    found.push({ text: key, path: [...path, key], at: 'key' });
    collect(inner, [...path, key], found);
  }
}
