import { readFileSync } from 'node:fs';
import t from 'tap';
import { parsePressure, pressureSamples } from '../../src/host/pressure.js';

const fixture = (resource: string) => readFileSync(`test/fixtures/host/linux-6.18/pressure/${resource}`, 'utf8');

t.test('reads in seconds how long some tasks waited, and how long all did', async (t) => {
  t.same(parsePressure(fixture('io')), { waitingSeconds: 48.88165, stalledSeconds: 8.930277 });
  t.same(parsePressure(fixture('memory')), { waitingSeconds: 2.18431, stalledSeconds: 1.730422 });
});

t.test('reads CPU pressure without the line "full", as before Linux 5.13', async (t) => {
  t.same(parsePressure('some avg10=0.00 avg60=0.00 avg300=0.00 total=4556034119\n'), { waitingSeconds: 4556.034119 });
});

t.test('is absent without a complete line of the kernel', async (t) => {
  for (const text of ['', 'full avg10=0.00 avg60=0.00 avg300=0.00 total=5\n', 'some avg10=0.00 total=\n'])
    t.equal(parsePressure(text), undefined, JSON.stringify(text));
});

t.test('the CPU never has a stalled time, whatever the kernel reports', async (t) => {
  const pressure = new Map([
    ['cpu', { waitingSeconds: 7, stalledSeconds: 0 }],
    ['io', { waitingSeconds: 3, stalledSeconds: 2 }],
    ['memory', { waitingSeconds: 1 }],
  ]);
  t.same(
    pressureSamples(pressure).map(({ series, value }) => [
      series.definition.name.replace('aicrm_host_pressure_', '') + series.key,
      value,
    ]),
    [
      ['waiting_seconds_total{resource="cpu"}', 7],
      ['waiting_seconds_total{resource="io"}', 3],
      ['stalled_seconds_total{resource="io"}', 2],
      ['waiting_seconds_total{resource="memory"}', 1],
    ],
  );
});
