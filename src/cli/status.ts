import { systemClock } from '../base/clock.js';
import { ExporterError } from '../base/errors.js';
import { exitCodeOf } from '../base/level.js';
import { readVersion } from '../base/version.js';
import type { Config } from '../config/config.js';
import { loadConfig } from '../config/load.js';
import type { Needs } from '../config/resolving.js';
import { documentOptions } from '../config/settings.js';
import { alertmanagerNeeds, durationFlag } from '../stack/alertmanager-api.js';
import { assess } from '../stack/assess.js';
import type { Finding } from '../stack/finding.js';
import { bundledBoards, bundledRules } from '../stack/rules.js';
import { askStack, type StatusOptions } from '../stack/stack.js';
import type { CommandSurroundings } from './options.js';

/**
 * `status`: asks the exporter, Prometheus, Alertmanager and Grafana for their state, and prints the findings with
 * advice. Changes nothing. Returns the exit code of the worst level (Nagios convention). Throws `usage`.
 */
export async function status(options: StatusOptions, surroundings: CommandSurroundings): Promise<number> {
  const { environment, directory, out } = surroundings;
  const timeoutSeconds = durationFlag('--timeout', options.timeout, { minimum: 0.1, maximum: 300 });
  const { config, before } = await configuration(options, surroundings);
  const [stack, rules, boards] = await Promise.all([
    askStack(options, config, { environment, directory, timeoutSeconds }),
    bundledRules(),
    bundledBoards(),
  ]);
  const name = config?.name ?? documentOptions.name.default;
  const job = config?.alertmanager?.job;
  const assessment = assess(stack, { rules, boards, name, job, before }, systemClock.nowSeconds());
  if (options.json === true) {
    const { stackDocument } = await import('../stack/stack-report.js');
    out.write(`${JSON.stringify(stackDocument(assessment, stack, readVersion(environment).version), null, 2)}\n`);
  } else {
    const { renderStatus } = await import('../stack/stack-report.js');
    out.write(renderStatus(assessment, { colour: out.isTTY && out.hasColors() }));
  }
  return exitCodeOf(assessment.level);
}

/** Only addresses are needed, so an unreadable configuration is a finding and does not stop the check. */
async function configuration(
  options: StatusOptions,
  { environment, directory }: CommandSurroundings,
): Promise<{ readonly config: Config | undefined; readonly before: readonly Finding[] }> {
  const needsAccess = alertmanagerNeeds(options);
  const needs: Needs = (path) => path[0] === 'grafana_url' || needsAccess(path);
  try {
    return { config: await loadConfig(options['config.file'], { environment, directory, needs }), before: [] };
  } catch (error) {
    if (!(error instanceof ExporterError)) throw error;
    const problems = error.message.split('\n');
    const text = `${problems[0]}${problems.length === 1 ? '' : ` (and ${problems.length - 1} more)`}`;
    return {
      config: undefined,
      before: [
        {
          subject: 'configuration',
          level: 'unknown',
          text,
          remedy:
            'fix the problems that "ai-crm-exporter --config.check" lists; until then, only addresses of flags and of the compose stack are used',
        },
      ],
    };
  }
}
