import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';

/** What a server needs for 127.0.0.1, and the authority that whoever is to trust it needs. */
export interface CertificateChain {
  readonly ca: string;
  readonly certificate: { readonly certificatePem: string; readonly keyPem: string };
}

/** A root of one day with an intermediate authority of this subject, and a leaf of that; days count from now. */
export function certificateChain(t: Test, subject: string, { intermediateDays, leafDays }: { readonly intermediateDays: number; readonly leafDays: number }): CertificateChain {
  const folder = t.testdir({ 'ca.cnf': 'basicConstraints=critical,CA:TRUE\n', 'leaf.cnf': 'subjectAltName=IP:127.0.0.1\n' });
  const openssl = (...args: readonly string[]) => {
    const { status, stderr } = spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
  };
  const key = (file: string) => ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', file] as const;
  openssl('req', '-x509', ...key('root.key'), '-subj', '/CN=Root', '-days', '1', '-out', 'root.pem');
  openssl('req', '-utf8', ...key('middle.key'), '-subj', subject, '-out', 'middle.csr');
  openssl('x509', '-req', '-in', 'middle.csr', '-CA', 'root.pem', '-CAkey', 'root.key', '-CAcreateserial', '-days', String(intermediateDays), '-extfile', 'ca.cnf', '-out', 'middle.pem');
  openssl('req', ...key('leaf.key'), '-subj', '/CN=leaf', '-out', 'leaf.csr');
  openssl('x509', '-req', '-in', 'leaf.csr', '-CA', 'middle.pem', '-CAkey', 'middle.key', '-CAcreateserial', '-days', String(leafDays), '-extfile', 'leaf.cnf', '-out', 'leaf.pem');
  const read = (file: string) => readFileSync(join(folder, file), 'utf8');
  return { ca: read('root.pem'), certificate: { certificatePem: read('leaf.pem') + read('middle.pem'), keyPem: read('leaf.key') } };
}
