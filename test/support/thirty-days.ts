import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { samplesIn } from './exposition.js';
import { blocksFrom } from './history-blocks.js';
import type { Rule } from './rule-files.js';

/** A series that needs a history. */
export interface PastSeries {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Its last value. */
  readonly value: number;
  readonly isCounter: boolean;
  /** The time between its values. */
  readonly stepSeconds: number;
}

/** The series of an exposition as a scrape by this job stores them, only of the named metrics. */
export function scraped(
  exposition: string,
  target: { readonly job: string; readonly instance: string },
  names: ReadonlySet<string>,
  stepSeconds: number,
): readonly PastSeries[] {
  return [...samplesIn(exposition)].flatMap(([series, value]): PastSeries[] => {
    const [, name = '', labels = ''] = /^([\w:]+)(?:\{(.*)\})?$/.exec(series) ?? [];
    if (!names.has(name)) return [];
    const own = Object.fromEntries(
      [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label = '', text = '']) => [label, text]),
    );
    return [
      { name, labels: { ...own, ...target }, value, isCounter: /_(?:total|bucket|count|sum)$/.test(name), stepSeconds },
    ];
  });
}

/**
 * The series of the named records: one for each combination of the labels in its name that the scraped series have, with the interval of
 * its group.
 */
export function recorded(
  rules: readonly Rule[],
  from: readonly PastSeries[],
  names: ReadonlySet<string>,
  stepOf: (rule: Rule) => number,
): readonly PastSeries[] {
  return rules.flatMap((rule): PastSeries[] => {
    if (rule.isAlert || !names.has(rule.name)) return [];
    const level = (rule.name.split(':')[0] ?? '').split('_');
    const combinations = new Map<string, Readonly<Record<string, string>>>();
    for (const { labels } of from) {
      if (level.every((label) => label in labels))
        combinations.set(
          level.map((label) => labels[label]).join('\n'),
          Object.fromEntries(level.map((label) => [label, labels[label] ?? ''])),
        );
    }
    return [...combinations.values()].map((labels) => ({
      name: rule.name,
      labels: { ...labels, ...rule.labels },
      value: 0.9,
      isCounter: false,
      stepSeconds: stepOf(rule),
    }));
  });
}

/**
 * Gives these series thirty days of history and writes them as blocks of Prometheus' storage. Counters grow, with a reset each week; gauges
 * vary a little, each with its own period. The text for promtool stays beside the blocks.
 */
export async function writeThirtyDays(
  series: readonly PastSeries[],
  folder: string,
  endSeconds: number,
): Promise<number> {
  const file = `${folder}.om`;
  const stream = createWriteStream(file, { highWaterMark: 1 << 22 });
  let written = 0;
  for (const [index, { name, labels, value, isCounter, stepSeconds }] of series.entries()) {
    const prefix = `${name}{${Object.entries(labels)
      .map(([label, text]) => `${label}="${text}"`)
      .join(',')}} `;
    const lines: string[] = [];
    for (let at = endSeconds - 30 * 86_400; at <= endSeconds; at += stepSeconds) {
      const wave = Math.sin(at / (3600 + 60 * (index % 60)));
      lines.push(
        `${prefix}${isCounter ? Math.round(value + ((at % 604_800) / 60) * (1 + (index % 7))) : Number((value * (1 + 0.05 * wave)).toPrecision(6))} ${at}`,
      );
    }
    written += lines.length;
    if (!stream.write(`${lines.join('\n')}\n`)) await once(stream, 'drain');
  }
  stream.end('# EOF\n');
  await once(stream, 'close');
  await blocksFrom(file, folder);
  return written;
}
