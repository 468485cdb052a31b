import { complete, type Given, list, optional } from '../option.js';
import { flag, textLike } from '../option-kinds.js';

/** Settings for the measurements of the host. */
export interface HostConfig {
  readonly enabled: boolean;
  /** Mount point of the host's root file system; `/` without a container. */
  readonly rootfs: string;
  /** Only these mount points; absent: all local file systems. */
  readonly mountpoints?: readonly string[];
  /** Only these network devices; absent: all except loopback and virtual ones. */
  readonly devices?: readonly string[];
}

/** `host`. */
export const hostOptions = {
  enabled: optional(flag(), 'Whether to measure the host.', { default: true }),
  rootfs: optional(
    textLike(/^\/|\$\{/, 'an absolute path', 'Absolute path'),
    'Where the root of the host is mounted, for an exporter in a container.',
    { default: '/', synonyms: 'root' },
  ),
  mountpoints: optional(
    // `[/ /boot]` is one text: a comma is missing in it.
    list(textLike(/^\/(?!.*\s\/)|\$\{/, 'an absolute path'), 'a list of mount points'),
    'Only these mount points.',
    { defaultIs: 'every local file system', synonyms: 'mounts filesystems disks' },
  ),
  devices: optional(
    list(textLike(/^\S+$|\$\{/, 'the name of a device'), 'a list of device names'),
    'Only these network devices.',
    { defaultIs: 'every one except loopback and virtual ones', synonyms: 'interfaces nics' },
  ),
};

/** `host` with its defaults. */
export function resolveHost(given: Given<typeof hostOptions>): HostConfig {
  const { enabled, rootfs, mountpoints, devices } = complete(hostOptions, given);
  return { enabled, rootfs, ...(mountpoints && { mountpoints }), ...(devices && { devices }) };
}
