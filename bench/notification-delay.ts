import { startAlertingStack } from '../test/support/alerting-stack.js';
import { until } from '../test/support/until.js';
import type { ServiceName } from '../src/demo/fault.js';

/**
 * How long it takes from a component's failure to its notification, with the shipped times, on the real programs:
 * `node .build/bench/notification-delay.js [ROUNDS]`, three minutes for each round after the first. Prints the seconds of every
 * failure and channel, and their median and maximum. Not part of `npm test`: it waits for real minutes.
 */
async function main(rounds: number): Promise<void> {
  /** Independent of each other, so that each is a measurement of its own. */
  const services: readonly ServiceName[] = ['frontend', 'gateway', 'redis', 'postgres'];
  const stack = await startAlertingStack({ factor: 1 });
  const delays: number[] = [];
  try {
    for (let round = 0; round < rounds; round++) {
      const failures: { readonly service: ServiceName; readonly atMilliseconds: number }[] = [];
      for (const service of services) {
        // At any moment of the cycles of probes, scrapes and evaluations.
        await pause(Math.random() * 15);
        await stack.aiCrm.faults.set(service, { kind: 'refuse' });
        failures.push({ service, atMilliseconds: Date.now() });
      }
      const told = (service: string, status: string, since: number) => stack.notifications().filter((one) => one.status === status && one.atMilliseconds >= since && one.text.includes(`${service} is down`));
      for (const { service, atMilliseconds } of failures) {
        await until(`every channel knows of ${service}`, () => new Set(told(service, 'firing', atMilliseconds).map(({ channel }) => channel)).size === 4, 180);
        const found = told(service, 'firing', atMilliseconds).map((one) => `${one.channel} ${seconds(one.atMilliseconds - atMilliseconds)}`);
        delays.push(Math.max(...told(service, 'firing', atMilliseconds).map((one) => (one.atMilliseconds - atMilliseconds) / 1000)));
        process.stdout.write(`${service}: ${found.join(', ')}\n`);
      }
      if (round + 1 === rounds) break;
      for (const service of services) await stack.aiCrm.faults.lift(service);
      const liftedAt = Date.now();
      for (const service of services) await until(`${service} is well again`, () => told(service, 'resolved', liftedAt).length >= 4, 400);
    }
  } finally {
    await stack.stop();
  }
  const sorted = delays.sort((a, b) => a - b);
  process.stdout.write(`${sorted.length} failures: median ${sorted[Math.floor(sorted.length / 2)]?.toFixed(1)} s, maximum ${sorted.at(-1)?.toFixed(1)} s until the slowest channel had it\n`);
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

function pause(durationSeconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationSeconds * 1000));
}

await main(Number(process.argv[2] ?? 1));
