import { platform } from 'node:os';
import type { HostConfig } from '../../config/config.js';
import type { HostSource } from './host-source.js';
import { LinuxHost } from './linux.js';
import { type Outside, realOutside } from './outside.js';
import { PortableHost } from './portable.js';

/**
 * The reader for the system that this process runs on. Reads nothing yet and throws nothing.
 * Whoever makes another one later, for a changed configuration, hands the same `outside` to both.
 */
export function createHostSource(config: HostConfig, outside: Outside = realOutside()): HostSource {
  return platform() === 'linux' ? new LinuxHost(config, outside) : new PortableHost(config, outside);
}
