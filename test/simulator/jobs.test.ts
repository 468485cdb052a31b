import t from 'tap';
import { startAiCrm } from '../../simulator/ai-crm.js';
import { demoConfig } from '../../simulator/demo/demo-config.js';
import { switchOn } from '../../simulator/faults.js';
import { startJobs } from '../../simulator/jobs.js';
import { startExporterOf } from '../support/demo-exporter.js';
import { ManualClock } from '../support/manual-clock.js';
import { until } from '../support/until.js';
import { ask, askJson } from './ask.js';

t.test('the jobs of the simulation report to a real exporter, and can be made to fail and to stop', async (t) => {
  // A minute of the jobs runs in a few seconds. The clock stands still while this process is blocked, so a busy machine has no effect.
  const clock = new ManualClock(Date.now() / 1000);
  const hands = setInterval(() => clock.advance(0.1), 5);
  t.teardown(() => clearInterval(hands));
  const aiCrm = await startAiCrm();
  const exporter = await startExporterOf(aiCrm, demoConfig(aiCrm, { intervalSeconds: 3, hasJobs: true }), clock);
  t.teardown(() => exporter.stop());
  const endJobs = startJobs({ faults: aiCrm.faults, clock, exporterUrl: exporter.url });
  t.teardown(() => endJobs());
  const jobOf = (name: string) => exporter.app.overview().heartbeats.find((job) => job.name === name);
  await until('both are well', () => ['sync', 'nightly_backup'].every((name) => jobOf(name)?.level === 'healthy'), 60);
  t.match(jobOf('nightly_backup')?.message, /took [34]s: 23 tables, 412 MB$/);

  await switchOn(aiCrm.faults, 'sync=failing');
  await until('sync fails', () => jobOf('sync')?.message.includes('with exit status 1: the calendar') === true, 60);
  t.equal(jobOf('sync')?.level, 'warning');
  await ask(`${aiCrm.urls.control}/faults/sync`, { method: 'DELETE' });
  await ask(`${aiCrm.urls.control}/faults/nightly_backup`, { method: 'PUT', body: { fault: 'stopped' } });
  t.match((await askJson(`${aiCrm.urls.control}/faults`)).value, {
    jobs: { nightly_backup: { fault: 'stopped', supported: ['stopped', 'failing'] }, sync: { fault: null } },
  });
  await until('sync is well again', () => jobOf('sync')?.level === 'healthy', 60);
  await until('the backup is missed', () => jobOf('nightly_backup')?.level === 'critical', 90);
  t.match(jobOf('nightly_backup')?.message, /^the last success is \d+s old, expected every 30s with a grace of 15s/);
});

t.test('a fault that jobs do not have is refused with the possible ones', async (t) => {
  const aiCrm = await startAiCrm();
  t.teardown(() => aiCrm.stop());
  const put = await askJson(`${aiCrm.urls.control}/faults/sync`, { method: 'PUT', body: { fault: 'slow' } });
  t.match(put, { status: 400, value: { error: '"fault" of a job must be one of: stopped, failing' } });
  t.match((await ask(aiCrm.urls.control)).body, '<form method="post" action="/faults/nightly_backup">');
  await t.rejects(switchOn(aiCrm.faults, 'sync=slow'), { code: 'usage' });
});
