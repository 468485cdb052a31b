import t, { type Test } from 'tap';
import { bothAges, type MonitoringPrograms, missingOf } from '../support/versions.js';
import { drill } from './drill.js';

/** To repeat a failure: `npm run drill -- --seed 192 --crms 1 --minutes 7 --factor 10 --patience 2 --fast --no-crashes`. */
const options = {
  seed: 192,
  crms: 1,
  lengthSeconds: 420,
  factor: 10,
  patience: 2,
  hasSlowStories: false,
  hasCrashes: false,
};

t.setTimeout(400_000);
// Side by side, because both mostly wait.
t.jobs = bothAges.length;

for (const programs of bothAges) {
  void t.test(
    `every channel gets each expected notification of a sequence of faults once, and no other, with the ${programs.age} programs`,
    { skip: missingOf(programs, 'prometheus', 'alertmanager'), buffered: true },
    (t) => tellAll(t, programs),
  );
}

async function tellAll(t: Test, programs: MonitoringPrograms): Promise<void> {
  const { mistakes, mustTell, told } = await drill({ ...options, programs });
  t.same(
    mistakes.map(({ kind, channel, text }) => `${kind}, ${channel}: ${text}`),
    [],
    `seed ${options.seed}`,
  );
  t.ok(mustTell >= 4, `${mustTell} begins and ends were required`);
  t.ok(told >= 4 * mustTell, `${told} were`);
}
