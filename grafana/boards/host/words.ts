import { colors } from '../../panels/defaults.js';
import { ranges } from '../../panels/mappings.js';

/** Text of a panel without measurements of the host. */
export const notMeasured = 'not measured: host is disabled';

/** End of a description, for numbers that a container sees only of itself. */
export const ofContainer = "In a container without host.rootfs it is the container's own: see Hosts.";

/**
 * Texts and colours for the seconds until a disk is full. Colours follow the alert AiCrmHostDiskFillsUp. More than a year is too far to be
 * exact.
 */
export const diskFullIn = ranges([
  [null, 4 * 3600, undefined, colors.critical],
  [4 * 3600, 86_400, undefined, colors.warning],
  [365 * 86_400, null, 'over a year', colors.none],
]);
