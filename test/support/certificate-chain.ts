import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';

/** The certificate of a server at 127.0.0.1, and the authority that clients must trust. */
export interface CertificateChain {
  readonly ca: string;
  readonly certificate: { readonly certificatePem: string; readonly keyPem: string };
}

/** For how many days each certificate is valid, and whether the intermediate one may issue certificates. */
export interface ChainOptions {
  readonly rootDays?: number;
  readonly intermediateDays: number;
  readonly leafDays: number;
  readonly mayIssue?: boolean;
}

/** A root, an intermediate authority with this subject, and a leaf that it issued. */
export function certificateChain(
  t: Test,
  subject: string,
  { rootDays = 1, intermediateDays, leafDays, mayIssue = true }: ChainOptions,
): CertificateChain {
  const folder = t.testdir({
    'root.cnf': 'basicConstraints=critical,CA:TRUE\n',
    'ca.cnf': `basicConstraints=critical,CA:${mayIssue ? 'TRUE' : 'FALSE'}\n`,
    'leaf.cnf': 'subjectAltName=IP:127.0.0.1\n',
  });
  const openssl = (...args: readonly string[]) => {
    const { status, stderr } = spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
  };
  const key = (file: string) =>
    ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', file] as const;
  openssl('req', ...key('root.key'), '-subj', '/CN=Root', '-out', 'root.csr');
  openssl(
    'x509',
    '-req',
    '-in',
    'root.csr',
    '-signkey',
    'root.key',
    '-days',
    String(rootDays),
    '-extfile',
    'root.cnf',
    '-out',
    'root.pem',
  );
  openssl('req', '-utf8', ...key('middle.key'), '-subj', subject, '-out', 'middle.csr');
  openssl(
    'x509',
    '-req',
    '-in',
    'middle.csr',
    '-CA',
    'root.pem',
    '-CAkey',
    'root.key',
    '-CAcreateserial',
    '-days',
    String(intermediateDays),
    '-extfile',
    'ca.cnf',
    '-out',
    'middle.pem',
  );
  openssl('req', ...key('leaf.key'), '-subj', '/CN=leaf', '-out', 'leaf.csr');
  openssl(
    'x509',
    '-req',
    '-in',
    'leaf.csr',
    '-CA',
    'middle.pem',
    '-CAkey',
    'middle.key',
    '-CAcreateserial',
    '-days',
    String(leafDays),
    '-extfile',
    'leaf.cnf',
    '-out',
    'leaf.pem',
  );
  const read = (file: string) => readFileSync(join(folder, file), 'utf8');
  return {
    ca: read('root.pem'),
    certificate: { certificatePem: read('leaf.pem') + read('middle.pem'), keyPem: read('leaf.key') },
  };
}
