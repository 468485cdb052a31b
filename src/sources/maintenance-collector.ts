import type { Clock } from '../base/clock.js';
import { withoutSecretsOfUrls } from '../base/sensitive.js';
import { oneLine, shortened } from '../base/text.js';
import type { Collected, Collector } from '../collector.js';
import type { ProgramConfig } from '../config/sections/programs-section.js';
import type { ExplainingCalendar } from '../maintenance/maintenance-calendar.js';
import { askSilences, type CurrentSilences } from '../maintenance/silences.js';
import { componentMaintenance, maintenanceInfo } from '../metrics/component-metrics.js';
import { type Sample, set } from '../metrics/definition.js';
import type { HttpProber } from '../net/http-client.js';
import { sourceCollector } from './source-collector.js';

/** What decides whether components are in maintenance. */
interface MaintenanceParts {
  /** Components, and jobs of `heartbeats`. */
  readonly components: readonly { readonly name: string }[];
  readonly calendar: ExplainingCalendar;
  readonly clock: Clock;
  /** Absent: only the configured windows count. */
  readonly alertmanager?: ProgramConfig;
  readonly silences: CurrentSilences;
  readonly prober: HttpProber;
}

/** Windows start at full minutes. Four checks a minute are enough for a scrape every 15 s. */
const intervalSeconds = 15;

/**
 * Reports for each component whether it is in maintenance, so that static rules stay silent. With an Alertmanager it
 * reads its silences, as the source `alertmanager`. Without an answer the known silences stay.
 */
export function maintenanceCollector(parts: MaintenanceParts): Collector {
  const { alertmanager } = parts;
  if (alertmanager === undefined) {
    return {
      name: 'maintenance',
      intervalSeconds,
      timeoutSeconds: 5,
      isLocal: true,
      collect: async () => ({ samples: maintenanceSamples(parts) }),
    };
  }
  const asking = silencesCollector(alertmanager, parts);
  return {
    ...asking,
    collect: async (signal): Promise<Collected> => {
      const asked = await asking.collect(signal);
      return { ...asked, samples: [...asked.samples, ...maintenanceSamples(parts)] };
    },
  };
}

function silencesCollector(
  alertmanager: ProgramConfig,
  { silences, prober, components, clock }: MaintenanceParts,
): Collector {
  const { job, timeoutSeconds } = alertmanager;
  const options = {
    name: 'maintenance',
    source: 'alertmanager',
    intervalSeconds: alertmanager.intervalSeconds,
    timeoutSeconds: timeoutSeconds + 1,
    place: alertmanager.url,
  };
  return sourceCollector(options, async (signal) => {
    const startedAt = clock.monotonicSeconds();
    const found = await askSilences(alertmanager, prober, signal);
    silences.replace(found, job);
    const silenced = components.filter(({ name }) => silences.isActive(name, clock.nowSeconds())).length;
    return {
      samples: [],
      message: `${found.length} ${found.length === 1 ? 'silence' : 'silences'}, ${silenced} of ${components.length} components in maintenance through them`,
      durationSeconds: clock.monotonicSeconds() - startedAt,
    };
  });
}

/** A comment becomes a label value: one short line, as shown on a board. */
const maxReasonLength = 100;

function maintenanceSamples({ components, calendar, clock }: MaintenanceParts): readonly Sample[] {
  const now = clock.nowSeconds();
  const said = (text: string) => shortened(withoutSecretsOfUrls(oneLine(text)), maxReasonLength);
  return components.flatMap(({ name: component }): readonly Sample[] => {
    const why = calendar.reasonFor(component, now);
    if (why === undefined) return [set(componentMaintenance, { component }, 0)];
    const { text, author = 'configuration' } = why;
    return [
      set(componentMaintenance, { component }, 1),
      set(maintenanceInfo, { component, reason: said(text), author: said(author) }, 1),
    ];
  });
}
