import type { Threshold, Thresholds } from '../../config/config.js';
import { levelAgainst } from '../../level.js';
import { agentLastResponse, pmLastAnalysis } from '../../metrics/families/agents.js';
import type { Sample } from '../../metrics/sample.js';
import type { MeasureReading } from '../reading.js';

/** How the times that AI-CRM tells stand against their thresholds: of the agents the slowest, and of the PM gateway its own. */
export function measureReadings(
  samples: readonly Sample[],
  thresholds: Pick<Thresholds, 'agentResponseTimeSeconds' | 'taskProcessingTimeSeconds'>,
): readonly MeasureReading[] {
  const agents = slowest(samples, agentLastResponse.name);
  const analysis = slowest(samples, pmLastAnalysis.name);
  return [
    ...(agents === undefined
      ? []
      : [
          reading(
            'agent response',
            agents.value,
            `slowest is ${agents.series.labels['agent']} with `,
            thresholds.agentResponseTimeSeconds,
          ),
        ]),
    ...(analysis === undefined
      ? []
      : [reading('PM analysis', analysis.value, '', thresholds.taskProcessingTimeSeconds)]),
  ];
}

function slowest(samples: readonly Sample[], metric: string): Sample | undefined {
  let worst: Sample | undefined;
  for (const sample of samples)
    if (sample.series.definition.name === metric && sample.value > (worst?.value ?? Number.NEGATIVE_INFINITY))
      worst = sample;
  return worst;
}

function reading(name: string, seconds: number, who: string, threshold: Threshold): MeasureReading {
  const limits = `warning above ${threshold.warning} s, critical above ${threshold.critical} s`;
  return {
    subject: 'measure',
    name,
    level: levelAgainst(seconds, threshold),
    message: `${who}${Number(seconds.toFixed(3))} s; ${limits}`,
  };
}
