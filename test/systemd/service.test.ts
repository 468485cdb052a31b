import t from 'tap';
import { createAuthority } from '../../simulator/certificate.js';
import { type BootedDebian, bootDebian, cloneInside } from '../support/booted-debian.js';
import { localCertificate } from '../support/tls-servers.js';
import { until } from '../support/until.js';

/**
 * The service on a booted systemd, as in docs/systemd.md; `npm run test:systemd`. Each test continues with the machine of the one before.
 */
const booted = await bootDebian();
const skip = typeof booted === 'string' ? booted : false;
const machine = booted as BootedDebian;
if (!skip) t.teardown(() => machine.stop());

const name = 'ai-crm-exporter';
const configuration = '/etc/ai-crm-exporter/monitoring.yml';
const environment = '/etc/default/ai-crm-exporter';
const install = `cd ${cloneInside} && sudo deploy/systemd/install.sh`;

/** Runs a command that must succeed, and returns its output. */
function run(command: string): string {
  const { exitCode, stdout, stderr } = machine.run(command);
  if (exitCode !== 0) throw new Error(`${command}: exit code ${exitCode}\n${stdout}${stderr}`);
  return stdout.trimEnd();
}

function write(file: string, text: string): void {
  run(`cat >${file} <<'TEXT'\n${text}\nTEXT`);
}

/** Properties of the service, such as ActiveState. */
function shown(...properties: readonly string[]): Readonly<Record<string, string>> {
  const lines = run(`systemctl show ${name} --property=${properties.join(',')}`).split('\n');
  return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]));
}

const mainPid = () => shown('MainPID')['MainPID'];
/** The journal of the service from this cursor on. */
const journal = (cursor: string) => run(`journalctl -u ${name} -o cat --after-cursor='${cursor}'`);
const cursorNow = () => run('journalctl -n 1 --show-cursor | sed -n "s/^-- cursor: //p"');
const answer = (path: string) =>
  run(`node -e "fetch('http://127.0.0.1:10059${path}').then((r) => r.text()).then(console.log)"`);

/** Waits until the service has another process than this one. */
async function untilReplaced(pid: string | undefined): Promise<void> {
  await until(
    'it is back',
    () => {
      const { ActiveState, MainPID } = shown('ActiveState', 'MainPID');
      return ActiveState === 'active' && MainPID !== pid;
    },
    30,
    250,
  );
}

t.test('install.sh starts a service that answers, under its own name in the journal', { skip }, async (t) => {
  t.comment(run('systemctl --version | head -n 1'));
  t.match(run(install), /\nstarted ai-crm-exporter; /);
  t.match(shown('ActiveState', 'UnitFileState'), { ActiveState: 'active', UnitFileState: 'enabled' });
  t.match(
    answer('/metrics'),
    /^aicrm_exporter_build_info\{/m,
    'at once: it has started when "systemctl start" returns',
  );
  t.match(run(`journalctl -u ${name} -o short`), / ai-crm-exporter\[\d+\]: .*exporter started/);
  t.notMatch(run('journalctl -b -o short'), /unset environment variable/);
  t.match(run(install), /\nnothing has changed$/);
});

t.test('reloads right after restarts do not stop the exporter', { skip }, async (t) => {
  for (let i = 0; i < 20; i++) {
    const cursor = cursorNow();
    run(`systemctl restart ${name}`);
    const pid = mainPid();
    await new Promise((resolve) => setTimeout(resolve, (i * 1000) / 19));
    run(`sudo systemctl reload ${name}`);
    await until('it has reloaded', () => journal(cursor).includes('configuration reloaded'), 30, 100);
    t.match(
      shown('ActiveState', 'MainPID', 'NRestarts'),
      { ActiveState: 'active', MainPID: pid, NRestarts: '0' },
      `number ${i + 1}`,
    );
  }
});

// systemd may join such a reload with the restart, so that there is no separate reload.
t.test('a reload during a restart does not stop the exporter either', { skip }, async (t) => {
  for (const milliseconds of [0, 50, 100, 200, 400]) {
    run(`systemctl restart --no-block ${name}`);
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    run(`systemctl reload ${name}`);
    t.match(shown('ActiveState', 'NRestarts'), { ActiveState: 'active', NRestarts: '0' }, `after ${milliseconds} ms`);
    t.match(answer('/-/healthy'), /\S/);
  }
});

t.test('it restarts after a signal that does not come from systemd', { skip }, async (t) => {
  for (const signal of ['KILL', 'TERM']) {
    const pid = mainPid();
    run(`kill -${signal} ${pid}`);
    await untilReplaced(pid);
    t.pass(signal);
  }
  // A signal before Node.js runs any JavaScript ends Node.js.
  const pid = mainPid();
  run(
    `systemctl restart --no-block ${name}; p=0; while [ $p = 0 -o $p = ${pid} ]; do p=$(systemctl show --property=MainPID --value ${name}); done; kill -HUP $p`,
  );
  await untilReplaced(pid);
});

t.test(
  'a reload fails when the configuration is faulty, and the exporter goes on with the old one',
  { skip },
  async (t) => {
    const sound = run(`cat ${configuration}`);
    const pid = mainPid();
    const refuses = (problem: RegExp) => {
      const cursor = cursorNow();
      t.not(machine.run(`systemctl reload ${name}`).exitCode, 0, `${problem.source}`);
      t.match(journal(cursor), problem);
      t.equal(mainPid(), pid);
      t.match(answer('/metrics'), /^aicrm_config_last_reload_successful 1$/m);
    };
    write(configuration, 'endpoints: {a: "ftp://x"}');
    refuses(/monitoring\.yml:1:16 endpoints\.a: /);
    // Root can read it, the user of the service cannot.
    write('/etc/ai-crm-exporter/secrets/token', 's3cret');
    run('chmod 0600 /etc/ai-crm-exporter/secrets/token');
    write(configuration, 'endpoints: {a: {url: "http://x", auth: {bearer: {token_file: secrets/token}}}}');
    refuses(/endpoints\.a\.auth\.bearer\.token_file: must be the name of a file that can be read \(EACCES\)/);
    write(configuration, sound);
    write(environment, 'AICRM_EXPORTER_FLAGS=--log.level=info --web.config.file=/etc/ai-crm-exporter/web.yml');
    write('/etc/ai-crm-exporter/web.yml', 'users: {}');
    refuses(/web\.yml:1:\d users: /);
    write('/etc/ai-crm-exporter/web.yml', '');
    run(`sudo systemctl reload ${name}`);
    t.equal(mainPid(), pid);
  },
);

t.test('the guide: a secret is a credential of the service, and a reload checks with it', { skip }, async (t) => {
  // The file is the last argument: newer versions of systemd put a line number before it.
  write('/root/editor', '#!/bin/sh\nfor file; do :; done\ncat /root/edited >"$file"');
  run('chmod +x /root/editor');
  run(`echo s3cret | sudo install -m 0600 /dev/stdin /etc/ai-crm-exporter/secrets/crm_password`);
  write('/root/edited', '[Service]\nLoadCredential=crm_password:/etc/ai-crm-exporter/secrets/crm_password');
  // systemctl edit needs a terminal.
  run(`SYSTEMD_EDITOR=/root/editor script -qec 'systemctl edit ${name}' /dev/null`);
  write(
    '/root/edited',
    'endpoints: {a: {url: "http://127.0.0.1:1", auth: {basic: {username: monitor, password_file: "${CREDENTIALS_DIRECTORY}/crm_password"}}}}',
  );
  run(`EDITOR=/root/editor sudoedit ${configuration}`);
  t.match(
    run(
      `sudo CREDENTIALS_DIRECTORY=/etc/ai-crm-exporter/secrets ${name} --config.check --config.file ${configuration}`,
    ),
    /: ok, 1 components$/,
  );
  t.not(machine.run(`systemctl reload ${name}`).exitCode, 0, 'a new secret needs a restart');
  run(`sudo systemctl restart ${name}`);
  const cursor = cursorNow();
  run(`sudo systemctl reload ${name}`);
  await until('it has reloaded', () => journal(cursor).includes('configuration reloaded'), 30, 100);
  t.match(answer('/config'), /password_file: \S+\/crm_password/);
  t.match(run(`timeout 1 journalctl -u ${name} -f || true`), /configuration reloaded/);
});

t.test('the guide: TLS with a key that is a credential of the service', { skip }, async (t) => {
  const authority = createAuthority();
  const { certificatePem, keyPem } = localCertificate(authority);
  write('/etc/ai-crm-exporter/secrets/ca.pem', authority.certificatePem);
  write('/etc/ai-crm-exporter/secrets/web.pem', certificatePem);
  write('/etc/ai-crm-exporter/secrets/web.key', keyPem);
  run('chmod 0600 /etc/ai-crm-exporter/secrets/web.key');
  write('/etc/ai-crm-exporter/web.yml', 'tls_server_config: {cert_file: web.pem, key_file: web.key}');
  const names = { 'web.yml': 'web.yml', 'web.pem': 'secrets/web.pem', 'web.key': 'secrets/web.key' };
  const lines = Object.entries(names).map(([of, file]) => `LoadCredential=${of}:/etc/ai-crm-exporter/${file}`);
  const dropIn = `/etc/systemd/system/${name}.service.d/tls.conf`;
  write(dropIn, `[Service]\n${lines.join('\n')}`);
  const before = run(`cat ${environment}`);
  write(environment, `AICRM_EXPORTER_FLAGS=--web.config.file=/run/credentials/${name}.service/web.yml`);
  run(`systemctl daemon-reload && systemctl restart ${name} && systemctl reload ${name}`);
  write('/etc/hosts', '127.0.0.1 localhost');
  t.match(
    run(
      `NODE_EXTRA_CA_CERTS=/etc/ai-crm-exporter/secrets/ca.pem node -e "fetch('https://localhost:10059/-/healthy').then((r) => r.text()).then(console.log)"`,
    ),
    /\S/,
  );
  run(`rm ${dropIn}`);
  write('/etc/ai-crm-exporter/web.yml', '');
  write(environment, before);
  run(`systemctl daemon-reload && systemctl restart ${name}`);
});

t.test(
  'systemctl reports a failed start; a wrong flag is not retried, a faulty configuration is until it is repaired',
  { skip },
  async (t) => {
    const sound = run(`cat ${configuration}`);
    write(environment, 'AICRM_EXPORTER_FLAGS=--nonsense');
    t.not(machine.run(`systemctl restart ${name}`).exitCode, 0);
    t.match(shown('ActiveState', 'ExecMainStatus', 'NRestarts'), {
      ActiveState: 'failed',
      ExecMainStatus: '2',
      NRestarts: '0',
    });
    write(environment, '');
    write(configuration, 'endpoints: 5');
    t.not(machine.run(`systemctl restart ${name}`).exitCode, 0);
    t.equal(shown('ActiveState')['ActiveState'], 'activating');
    write(configuration, sound);
    await untilReplaced('0');
    t.match(answer('/-/healthy'), /\S/);
  },
);

t.test('"systemctl stop" stops it for good, also during its start', { skip }, async (t) => {
  run(`systemctl restart --no-block ${name} && systemctl stop ${name}`);
  t.match(shown('ActiveState', 'Result'), { ActiveState: 'inactive', Result: 'success' });
  run(`systemctl start ${name} && systemctl stop ${name}`);
  t.match(shown('ActiveState', 'Result'), { ActiveState: 'inactive', Result: 'success' });
  t.match(run(`journalctl -u ${name} -o cat -n 20`), /exporter stopping/);
});

t.test('install.sh --uninstall removes it, and with --purge the configuration, too', { skip }, async (t) => {
  run(`systemctl start ${name}`);
  t.match(run(`${install} --uninstall`), /^removed \/etc\/systemd\/system\/ai-crm-exporter\.service$/m);
  t.match(shown('ActiveState', 'LoadState', 'MainPID'), { ActiveState: 'inactive', MainPID: '0' });
  t.match(run('ls /etc/ai-crm-exporter /usr/local/lib'), 'monitoring.yml');
  run(`${install} --uninstall --purge`);
  t.equal(
    run(
      'find / -xdev -name "*ai-crm-exporter*" -not -path "/srv/*" -not -path "/proc/*" -not -path "/var/log/*" -not -path "/root/*"',
    ),
    '',
  );
});
