import { spawn } from 'node:child_process';
import { systemCodeOf } from '../base/errors.js';
import { ProbeFailure } from '../base/reason.js';
import type { IcmpComponent } from '../config/sections/endpoints-section.js';
import { addressesOf, type Lookup } from '../net/connect.js';
import { attempt, type Measurement, type ProbeOutcome } from '../net/measurement.js';

/** Maximum length of ping's output, in characters. */
const longestOutput = 8192;

/** The response time is that of ping's own clock, because starting the program does not count. */
type PingOutcome = ProbeOutcome & { readonly responseSeconds?: number };

/** Sends one echo request with the system's `ping`, because Node.js has no ICMP sockets. */
export function probeIcmp({ host }: IcmpComponent, lookup: Lookup) {
  return async (measurement: Measurement, signal: AbortSignal): Promise<PingOutcome> => {
    const outcome = await attempt(measurement, signal, async () => {
      const [found] = await addressesOf(host, lookup, measurement, signal);
      if (found === undefined) throw new ProbeFailure('dns', `${host} has no address`);
      measurement.ipProtocol = found.family;
      measurement.note(() => `ping ${found.address}`);
      const { output, exitCode } = await ping(found.address, found.family, signal);
      const milliseconds = /\btime[=<]([\d.]+) ?ms/.exec(output)?.[1];
      if (milliseconds === undefined) throw explained(output, exitCode, found.address);
      measurement.phases.first_byte = Number(milliseconds) / 1000;
      return measurement.phases.first_byte;
    });
    const { answer, ...rest } = outcome;
    return answer === undefined ? rest : { ...rest, responseSeconds: answer + (measurement.phases.dns ?? 0) };
  };
}

function ping(
  address: string,
  family: 4 | 6,
  signal: AbortSignal,
): Promise<{ readonly output: string; readonly exitCode: number | null }> {
  return new Promise((resolve, reject) => {
    // The exporter enforces the deadline and ends the program. `--` makes sure that the address is not read as an option.
    const args = [`-${family}`, '-n', '-c', '1', '-W', '300', '--', address];
    const child = spawn('ping', args, {
      env: { PATH: process.env['PATH'], LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const take = (text: string) => void (output = (output + text).slice(0, longestOutput));
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    const onAbort = () => void child.kill('SIGKILL');
    const done = () => signal.removeEventListener('abort', onAbort);
    child.once('error', (error) => {
      done();
      const isMissing = systemCodeOf(error) === 'ENOENT';
      const why = isMissing
        ? 'the program ping is missing: install iputils-ping'
        : `cannot run ping: ${systemCodeOf(error) ?? 'unknown error'}`;
      reject(new ProbeFailure('internal', why, { cause: error }));
    });
    child.once('close', (exitCode) => {
      done();
      resolve({ output, exitCode });
    });
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}

function explained(output: string, exitCode: number | null, address: string): ProbeFailure {
  if (/not permitted|permission denied|cap_net_raw|are you root/i.test(output))
    return new ProbeFailure(
      'internal',
      'this user has no permission to ping: add its group to net.ipv4.ping_group_range, or give ping the capability cap_net_raw',
    );
  if (/unreachable|no route|prohibited/i.test(output)) return new ProbeFailure('connect', `no route to ${address}`);
  if (exitCode === 1) return new ProbeFailure('timeout', `${address} does not answer`);
  return new ProbeFailure('internal', `ping ended with ${exitCode ?? 'a signal'} and got no answer`);
}
