import { mkdir, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Authority, CertifiedKey } from '../../simulator/certificate.js';
import { isRoot, openFolder } from './nobody.js';
import { start } from './programs.js';
import { closedPort } from './raw-server.js';
import { until } from './until.js';

const dayMilliseconds = 86_400_000;

/** A certificate for `localhost` that is valid for three months. */
export function localCertificate(authority: Authority): CertifiedKey {
  return authority.issue({
    names: ['localhost'],
    notBefore: new Date(Date.now() - dayMilliseconds),
    notAfter: new Date(Date.now() + 90 * dayMilliseconds),
  });
}

/** A server with TLS on loopback, with its ports by protocol. */
export interface TlsServer<Name extends string> {
  readonly ports: Readonly<Record<Name, number>>;
  readonly log: () => string;
  stop(): Promise<void>;
}

async function launch<Name extends string>(
  program: string,
  certificate: CertifiedKey,
  names: readonly Name[],
  prepare: (
    folder: string,
    ports: Readonly<Record<Name, number>>,
  ) => { readonly config: string; readonly args: readonly string[] },
): Promise<TlsServer<Name>> {
  const folder = await openFolder(`${program}-`);
  const ports = Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await closedPort()] as const)),
  ) as Record<Name, number>;
  const { config, args } = prepare(folder, ports);
  await writeFile(join(folder, 'tls.crt'), certificate.certificatePem);
  await writeFile(join(folder, 'tls.key'), certificate.keyPem, { mode: 0o600 });
  await writeFile(join(folder, 'server.conf'), config);
  await mkdir(join(folder, 'empty'));
  const server = start(program, args, { cwd: folder });
  const accepts = (port: number) =>
    new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
  for (const port of Object.values<number>(ports))
    await until(`${program} listens`, async () => server.hasEnded() || (await accepts(port)), 30);
  if (server.hasEnded()) throw new Error(`${program} has ended:\n${server.output()}`);
  return {
    ports,
    log: server.output,
    stop: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Dovecot: mail by IMAP and POP3, submission by SMTP. */
export function startDovecot(certificate: CertifiedKey) {
  const names = ['imap', 'imaps', 'pop3', 'submission', 'submissions'] as const;
  return launch('dovecot', certificate, names, (folder, ports) => {
    const { username } = userInfo();
    const users = isRoot ? '' : `default_internal_user = ${username}\ndefault_login_user = ${username}\n`;
    const service = (name: string, listeners: string) => `service ${name}-login {\n  chroot =\n${listeners}}\n`;
    const listener = (name: string, port: number, isTls = false) =>
      `  inet_listener ${name} {\n    port = ${port}\n    ssl = ${isTls ? 'yes' : 'no'}\n  }\n`;
    return {
      args: ['-F', '-c', join(folder, 'server.conf')],
      config: `${users}base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = /dev/stderr
protocols = imap pop3 submission
listen = 127.0.0.1
ssl_cert = <${folder}/tls.crt
ssl_key = <${folder}/tls.key
submission_relay_host = 127.0.0.1
passdb {
  driver = static
  args = password=open-sesame
}
userdb {
  driver = static
  args = uid=${isRoot ? 65534 : userInfo().uid} gid=${isRoot ? 65534 : userInfo().gid} home=${folder}/empty
}
${service('imap', listener('imap', ports.imap) + listener('imaps', ports.imaps, true))}${service('pop3', listener('pop3', ports.pop3) + listener('pop3s', 0))}${service('submission', listener('submission', ports.submission) + listener('submissions', ports.submissions, true))}`,
    };
  });
}

/** OpenLDAP without data. */
export function startSlapd(certificate: CertifiedKey) {
  return launch('slapd', certificate, ['ldap', 'ldaps'], (folder, { ldap, ldaps }) => ({
    args: ['-f', join(folder, 'server.conf'), '-h', `ldap://127.0.0.1:${ldap} ldaps://127.0.0.1:${ldaps}`, '-d', '256'],
    config: `pidfile ${folder}/slapd.pid
TLSCertificateFile ${folder}/tls.crt
TLSCertificateKeyFile ${folder}/tls.key
`,
  }));
}

/** vsftpd, which refuses every login. */
export function startVsftpd(certificate: CertifiedKey) {
  return launch('vsftpd', certificate, ['ftp'], (folder, { ftp }) => ({
    args: [join(folder, 'server.conf')],
    config: `listen=YES
background=NO
listen_address=127.0.0.1
listen_port=${ftp}
run_as_launching_user=${isRoot ? 'NO' : 'YES'}
secure_chroot_dir=${folder}/empty
ssl_enable=YES
ssl_ciphers=HIGH
rsa_cert_file=${folder}/tls.crt
rsa_private_key_file=${folder}/tls.key
`,
  }));
}
