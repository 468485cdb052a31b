import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { ask } from '../support/ask.js';
import { samplesIn } from '../support/exposition.js';
import { main, startMain } from '../support/main-program.js';
import { missing } from '../support/programs.js';
import { closedPort } from '../support/raw-server.js';
import { until } from '../support/until.js';

t.setTimeout(120_000);

const settings = `endpoints: {}
host: {enabled: false}
heartbeat_token_file: secrets/heartbeat_token
heartbeats: {nightly_backup: {every: 1d, grace: 2h, max_runtime: 3h}, sync: 15m}
`;

t.test(
  'reports of a real job by curl, as the guide shows them, survive a crash',
  { skip: missing('curl') },
  async (t) => {
    const directory = t.testdir({ 'monitoring.yml': settings, secrets: { heartbeat_token: 't0ken\n' } });
    const storage = join(directory, 'state');
    const begin = async () => {
      const port = await closedPort();
      const address = `127.0.0.1:${port}`;
      const exporter = startMain([
        '--config.file',
        join(directory, 'monitoring.yml'),
        '--web.listen-address',
        address,
        '--storage.path',
        storage,
      ]);
      t.teardown(() => exporter.stop());
      await until('it listens', () => exporter.output().includes('exporter started'));
      const figures = async () => {
        const samples = samplesIn((await ask(`http://${address}/metrics`)).text);
        return (name: string, more = '') => samples.get(`aicrm_heartbeat_${name}{component="nightly_backup"${more}}`);
      };
      return { exporter, port, address, figures };
    };
    const first = await begin();

    const [, script = ''] = /```sh\n(url=.*?)```/s.exec(await readFile('docs/heartbeats.md', 'utf8')) ?? [];
    const { stdout } = await promisify(execFile)('sh', ['-ec', script.replaceAll('localhost:10059', first.address)], {
      cwd: directory,
    });
    t.equal(stdout, 'ok\n'.repeat(4));
    // A line of a crontab: the exit status of a job in its own shell.
    const line = `(exit 3); curl -fsS --retry 5 --max-time 20 -X POST -H 'Authorization: Bearer t0ken' http://${first.address}/heartbeat/nightly_backup/$?`;
    await promisify(execFile)('sh', ['-c', line]);

    const before = await first.figures();
    t.equal(before('status', ',status="critical"'), 1);
    t.equal(before('exit_status'), 3);
    t.equal(before('reports_total', ',report="failure"'), 3);
    t.equal(before('reports_total', ',report="success"'), 1);
    t.match(await ask(`http://${first.address}/`), { status: 200, text: /<h2 id="heartbeats">Heartbeats<\/h2>/ });
    t.match(JSON.parse((await ask(`http://${first.address}/api/status`)).text), {
      level: 'critical',
      heartbeats: [
        { name: 'nightly_backup', level: 'critical', exit_status: 3, running: false },
        { name: 'sync', level: 'unknown', last_report_at: null, running: null },
      ],
    });
    t.notMatch(first.exporter.output(), 't0ken');
    t.notMatch((await ask(`http://${first.address}/config`)).text, 't0ken');
    await first.exporter.kill();

    const checked = await main([
      'check',
      '--config.file',
      join(directory, 'monitoring.yml'),
      '--storage.path',
      storage,
    ]);
    t.match(checked, { exitCode: 2, stdout: /✖ CRITICAL +nightly_backup .*failed .* with exit status 3/ });
    const alone = await main(['check', '--config.file', join(directory, 'monitoring.yml'), '--component', 'sync']);
    t.match(alone, { exitCode: 3, stderr: /jobs are left out: .*--storage\.path/ });

    const second = await begin();
    const after = await second.figures();
    for (const name of [
      'last_success_timestamp_seconds',
      'last_failure_timestamp_seconds',
      'started_timestamp_seconds',
      'deadline_timestamp_seconds',
      'exit_status',
    ])
      t.equal(after(name), before(name), name);
    t.equal(after('reports_total', ',report="failure"'), 3);
  },
);
