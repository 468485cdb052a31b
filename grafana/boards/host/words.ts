import { colors } from '../../panels/defaults.js';
import { ranges } from '../../panels/mappings.js';

/** What stands where there is no measurement of the host. */
export const notMeasured = 'not measured: host is disabled';

/** For whatever a container may see its own part of. */
export const ofContainer = "In a container without host.rootfs it is the container's own: see Hosts.";

/** Seconds until something happens, as far as they can be taken seriously. */
export const farAway = ranges([[365 * 86400, null, 'over a year', colors.text]]);
