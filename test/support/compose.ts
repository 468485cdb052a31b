import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';

/** A mount of a service, in the long form of our file. */
export interface ComposeMount {
  readonly type: 'bind' | 'volume';
  readonly source: string;
  readonly target: string;
  readonly read_only?: boolean;
  readonly bind?: unknown;
  readonly volume?: { readonly nocopy?: boolean };
}

/** A service of `docker-compose.yml`, as far as tests use it. */
export interface ComposeService {
  readonly image: string;
  readonly build?: { readonly context: string };
  readonly pull_policy?: string;
  readonly user?: string;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string | null>>;
  readonly profiles?: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly ComposeMount[];
  readonly network_mode?: string;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string; readonly required?: boolean }>>;
  readonly healthcheck?: { readonly disable?: boolean; readonly test?: readonly string[] };
  readonly restart: string;
  readonly cap_drop: readonly string[];
  readonly security_opt: readonly string[];
  readonly read_only: boolean;
  readonly privileged?: boolean;
  readonly logging: { readonly options: Readonly<Record<string, string>> };
  readonly deploy: { readonly resources: { readonly limits: Readonly<Record<string, string | number>> } };
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

/** The parsed `docker-compose.yml` with these variables only: anchors are merged and `${VARIABLES}` replaced. */
export async function readCompose(environment: Readonly<Record<string, string>> = {}): Promise<ComposeFile> {
  const file: unknown = parse(await readFile('docker-compose.yml', 'utf8'), { merge: true });
  return interpolated(file, environment) as ComposeFile;
}

/** The variables `${NAME}` and `${NAME:-default}` in a text, with their defaults as written. Comments are left out. */
export function variablesIn(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  replaceVariables(text.replace(/^\s*#.*$/gm, ''), (name, fallback) => {
    found.set(name, fallback);
    return '';
  });
  return found;
}

/** The variables of a file such as `.env.example`, by name. With `isCommented` commented lines count too. */
export async function readEnvironmentFile(
  path: string,
  options: { readonly isCommented?: boolean } = {},
): Promise<Readonly<Record<string, string>>> {
  const pattern = options.isCommented === true ? /^#([A-Z_]+)=(.*)$/gm : /^([A-Z_]+)=(.*)$/gm;
  return Object.fromEntries(
    [...(await readFile(path, 'utf8')).matchAll(pattern)].map(([, name = '', value = '']) => [name, value]),
  );
}

function interpolated(value: unknown, environment: Readonly<Record<string, string>>): unknown {
  if (typeof value === 'string') return replaceVariables(value, (name, fallback) => environment[name] || fallback);
  if (Array.isArray(value)) return value.map((item) => interpolated(item, environment));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, interpolated(item, environment)]));
}

/** From the innermost to the outermost, because a default may contain a variable. */
function replaceVariables(text: string, valueOf: (name: string, fallback: string) => string): string {
  const replaced = text.replace(/\$\{(\w+)(?::-([^${}]*))?\}/g, (_whole, name: string, fallback: string | undefined) =>
    valueOf(name, fallback ?? ''),
  );
  return replaced === text ? text : replaceVariables(replaced, valueOf);
}
