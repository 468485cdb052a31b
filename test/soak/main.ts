import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { soakMachine } from './machine/machine.js';
import { namespaceVariable } from './machine/surroundings.js';
import { type Options, readOptions, usage } from './options.js';
import { soakWeek } from './week/week.js';

const usageCode = 2;

const signals = ['SIGINT', 'SIGTERM'] as const;

/** Runs the soak and prints its result. The exit code is 1 if a figure grows or the exporter behaves wrongly. */
async function main(options: Options): Promise<number> {
  const startedAt = performance.now();
  const deadline = startedAt + options.minutes * 60_000;
  const say = (text: string) => void process.stdout.write(`${text}\n`);
  const findings: string[] = [];
  const calledOff = new AbortController();
  // The signal comes twice: from the terminal and from `inNamespace`.
  for (const signal of signals) process.on(signal, () => calledOff.abort(signal));
  const { signal } = calledOff;
  if (options.parts.includes('week')) {
    say('a week of simulated time');
    // The machine part needs half of the time.
    const share = options.parts.includes('machine') ? 0.5 : 1;
    findings.push(...(await soakWeek(options, startedAt + share * options.minutes * 60_000, say, signal)));
  }
  if (options.parts.includes('machine') && !signal.aborted) {
    say('\nthe program as it is built, against a machine that fails');
    findings.push(...(await soakMachine(options, deadline, say, signal)));
  }
  say(
    findings.length === 0
      ? '\nflat, nothing found'
      : `\nfound:\n${findings.map((finding) => `* ${finding}`).join('\n')}`,
  );
  if (signal.aborted) say(`called off by ${signal.reason}`);
  // Waits until a pipe has taken all output.
  await new Promise((resolve) => process.stdout.write('', resolve));
  if (signal.aborted) return 128 + constants.signals[signal.reason as (typeof signals)[number]];
  return findings.length === 0 ? 0 : 1;
}

/** Runs in its own mount namespace, which ends with the program. No other process sees its mounts. */
async function inNamespace(): Promise<number> {
  const child = spawn('unshare', ['--mount', '--propagation', 'private', process.execPath, ...process.argv.slice(1)], {
    stdio: 'inherit',
    env: { ...process.env, [namespaceVariable]: 'own' },
  });
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

function optionsOrExit(): Options {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`soak: ${error instanceof Error ? error.message : String(error)}\nusage: ${usage}\n`);
    process.exit(usageCode);
  }
}

const options = optionsOrExit();
const needsNamespace =
  process.getuid?.() === 0 && process.env[namespaceVariable] === undefined && options.parts.includes('machine');
process.exit(await (needsNamespace ? inNamespace() : main(options)));
