import t from 'tap';
import { sequenceOf } from './sequence.js';

const options = { seed: 7, crms: 20, lengthSeconds: 1680, hasSlowStories: true, hasCrashes: true };

t.test('the same seed gives the same sequence, and another seed another one', async (t) => {
  t.same(sequenceOf(options), sequenceOf(options));
  t.notSame(sequenceOf(options), sequenceOf({ ...options, seed: 8 }));
});

t.test('a service has one fault at a time, and every step ends after it begins', async (t) => {
  for (let seed = 1; seed <= 20; seed++) {
    const last = new Map<string, number>();
    for (const step of sequenceOf({ ...options, seed })) {
      if (step.toSeconds < step.fromSeconds || step.fromSeconds < 0) t.fail(`seed ${seed}: ${JSON.stringify(step)}`);
      if (step.kind !== 'fault') continue;
      const key = `${step.crm} ${step.service}`;
      if (step.fromSeconds < (last.get(key) ?? 0)) t.fail(`seed ${seed}: two faults at once: ${JSON.stringify(step)}`);
      last.set(key, step.toSeconds);
    }
  }
});

t.test('twenty AI-CRMs have 200 faults of every kind in 28 minutes', async (t) => {
  const steps = sequenceOf(options);
  t.ok(steps.length >= 200, `${steps.length}`);
  const kinds = new Set<string>(steps.map((step) => (step.kind === 'fault' ? step.fault.kind : step.kind)));
  for (const kind of [
    'refuse',
    'hang',
    'reset',
    '500',
    '404',
    '401',
    'unhealthy',
    'expired-certificate',
    'wrong-json',
    'slow',
    'degraded',
    'flaky',
    'maintenance',
    'reload',
    'exporter killed',
    'exporter stopped',
    'Prometheus killed',
    'Alertmanager killed',
  ])
    t.ok(kinds.has(kind), kind);
});
