import type { Path } from './problem.js';
import { documentSchema, type Settings } from './schema/document.js';

/** Sections whose entries have nothing to do with each other, so that one can be left out without the others. */
const sectionsOfEntries: ReadonlySet<unknown> = new Set(['endpoints', 'alert_channels']);

/**
 * The settings without everything that has a problem: the entry of `endpoints` or `alert_channels`, else the section.
 *
 * This is for finding further problems in the rest, never for running with. Never throws; should problems remain, there
 * is nothing to salvage and the settings are empty.
 */
export function salvage(raw: unknown, faulty: readonly Path[]): Settings {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return {};
  const rest: Record<string, unknown> = { ...raw };
  for (const [section, entry] of faulty) {
    if (typeof section !== 'string') return {};
    const entries = rest[section];
    if (sectionsOfEntries.has(section) && entry !== undefined && typeof entries === 'object' && entries !== null) {
      rest[section] = Object.fromEntries(Object.entries(entries).filter(([name]) => name !== entry));
    } else {
      delete rest[section];
    }
  }
  const checked = documentSchema.safeParse(rest);
  return checked.success ? checked.data : {};
}
