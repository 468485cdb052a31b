import { readFile } from 'node:fs/promises';
import { run } from './programs.js';

/** A Markdown file of the repository. */
export interface Document {
  /** `docs/README.md`. */
  readonly path: string;
  /** Without the content of code blocks, so that only prose is left. */
  readonly prose: string;
  readonly blocks: readonly CodeBlock[];
  /** The anchors of its headings, as GitHub makes them. */
  readonly anchors: ReadonlySet<string>;
}

export interface CodeBlock {
  /** `docs/README.md:12`. */
  readonly place: string;
  /** The language of the fence, such as `sh`; empty if there is none. */
  readonly language: string;
  readonly text: string;
  /** The text from the block to the next heading or the next block in the same language. */
  readonly after: string;
}

const fence = /^( *)```([^\n`]*)\n(.*?)^ *```[ \t]*$/gms;

/** The paths of all files under version control. */
export function trackedFiles(): readonly string[] {
  return run('git', ['ls-files', '-z', '--cached'])
    .stdout.split('\0')
    .filter((path) => path !== '');
}

/** Every Markdown file of the repository except fixtures. */
export async function readDocuments(): Promise<readonly Document[]> {
  return Promise.all(
    trackedFiles()
      .filter((path) => path.endsWith('.md') && !path.startsWith('test/'))
      .map(readDocument),
  );
}

async function readDocument(path: string): Promise<Document> {
  const text = await readFile(path, 'utf8');
  const blocks = [...text.matchAll(fence)].map(
    ({ 0: whole, 1: indentation = '', 2: language = '', 3: body = '', index }) => ({
      place: `${path}:${text.slice(0, index).split('\n').length}`,
      language: language.trim().split(/\s/)[0] ?? '',
      text: body.replaceAll(new RegExp(`^${indentation}`, 'gm'), ''),
      after:
        text.slice(index + whole.length).split(new RegExp(`^(?:#{1,6} |\\s*\`\`\`${language.trim()}$)`, 'm'))[0] ?? '',
    }),
  );
  const prose = text.replaceAll(fence, (block) => block.replaceAll(/[^\n]/g, ''));
  return { path, prose, blocks, anchors: anchorsOf(prose) };
}

function anchorsOf(prose: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of prose.matchAll(/^#{1,6} +(.+?) *$/gm)) {
    const plain = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const slug = plain.replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '').replaceAll(' ', '-');
    let anchor = slug;
    for (let i = 1; anchors.has(anchor); i += 1) anchor = `${slug}-${i}`;
    anchors.add(anchor);
  }
  return anchors;
}
