import { type Level, levels, levelWord } from '../../level.js';
import type { ProgramClient } from '../other-program/client.js';
import { ProgramFailure } from '../other-program/failure.js';
import { answerTo, type Finding, isAnswered, listed } from './finding.js';
import { recordsAt, textAt, valueAt } from './read-json.js';

/** What an exporter says of itself and of AI-CRM. */
export interface ExporterReading {
  readonly version: string;
  /** Whether every collector has run. */
  readonly isReady: boolean;
  /** Unix time at which its process began; undefined where its `/metrics` does not say. */
  readonly startedAtSeconds?: number;
  /** Of AI-CRM as a whole. */
  readonly level: Level;
  /** Everything that is not HEALTHY, with its level. */
  readonly notWell: readonly string[];
  readonly components: number;
  /** Collectors whose last run failed. */
  readonly failing: readonly string[];
}

/** Asks an exporter how AI-CRM and it itself are. Throws `ProgramFailure`. */
export async function askExporter(client: ProgramClient): Promise<ExporterReading> {
  const status = await client.ask('GET', '/api/status');
  const version = textAt(status, 'version');
  const level = levels.find((each) => each === textAt(status, 'level'));
  if (version === undefined || level === undefined)
    throw new ProgramFailure(
      'stranger',
      `${client.url}/api/status: the answer is not of an ai-crm-exporter`,
      'is --exporter.url right?',
    );
  const [ready, metrics] = await Promise.all([
    answerTo(client.askText('/-/ready')),
    answerTo(client.askText('/metrics')),
  ]);
  const started = isAnswered(metrics) ? /^process_start_time_seconds (\S+)/m.exec(metrics)?.[1] : undefined;
  const parts = ['components', 'transactions', 'measures', 'host']
    .flatMap((key) => recordsAt(status, key) ?? [])
    .filter((part) => valueAt(part, 'in_maintenance') !== true);
  return {
    version,
    isReady: isAnswered(ready),
    ...(started === undefined ? {} : { startedAtSeconds: Number(started) }),
    level,
    notWell: parts
      .filter((part) => textAt(part, 'level') !== 'healthy')
      .map((part) => `${textAt(part, 'name')} ${textAt(part, 'level')?.toUpperCase()}`),
    components: recordsAt(status, 'components')?.length ?? 0,
    failing: (recordsAt(status, 'collectors') ?? [])
      .filter((collector) => valueAt(collector, 'success') === false)
      .map((collector) => textAt(collector, 'name') ?? ''),
  };
}

/** What to say of an exporter that answered, itself and AI-CRM. */
export function exporterFindings(
  { isReady, failing, level, notWell, components }: ExporterReading,
  url: string,
): readonly Finding[] {
  const own: readonly Finding[] = [
    ...(isReady
      ? []
      : [
          {
            subject: 'exporter',
            level: 'unknown',
            text: 'not every collector has run yet',
            mend: 'wait for the longest of check_intervals',
          } as const,
        ]),
    ...(failing.length === 0
      ? []
      : [
          {
            subject: 'exporter',
            level: 'warning',
            text: `cannot measure ${listed(failing)}`,
            mend: `see why at ${url}/`,
          } as const,
        ]),
  ];
  const whole =
    level === 'healthy'
      ? `${components} ${components === 1 ? 'component' : 'components'}`
      : notWell.length === 0
        ? levelWord(level)
        : listed(notWell);
  return [
    ...own,
    { subject: 'AI-CRM', level, text: whole, ...(level === 'healthy' ? {} : { mend: `see why at ${url}/` }) },
  ];
}
