import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';

/** What a server needs for 127.0.0.1, and the authority that whoever is to trust it needs. */
export interface CertificateChain {
  readonly ca: string;
  readonly certificate: { readonly certificatePem: string; readonly keyPem: string };
}

/** For how many days from now each is valid, and whether the intermediate one may issue any. */
export interface ChainOptions {
  readonly rootDays?: number;
  readonly intermediateDays: number;
  readonly leafDays: number;
  readonly mayIssue?: boolean;
}

/** A root with an intermediate authority of this subject, and a leaf of that. */
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
