import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findBundled } from '../../bundled.js';
import { labelsAt, recordsAt, textAt } from './read-json.js';

/** A rule that comes with this program. */
export interface BundledRule {
  readonly group: string;
  /** Of an alert or of a record. */
  readonly name: string;
  readonly isAlert: boolean;
  /** Of an alert; empty for a record. */
  readonly severity: string;
}

/** A board that comes with this program. */
export interface BundledBoard {
  readonly uid: string;
  readonly title: string;
}

/** The rules of `prometheus/rules`, in the order of the files; undefined where this program was installed without them. */
export async function bundledRules(): Promise<readonly BundledRule[] | undefined> {
  const files = await readAll('prometheus/rules', '.yml');
  if (files === undefined) return undefined;
  // Its default and not its names, which a CommonJS package does not have when it is loaded late out of a bundle.
  const { default: yaml } = await import('yaml');
  return files.flatMap((text) =>
    (recordsAt(yaml.parse(text), 'groups') ?? []).flatMap((group) =>
      (recordsAt(group, 'rules') ?? []).map((rule): BundledRule => {
        const alert = textAt(rule, 'alert');
        return {
          group: textAt(group, 'name') ?? '',
          name: alert ?? textAt(rule, 'record') ?? '',
          isAlert: alert !== undefined,
          severity: labelsAt(rule, 'labels')['severity'] ?? '',
        };
      }),
    ),
  );
}

/** The boards of `grafana/dashboards`; undefined where this program was installed without them. */
export async function bundledBoards(): Promise<readonly BundledBoard[] | undefined> {
  return (await readAll('grafana/dashboards', '.json'))?.map((text) => {
    const board: unknown = JSON.parse(text);
    return { uid: textAt(board, 'uid') ?? '', title: textAt(board, 'title') ?? '' };
  });
}

async function readAll(folder: string, ending: string): Promise<readonly string[] | undefined> {
  const found = findBundled(folder);
  if (found === undefined) return undefined;
  const names = (await readdir(found)).filter((name) => name.endsWith(ending)).sort();
  return names.length === 0 ? undefined : Promise.all(names.map((name) => readFile(join(found, name), 'utf8')));
}
