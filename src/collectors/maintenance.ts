import type { Clock } from '../clock.js';
import type { ComponentConfig } from '../config/config.js';
import { componentMaintenance } from '../metrics/families/component.js';
import { set } from '../metrics/sample.js';
import type { Collector } from './collector.js';
import type { MaintenanceCalendar } from './maintenance-calendar.js';

/** Says of every component whether it is in maintenance, so that static rules can keep quiet about it. */
export function maintenanceCollector(components: readonly ComponentConfig[], calendar: MaintenanceCalendar, clock: Clock): Collector {
  return {
    name: 'maintenance',
    // Windows begin at full minutes; four looks a minute are close enough for a scrape every 15 s.
    intervalSeconds: 15,
    timeoutSeconds: 5,
    isLocal: true,
    collect: async () => {
      const now = clock.nowSeconds();
      return { samples: components.map(({ name }) => set(componentMaintenance, { component: name }, calendar.isActive(name, now) ? 1 : 0)) };
    },
  };
}
