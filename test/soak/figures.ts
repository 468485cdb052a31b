import { enoughPoints, type Point, type Tolerance, type Trend, trendOf } from './trend.js';

/** The measured figures, in the order of the table. */
export const figures = {
  rssBytes: { name: 'resident memory', unit: 'MiB', tolerance: { absolute: 8 << 20, ratio: 0.08 } },
  heapBytes: { name: 'heap after collection', unit: 'MiB', tolerance: { absolute: 512 << 10, ratio: 0.03 } },
  externalBytes: { name: 'buffers', unit: 'MiB', tolerance: { absolute: 512 << 10, ratio: 0.05 } },
  descriptors: { name: 'descriptors', unit: '', tolerance: { absolute: 2, ratio: 0 } },
  threads: { name: 'threads', unit: '', tolerance: { absolute: 1, ratio: 0 } },
  timers: { name: 'timers', unit: '', tolerance: { absolute: 4, ratio: 0 } },
  listeners: { name: 'listeners', unit: '', tolerance: { absolute: 10, ratio: 0.02 } },
  entries: { name: 'entries of maps and sets', unit: '', tolerance: { absolute: 20, ratio: 0.01 } },
  series: { name: 'series', unit: '', tolerance: { absolute: 4, ratio: 0.005 } },
  // Growing numbers get more digits.
  metricsBytes: { name: '/metrics', unit: 'KiB', tolerance: { absolute: 512, ratio: 0.02 } },
} as const satisfies Readonly<
  Record<string, { readonly name: string; readonly unit: Unit; readonly tolerance: Tolerance }>
>;

type Unit = 'MiB' | 'KiB' | '';
export type FigureKey = keyof typeof figures;
const figureKeys = Object.keys(figures) as FigureKey[];

/** All figures at one moment, with the hours that passed for the exporter. A figure that a part cannot read is left out. */
export type Reading = { readonly atHours: number } & Readonly<Partial<Record<FigureKey, number>>>;

const divisors = { MiB: 1024 ** 2, KiB: 1024, '': 1 } as const;

/** The trend of every figure that was read. */
export function trendsOf(readings: readonly Reading[]): ReadonlyMap<FigureKey, Trend> {
  return new Map(
    figureKeys.flatMap((key) => {
      const points = pointsOf(readings, key);
      return points.length === 0 ? [] : [[key, trendOf(points, figures[key].tolerance)] as const];
    }),
  );
}

/** The problems in these readings, a line each. Too few readings are a problem, too. */
export function objectionsTo(readings: readonly Reading[]): readonly string[] {
  if (readings.length < enoughPoints)
    return [`${readings.length} readings are too few for a verdict, ${enoughPoints} are needed: give it more minutes`];
  return [...trendsOf(readings)]
    .filter(([, { verdict }]) => verdict === 'grows')
    .map(([key]) => `grows: ${figures[key].name}`);
}

/** The readings as a Markdown table with a verdict for each figure. */
export function drawFigures(readings: readonly Reading[]): string {
  const rows = [...trendsOf(readings)].map(([key, { slopePerHour, detectable, verdict }]) => {
    const { name, unit } = figures[key];
    const values = pointsOf(readings, key).map(({ value }) => value);
    const shown = (value: number) => digits(value / divisors[unit]);
    const cells = [values[0] ?? 0, values.at(-1) ?? 0, Math.min(...values), Math.max(...values)].map(shown);
    return [
      unit === '' ? name : `${name}, ${unit}`,
      ...cells,
      `${slopePerHour > 0 ? '+' : ''}${shown(slopePerHour)}`,
      shown(detectable),
      verdict,
    ];
  });
  const table = [['figure', 'first', 'last', 'least', 'most', 'an hour', 'seen from', 'verdict'], ...rows];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = table.map(
    (row) =>
      `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`,
  );
  lines.splice(1, 0, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`);
  return lines.join('\n');
}

function pointsOf(readings: readonly Reading[], key: FigureKey): readonly Point[] {
  return readings.flatMap(({ atHours, [key]: value }) => (value === undefined ? [] : [{ atHours, value }]));
}

/** Whole numbers have no decimals, others at most two. */
function digits(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(Math.abs(value) < 10 ? 2 : 1);
}
