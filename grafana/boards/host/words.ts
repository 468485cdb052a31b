import { colors } from '../../panels/defaults.js';
import { ranges } from '../../panels/mappings.js';

/** What stands where there is no measurement of the host. */
export const notMeasured = 'not measured: host is disabled';

/** For whatever a container may see its own part of. */
export const ofContainer = "In a container without host.rootfs it is the container's own: see Hosts.";

/** Seconds until a disk is full, as far as they can be taken seriously; coloured as the alert AiCrmHostDiskFillsUp has it. */
export const diskFullIn = ranges([
  [null, 4 * 3600, undefined, colors.critical],
  [4 * 3600, 86_400, undefined, colors.warning],
  [365 * 86_400, null, 'over a year', colors.none],
]);
