import { asciiHost } from '../../base/host-name.js';
import type { TlsSettings } from '../config.js';
import { defaults } from '../defaults.js';
import type { Path } from '../problem.js';
import type { Settings } from '../schema/document.js';
import { Secret } from '../secret.js';
import type { Context } from './context.js';
import { readNamedFile } from './file-content.js';

type GivenModule = NonNullable<NonNullable<Settings['probe']>['modules']>[string];
type GivenTls = NonNullable<GivenModule['tls']>;

/** The settings of `tls` with the files read; files that are missing, not PEM or do not fit together are reported. */
export async function normaliseTls(given: GivenTls, path: Path, context: Context): Promise<TlsSettings> {
  const read = async (key: 'ca_file' | 'cert_file' | 'key_file', label: RegExp) => {
    const file = given[key];
    if (file === undefined) return undefined;
    const text = await readNamedFile(file, [...path, key], context);
    if (text === undefined || label.test(text)) return text;
    context.report(
      [...path, key],
      `must be the name of a PEM file with a ${key === 'key_file' ? 'private key' : 'certificate'}`,
    );
    return undefined;
  };
  const ca = await read('ca_file', /-----BEGIN (?:TRUSTED )?CERTIFICATE-----/);
  const certificate = await read('cert_file', /-----BEGIN CERTIFICATE-----/);
  const key = await read('key_file', /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/);
  if ((given.cert_file === undefined) !== (given.key_file === undefined)) {
    context.report(path, 'cert_file and key_file need each other', 'key');
  }
  const serverName = given.server_name === undefined ? undefined : asciiHost(given.server_name);
  if (given.server_name !== undefined && serverName === undefined)
    context.report([...path, 'server_name'], 'must be a host name');
  const settings: TlsSettings = {
    ...(ca === undefined ? {} : { ca }),
    ...(certificate === undefined ? {} : { certificate }),
    ...(key === undefined ? {} : { key: new Secret(key) }),
    ...(serverName === undefined ? {} : { serverName }),
    insecureSkipVerify: given.insecure_skip_verify ?? defaults.http.insecureSkipVerify,
  };
  if (ca !== undefined || (certificate !== undefined && key !== undefined)) await tryOut(settings, path, context);
  return settings;
}

/** Has OpenSSL read the files now, so that a wrong one is found by the check and not by the first probe. */
async function tryOut({ ca, certificate: cert, key }: TlsSettings, path: Path, context: Context): Promise<void> {
  const { createSecureContext } = await import('node:tls');
  const { X509Certificate } = await import('node:crypto');
  // A secure context passes over certificates to trust that it cannot read, so these are looked at one by one.
  const authorities = ca?.match(/-----BEGIN (?:TRUSTED )?CERTIFICATE-----.*?(?:-----END|$)[^\n]*/gs) ?? [];
  if (!succeeds(() => authorities.forEach((pem) => new X509Certificate(pem)))) {
    context.report([...path, 'ca_file'], 'must be the name of a file with valid certificates');
  }
  if (cert === undefined || key === undefined) return;
  if (!succeeds(() => createSecureContext({ cert }))) {
    context.report([...path, 'cert_file'], 'must be the name of a file with a valid certificate');
  } else if (!succeeds(() => createSecureContext({ cert, key: key.reveal() }))) {
    context.report([...path, 'key_file'], 'must be the name of the file with the unencrypted private key of cert_file');
  }
}

function succeeds(attempt: () => void): boolean {
  try {
    attempt();
    return true;
  } catch {
    return false;
  }
}
