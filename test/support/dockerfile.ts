import { cp, lstat, mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** One instruction of a Dockerfile, its lines joined. */
export interface Instruction {
  readonly name: string;
  readonly text: string;
}

/** The instructions from one FROM to the next. */
export interface Stage {
  readonly name: string | undefined;
  readonly instructions: readonly Instruction[];
}

/** The stages of the Dockerfile, without lines before the first FROM. */
export async function readDockerfile(): Promise<readonly Stage[]> {
  const lines = (await readFile('Dockerfile', 'utf8'))
    .replace(/^\s*#.*\n/gm, '')
    .replace(/\\\n\s*/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const stages: { name: string | undefined; instructions: Instruction[] }[] = [];
  for (const line of lines) {
    const [, name = '', text = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (name === 'FROM') stages.push({ name: / AS (\w+)$/.exec(text)?.[1], instructions: [] });
    else stages.at(-1)?.instructions.push({ name, text });
  }
  return stages;
}

/** The arguments of an instruction in JSON form, such as ENTRYPOINT. Options of HEALTHCHECK are skipped. */
export function argumentsOf({ text }: Instruction): readonly string[] {
  return JSON.parse(text.slice(text.indexOf('['))) as readonly string[];
}

/** Copies as COPY does: the content of a folder into the target; files into a target that ends with a slash, or if there are several. */
export async function copyInto(root: string, from: string, workingDirectory: string, text: string): Promise<void> {
  const words = text.split(/\s+/).filter((word) => !word.startsWith('--'));
  const last = words.pop() ?? '';
  const target = join(root, last.startsWith('/') ? last : join(workingDirectory, last));
  for (const source of words) {
    const path = join(from, source);
    const intoFolder = !(await stat(path)).isDirectory() && (last.endsWith('/') || words.length > 1);
    await mkdir(intoFolder ? target : join(target, '..'), { recursive: true });
    await cp(path, intoFolder ? join(target, basename(source)) : target, { recursive: true });
  }
}

/** Copies the files that `.dockerignore` allows. Ours ignores everything except its `!` lines. */
export async function copyContext(target: string): Promise<readonly string[]> {
  const [first, ...rest] = (await readFile('.dockerignore', 'utf8'))
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (first !== '*' || rest.some((line) => !/^![\w./-]+$/.test(line)))
    throw new Error('.dockerignore is understood here only as "*" and names with "!" before them');
  const paths = rest.map((line) => line.slice(1));
  for (const path of paths) await cp(path, join(target, path), { recursive: true });
  return paths;
}

/** All files below a folder, each with its size and the time of its last change. A link has its own. */
export async function listing(
  folder: string,
): Promise<readonly { readonly path: string; readonly bytes: number; readonly changedAt: number }[]> {
  const paths = (await readdir(folder, { recursive: true })).sort();
  return Promise.all(
    paths.map(async (path) =>
      lstat(join(folder, path)).then(({ size, mtimeMs }) => ({ path, bytes: size, changedAt: mtimeMs })),
    ),
  );
}
