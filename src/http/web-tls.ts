import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { createSecureContext } from 'node:tls';
import { Secret } from '../config/secret.js';
import { decodeFile } from '../decode-text.js';
import { messageOf, systemCodeOf } from '../errors.js';
import type { YamlSection } from './yaml-section.js';

/** Which certificates clients must show: the names and meanings of Go's `crypto/tls`. */
export const clientAuthentications = [
  'NoClientCert',
  'RequestClientCert',
  'RequireAnyClientCert',
  'VerifyClientCertIfGiven',
  'RequireAndVerifyClientCert',
] as const;

/** See `clientAuthentications`. */
export type ClientAuthentication = (typeof clientAuthentications)[number];

/** TLS of the exporter's own server; PEM texts are already read from their files. */
export interface WebTls {
  readonly certificate: string;
  readonly key: Secret;
  readonly clientCa?: string;
  readonly clientAuthentication: ClientAuthentication;
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
}

const versions = { TLS12: 'TLSv1.2', TLS13: 'TLSv1.3' } as const;

/** Keys of exporter-toolkit that are left out on purpose: named, so that nobody believes them to be in force. */
const unsupported = ['cert', 'key', 'client_ca', 'client_allowed_sans', 'max_version', 'cipher_suites', 'prefer_server_cipher_suites', 'curve_preferences'];

/**
 * Reads `tls_server_config` and the files it names, relative to the web configuration file. Problems are noted in the
 * section; the result is undefined when there is no such section or it cannot be used.
 */
export async function readTls(section: YamlSection | undefined, file: string): Promise<WebTls | undefined> {
  if (section === undefined) return undefined;
  section.refuseOthers(['cert_file', 'key_file', 'client_ca_file', 'client_auth_type', 'min_version'], unsupported);
  const minVersion = versions[section.choice('min_version', ['TLS12', 'TLS13']) ?? 'TLS12'];
  const clientAuthentication = section.choice('client_auth_type', clientAuthentications) ?? 'NoClientCert';
  for (const key of ['cert_file', 'key_file']) if (section.text(key) === undefined) section.problem(key, 'is missing');
  const certificate = await readNamedFile(section, 'cert_file', file);
  const key = await readNamedFile(section, 'key_file', file);
  const clientCa = await readNamedFile(section, 'client_ca_file', file);
  if (clientAuthentication.includes('Verify') && section.text('client_ca_file') === undefined) {
    section.problem('client_ca_file', `is missing, which ${clientAuthentication} needs`);
  }
  if (clientAuthentication === 'NoClientCert' && clientCa !== undefined) {
    section.problem('client_ca_file', 'is without effect as long as client_auth_type is NoClientCert');
  }
  if (certificate === undefined || key === undefined) return undefined;
  checkPem(section, certificate, key, clientCa);
  return { certificate, key: new Secret(key), clientAuthentication, minVersion, ...(clientCa === undefined ? {} : { clientCa }) };
}

async function readNamedFile(section: YamlSection, key: string, file: string): Promise<string | undefined> {
  const named = section.text(key);
  if (named === undefined) return undefined;
  try {
    const text = decodeFile(await readFile(resolve(dirname(file), named)));
    if (text === undefined) section.problem(key, `${named} is not UTF-8 text`);
    return text;
  } catch (error) {
    section.problem(key, `${named} cannot be read: ${systemCodeOf(error) ?? messageOf(error)}`);
    return undefined;
  }
}

/** Tells at the start what would otherwise show as a failed handshake. */
function checkPem(section: YamlSection, cert: string, key: string, clientCa: string | undefined): void {
  const attempts: readonly (readonly [name: string, attempt: () => unknown])[] = [
    ['cert_file', () => new X509Certificate(cert)],
    ['key_file', () => createSecureContext({ cert, key })],
    ['client_ca_file', () => clientCa !== undefined && new X509Certificate(clientCa)],
  ];
  for (const [name, attempt] of attempts) {
    try {
      attempt();
    } catch (error) {
      section.problem(name, `cannot be used: ${messageOf(error)}`);
      return;
    }
  }
}
