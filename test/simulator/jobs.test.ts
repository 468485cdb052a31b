import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { startAiCrm } from '../../simulator/ai-crm.js';
import { demoConfig } from '../../simulator/demo/demo-config.js';
import { Faults, switchOn } from '../../simulator/faults.js';
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

t.test('each job reports begin and end at its own times; a stopped one reports nothing', async (t) => {
  const clock = new ManualClock();
  const faults = new Faults({ setReachable: () => Promise.resolve(), setCertificate: () => {} });
  const seen: string[] = [];
  const server = createServer((request, response) => {
    text(request).then((body) => {
      seen.push(`${clock.monotonicSeconds()} ${request.method} ${request.url} ${body}`.trim());
      response.end();
    }, t.fail);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const end = startJobs({ faults, clock, exporterUrl: `http://127.0.0.1:${port}` });
  t.teardown(end);
  /** What arrives until this second. */
  const reports = async (second: number, count: number) => {
    seen.length = 0;
    clock.advance(second - clock.monotonicSeconds());
    await until(`${count} reports`, () => seen.length >= count, 10);
    return [...seen].sort();
  };
  t.same(await reports(0, 2), ['0 POST /heartbeat/nightly_backup/start', '0 POST /heartbeat/sync/start']);
  t.same(await reports(0.5, 1), ['0.5 POST /heartbeat/sync/0 17 tasks in step']);
  t.same(await reports(4, 1), ['4 POST /heartbeat/nightly_backup/0 23 tables, 412 MB']);
  faults.setOfJob('sync', 'failing');
  t.same(await reports(10, 1), ['10 POST /heartbeat/sync/start']);
  t.same(await reports(10.5, 1), ['10.5 POST /heartbeat/sync/1 the calendar refuses the login']);
  faults.setOfJob('sync', 'stopped');
  faults.setOfJob('nightly_backup', 'failing');
  t.same(await reports(30, 1), ['30 POST /heartbeat/nightly_backup/start']);
  t.same(await reports(34, 1), ['34 POST /heartbeat/nightly_backup/1 pg_dump: error: no space left on device']);
  faults.setOfJob('sync', undefined);
  t.same(await reports(40, 1), ['40 POST /heartbeat/sync/start']);
  end();
  t.equal(clock.waiting, 0);
  server.close();
  await once(server, 'close');
  const lost = startJobs({ faults, clock, exporterUrl: `http://127.0.0.1:${port}` });
  clock.advance(5);
  lost();
  t.equal(clock.waiting, 0, 'a report that does not arrive is lost');
});
