import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Set if the soak has its own mount namespace. */
export const namespaceVariable = 'SOAK_NAMESPACE';

/** The host name that components use. It is not a name of this machine. */
export const dnsName = 'crm.soak.test';

const debianFaketime = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1';
/** The library that changes the wall clock of one program, if it is installed. */
export const faketimeLibrary = existsSync(debianFaketime) ? debianFaketime : undefined;

/** The parts around the exporter that can be made to fail. */
export interface Surroundings {
  /** The folder of the exporter's configuration and log: a disk of a megabyte if possible. */
  readonly disk: string;
  readonly files: Readonly<Record<'monitoring' | 'web' | 'log', string>>;
  /** The environment that lets the exporter's clock be changed. */
  readonly environment: Readonly<Record<string, string>>;
  /** Whether the disk is small and names can be removed. */
  readonly isPrivate: boolean;
  /** Sets the exporter's wall clock to this offset. It applies within a second. */
  setClock(offsetSeconds: number): Promise<void>;
  /** Makes `dnsName` known, or makes the exporter ask this name server. */
  setNames(nameServer: string | null): Promise<void>;
  remove(): Promise<void>;
}

/** `isAlone`: no other process sees the mounts. */
export async function createSurroundings(isAlone: boolean): Promise<Surroundings> {
  const folder = await mkdtemp(join(tmpdir(), 'ai-crm-exporter-soak-'));
  const disk = join(folder, 'disk');
  await mkdir(disk);
  const mount = (...args: string[]) => spawnSync('mount', args).status === 0;
  const hosts = join(folder, 'hosts');
  const nameServers = join(folder, 'resolv.conf');
  await copyFile('/etc/hosts', hosts);
  await copyFile('/etc/resolv.conf', nameServers);
  const isPrivate =
    isAlone &&
    mount('-t', 'tmpfs', '-o', 'size=1m', 'soak', disk) &&
    mount('--bind', hosts, '/etc/hosts') &&
    mount('--bind', nameServers, '/etc/resolv.conf');
  const clock = join(folder, 'clock');
  await writeFile(clock, '+0');
  const setNames = async (nameServer: string | null) => {
    await writeFile(hosts, `127.0.0.1 localhost${nameServer === null ? ` ${dnsName}` : ''}\n`);
    if (nameServer !== null) await writeFile(nameServers, `nameserver ${nameServer}\noptions timeout:2 attempts:1\n`);
  };
  if (isPrivate) await setNames(null);
  return {
    disk,
    files: { monitoring: join(disk, 'monitoring.yml'), web: join(disk, 'web.yml'), log: join(disk, 'exporter.log') },
    environment:
      faketimeLibrary === undefined
        ? {}
        : {
            LD_PRELOAD: faketimeLibrary,
            FAKETIME_TIMESTAMP_FILE: clock,
            FAKETIME_CACHE_DURATION: '1',
            FAKETIME_DONT_FAKE_MONOTONIC: '1',
          },
    isPrivate,
    setClock: (offsetSeconds) => writeFile(clock, `${offsetSeconds < 0 ? '' : '+'}${Math.round(offsetSeconds)}`),
    setNames,
    remove: async () => {
      if (isPrivate) spawnSync('umount', [disk]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
