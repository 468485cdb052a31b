import type { Path } from './problem.js';
import { documentSchema, type Settings } from './schema/document.js';

/** Sections that mean nothing with a part of them missing. */
export const indivisible: ReadonlySet<string> = new Set(['ai_crm', 'alertmanager']);

/**
 * The settings without the entries that have a problem: `endpoints.backend`, `maintenance_windows[1]`, `retries`.
 *
 * This is for finding further problems in the rest, and for commands that use only that. The whole entry goes, or the whole section where its entries belong together, because with only the
 * faulty part removed it would look incomplete or contradictory where it is not. Never throws; should problems remain,
 * there is nothing to salvage and the settings are empty.
 */
export function salvage(raw: unknown, faulty: readonly Path[]): Settings {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return {};
  const rest: Record<string, unknown> = { ...raw };
  const lost = new Map<string, Set<string>>();
  for (const [section, entry] of faulty) {
    if (typeof section !== 'string') return {};
    if (entry === undefined || indivisible.has(section)) delete rest[section];
    else lost.set(section, (lost.get(section) ?? new Set()).add(String(entry)));
  }
  for (const [section, entries] of lost) {
    const whole = rest[section];
    const isKept = (key: string | number) => !entries.has(String(key));
    if (Array.isArray(whole)) rest[section] = whole.filter((_item, index) => isKept(index));
    else if (typeof whole === 'object' && whole !== null) {
      rest[section] = Object.fromEntries(Object.entries(whole).filter(([key]) => isKept(key)));
    }
  }
  const checked = documentSchema.safeParse(rest);
  if (!checked.success) return {};
  const lostWindows = lost.get('maintenance_windows') ?? new Set();
  return { ...checked.data, maintenance_windows: withGaps(checked.data.maintenance_windows ?? [], lostWindows) };
}

/** The list with undefined put back where items were taken out. */
function withGaps<Item>(kept: readonly Item[], lostIndexes: ReadonlySet<string>): readonly (Item | undefined)[] {
  let taken = 0;
  const total = kept.length + lostIndexes.size;
  return Array.from({ length: total }, (_, index) => (lostIndexes.has(String(index)) ? undefined : kept[taken++]));
}
