import { ExporterError } from '../errors.js';

/** As `engines` of the package has it. npm only warns of an older one. */
const oldest = { major: 20, minor: 18 };

/** Throws `node_too_old` for a version of Node.js that this program does not run on, instead of failing somewhere in the middle. */
export function requireNode(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > oldest.major || (major === oldest.major && minor >= oldest.minor)) return;
  throw new ExporterError('node_too_old', `Node.js ${version} is too old: install ${oldest.major}.${oldest.minor} or newer`);
}
