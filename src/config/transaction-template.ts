import { createSuggester } from './nearest.js';
import type { Path } from './problem.js';
import type { Context } from './resolving.js';
import type { Secret } from './secret.js';
import { parseTarget, type Target } from './target-url.js';

/** Names that need no capture: a random id of the run, so that objects of one run can be recognised. */
export const builtInNames: readonly string[] = ['run_id'];

/** Permitted names of captures. */
export const captureNamePattern = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;

const marks = /\{\{\{\{|\{\{(?:[ \t]*([A-Za-z_][A-Za-z0-9_]{0,62})[ \t]*\}\})?/g;

/** Replaces every `{{name}}` by the result of `write`. `{{{{` becomes `{{`. */
export function fillTemplate(text: string, write: (name: string) => string): string {
  return text.replace(marks, (_mark, name: string | undefined) => (name === undefined ? '{{' : write(name)));
}

/** The names in a text, and whether it has a `{{` without a valid reference. */
export function referencesIn(text: string): { readonly names: readonly string[]; readonly isMalformed: boolean } {
  const found = [...text.matchAll(marks)];
  return {
    names: found.flatMap(([, name]) => (name === undefined ? [] : [name])),
    isMalformed: found.some(([mark]) => mark === '{{'),
  };
}

/** Escaping of values in a body: inside a JSON text, percent-encoded, or none. */
export type BodyEncoding = 'json' | 'form' | 'plain';

/** The escaping for a body of this content type; undefined if the type is unknown. */
export function bodyEncodingOf(headers: ReadonlyMap<string, Secret>): BodyEncoding | undefined {
  const type = /^[^;\s]*/.exec(headers.get('content-type')?.reveal() ?? '')?.[0].toLowerCase() ?? '';
  if (/^application\/(?:[\w.-]+\+)?json$/.test(type)) return 'json';
  if (type === 'application/x-www-form-urlencoded') return 'form';
  return type === 'text/plain' ? 'plain' : undefined;
}

/** Replaces a reference while the URL is parsed. Parsing does not change it, and no ordinary URL contains it. */
const marker = 'xq7reference';

/**
 * Parses a URL with `{{names}}` in its path and query. `url` of the result still has them. A text says what it must be
 * instead. Refuses a name before the path, because an answer must not choose the next server.
 */
export function parseUrlTemplate(text: string): Extract<Target, { readonly kind: 'http' | 'https' }> | string {
  if (!/^https?:/i.test(text)) return 'must be a URL that begins with http:// or https://';
  const names: string[] = [];
  const target = parseTarget(fillTemplate(text, (name) => `${marker}${names.push(name) - 1}z`));
  if (typeof target === 'string') return target;
  if (target.kind !== 'http' && target.kind !== 'https') return 'must be a URL that begins with http:// or https://';
  const { origin } = new URL(target.url);
  const { credentials } = target;
  const beforePath = `${origin}${credentials?.username ?? ''}${credentials?.password.reveal() ?? ''}`;
  if (beforePath.includes(marker)) return 'must not have {{…}} before its path';
  const restore = (part: string) =>
    part
      .replaceAll('{{', '{{{{')
      .replace(new RegExp(`${marker}(\\d+)z`, 'g'), (_match, index: string) => `{{${names[Number(index)] ?? ''}}}`);
  return { ...target, url: restore(target.url), shown: restore(target.shown) };
}

/** The texts of a step that may refer to captures. */
interface ReferringStep {
  readonly name: string;
  readonly url?: string | undefined;
  readonly path?: string | undefined;
  readonly body?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly json?: unknown;
  readonly auth?: { readonly bearer?: { readonly token?: string | undefined } | undefined } | undefined;
  readonly capture?: Readonly<Record<string, unknown>> | undefined;
}

interface ReferringTransaction {
  readonly steps: readonly ReferringStep[];
  readonly cleanup?: readonly ReferringStep[] | undefined;
}

/** A text that may refer to captures, and its path. */
interface Template {
  readonly text: string;
  readonly path: Path;
  readonly at?: 'key';
}

/** Reports every `{{name}}` that is not captured before its step. Cleanup may use the captures of all steps. */
export function checkReferences({ steps, cleanup = [] }: ReferringTransaction, path: Path, context: Context): void {
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

function templatesOf(step: ReferringStep, path: Path): readonly Template[] {
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

/** All texts inside a JSON value, also its keys. */
function collect(value: unknown, path: Path, found: Template[]): void {
  if (typeof value === 'string') found.push({ text: value, path });
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) return value.forEach((item, index) => collect(item, [...path, index], found));
  for (const [key, inner] of Object.entries(value)) {
    found.push({ text: key, path: [...path, key], at: 'key' });
    collect(inner, [...path, key], found);
  }
}
