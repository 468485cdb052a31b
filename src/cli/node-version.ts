import { ExporterError } from '../errors.js';
import { isOlder } from '../oldest-versions.js';

/** As `engines` of the package has it. npm only warns of an older one. */
const oldest = '20.18';

/** Throws `node_too_old` for a version of Node.js that this program does not run on, instead of failing somewhere in the middle. */
export function requireNode(version: string): void {
  if (isOlder(version, oldest))
    throw new ExporterError('node_too_old', `Node.js ${version} is too old: install ${oldest} or newer`);
}
