import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Other programs for comparison, or needed for a measurement. */
export type PeerName = 'prometheus' | 'blackbox_exporter' | 'node_exporter';

/** Possible names on PATH: the original one, and Debian's. */
const commands: Readonly<Record<PeerName, readonly string[]>> = {
  prometheus: ['prometheus'],
  blackbox_exporter: ['blackbox_exporter', 'prometheus-blackbox-exporter'],
  node_exporter: ['node_exporter', 'prometheus-node-exporter'],
};

/** The peers on this machine. */
export interface Peers {
  /** Those of `names` that are not on PATH. */
  missing(names: readonly PeerName[]): readonly PeerName[];
  /** The file of a peer. Throws if it is missing. */
  file(name: PeerName): string;
  /** Name and version of every peer on this machine. */
  versions(): readonly string[];
}

/** Looks for the peers in the folders of `path`, the value of PATH. */
export function findPeers(path: string): Peers {
  const names = Object.keys(commands) as PeerName[];
  const files = new Map(names.map((name) => [name, find(commands[name], path.split(delimiter))]));
  return {
    missing: (wanted) => wanted.filter((name) => files.get(name) === undefined),
    file: (name) => {
      const file = files.get(name);
      if (file === undefined) throw new Error(`${name} is not on PATH`);
      return file;
    },
    versions: () => names.flatMap((name) => versionOf(name, files.get(name))),
  };
}

function find(commandNames: readonly string[], folders: readonly string[]): string | undefined {
  return folders
    .flatMap((folder) => commandNames.map((command) => join(folder, command)))
    .find((file) => isExecutable(file));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function versionOf(name: PeerName, file: string | undefined): readonly string[] {
  if (file === undefined) return [];
  const { stdout, stderr } = spawnSync(file, ['--version'], { encoding: 'utf8' });
  return [`${name} ${/version ([^\s,+]+)/.exec(stdout + stderr)?.[1] ?? 'of unknown version'}`];
}
