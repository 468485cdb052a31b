import { createHash, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { messageOf, systemCodeOf } from '../base/errors.js';
import { decodeFile } from '../base/text.js';
import { Secret } from '../config/secret.js';
import type { YamlSection } from './yaml-section.js';

/** Reads files and records their paths, found or not, and a hash of all contents. */
export class FilesRead {
  readonly #paths = new Set<string>();
  readonly #hash = createHash('sha256');

  /** The bytes of a file. Throws the error of `readFile`. */
  async read(path: string): Promise<Buffer> {
    this.#paths.add(path);
    try {
      const bytes = await readFile(path);
      this.#hash.update(`${path}\0${bytes.length}\0`).update(bytes);
      return bytes;
    } catch (error) {
      this.#hash.update(`${path}\0${systemCodeOf(error)}\0`);
      throw error;
    }
  }

  /** All files that were requested. */
  get paths(): readonly string[] {
    return [...this.#paths];
  }

  /** Equal for the same files with the same contents. May be called once, after all reads. */
  digest(): string {
    return this.#hash.digest('base64');
  }
}

/** Which certificates clients must present: names and meanings of Go's `crypto/tls`. */
const clientAuthentications = [
  'NoClientCert',
  'RequestClientCert',
  'RequireAnyClientCert',
  'VerifyClientCertIfGiven',
  'RequireAndVerifyClientCert',
] as const;

/** See `clientAuthentications`. */
type ClientAuthentication = (typeof clientAuthentications)[number];

/** TLS settings of the exporter's own server; PEM files are already read. */
export interface WebTls {
  readonly certificate: string;
  readonly key: Secret;
  readonly clientCa?: string;
  readonly clientAuthentication: ClientAuthentication;
  /** Allowed alternative names: a client's certificate must contain one. Absent: every certificate. */
  readonly clientAllowedSans?: readonly string[];
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
  readonly maxVersion: 'TLSv1.2' | 'TLSv1.3';
  /** In OpenSSL's notation; absent: those of Node.js. */
  readonly ciphers?: string;
  /** In OpenSSL's notation, the preferred one first; absent: those of Node.js. */
  readonly curves?: string;
  /** Whether the server's order of ciphers counts, instead of the client's. */
  readonly prefersOwnCiphers: boolean;
}

const versions = { TLS12: 'TLSv1.2', TLS13: 'TLSv1.3' } as const;

/** The suites that Go calls secure: Go's name → OpenSSL's name. */
const cipherSuites: Readonly<Record<string, string>> = {
  TLS_AES_128_GCM_SHA256: 'TLS_AES_128_GCM_SHA256',
  TLS_AES_256_GCM_SHA384: 'TLS_AES_256_GCM_SHA384',
  TLS_CHACHA20_POLY1305_SHA256: 'TLS_CHACHA20_POLY1305_SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 'ECDHE-ECDSA-AES128-GCM-SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 'ECDHE-ECDSA-AES256-GCM-SHA384',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-ECDSA-CHACHA20-POLY1305',
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 'ECDHE-RSA-AES128-GCM-SHA256',
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: 'ECDHE-RSA-AES256-GCM-SHA384',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-RSA-CHACHA20-POLY1305',
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: 'ECDHE-ECDSA-AES128-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: 'ECDHE-ECDSA-AES256-SHA',
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: 'ECDHE-RSA-AES128-SHA',
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: 'ECDHE-RSA-AES256-SHA',
};

/** The suites of TLS 1.3. As in Go, the list of the file does not change them. */
const newestSuites = Object.values(cipherSuites).filter((name) => name.startsWith('TLS_'));

const curves: Readonly<Record<string, string>> = {
  CurveP256: 'P-256',
  CurveP384: 'P-384',
  CurveP521: 'P-521',
  X25519: 'X25519',
};

const known = [
  ...['cert', 'cert_file', 'key', 'key_file', 'client_ca', 'client_ca_file', 'client_auth_type', 'client_allowed_sans'],
  ...['min_version', 'max_version', 'cipher_suites', 'prefer_server_cipher_suites', 'curve_preferences'],
];

/** Source of the files that a web configuration names. */
interface NamedFiles {
  /** The web configuration file; names are relative to it. */
  readonly file: string;
  readonly read: FilesRead;
}

/** Reads `tls_server_config` and its files. The section records problems. Undefined without the section, and when it is unusable. */
export async function readTls(section: YamlSection | undefined, files: NamedFiles): Promise<WebTls | undefined> {
  if (section === undefined) return undefined;
  section.refuseOthers(known);
  const minVersion = readVersion(section, 'min_version') ?? 'TLSv1.2';
  const maxVersion = readVersion(section, 'max_version') ?? 'TLSv1.3';
  if (minVersion > maxVersion) section.problem('max_version', 'is older than min_version');
  const ciphers = readCiphers(section, minVersion, maxVersion);
  const curveNames = section.choices('curve_preferences', curves);
  const prefersOwnCiphers = section.flag('prefer_server_cipher_suites') ?? true;
  const client = await readClient(section, files);
  const certificate = await readPem(section, 'cert', files);
  const key = await readPem(section, 'key', files);
  for (const name of ['cert', 'key']) {
    if (section.text(name) === undefined && section.text(`${name}_file`) === undefined)
      section.problem(`${name}_file`, `is missing: give it, or ${name}`);
  }
  if (certificate === undefined || key === undefined) return undefined;
  const tls: WebTls = {
    certificate,
    key: new Secret(key),
    ...client,
    minVersion,
    maxVersion,
    prefersOwnCiphers,
    ...(ciphers && { ciphers }),
    ...(curveNames !== undefined && curveNames.length > 0 && { curves: curveNames.join(':') }),
  };
  checkPem(section, tls);
  return tls;
}

/** The options of Node.js for these settings. */
export function contextOf({
  certificate,
  key,
  clientCa,
  minVersion,
  maxVersion,
  ciphers,
  curves,
  prefersOwnCiphers,
}: WebTls): SecureContextOptions {
  return {
    cert: certificate,
    key: key.reveal(),
    minVersion,
    maxVersion,
    honorCipherOrder: prefersOwnCiphers,
    ...(clientCa !== undefined && { ca: clientCa }),
    ...(ciphers !== undefined && { ciphers }),
    ...(curves !== undefined && { ecdhCurve: curves }),
  };
}

function readVersion(section: YamlSection, key: string): WebTls['minVersion'] | undefined {
  const given = section.text(key);
  if (given === 'TLS10' || given === 'TLS11') {
    section.problem(key, `${given} is not supported by ai-crm-exporter: TLS12 is the oldest`);
    return undefined;
  }
  const version = section.choice(key, ['TLS12', 'TLS13']);
  return version && versions[version];
}

/** The suites of the file and all of TLS 1.3, because Node.js without those offers only TLS 1.2. */
function readCiphers(section: YamlSection, minVersion: string, maxVersion: string): string | undefined {
  const given = section.choices('cipher_suites', cipherSuites);
  if (given === undefined || given.length === 0) return undefined;
  const older = given.filter((name) => !newestSuites.includes(name));
  if (older.length === 0 && maxVersion === 'TLSv1.2')
    section.problem('cipher_suites', 'has no suite of TLS 1.2, but max_version is TLS12');
  return (minVersion === 'TLSv1.3' ? newestSuites : [...older, ...newestSuites]).join(':');
}

async function readClient(
  section: YamlSection,
  files: NamedFiles,
): Promise<Pick<WebTls, 'clientAuthentication' | 'clientCa' | 'clientAllowedSans'>> {
  // exporter-toolkit keeps `RequireClientCert` from its first versions.
  const given =
    section.text('client_auth_type') === 'RequireClientCert'
      ? 'RequireAnyClientCert'
      : section.choice('client_auth_type', clientAuthentications);
  const clientAuthentication = given ?? 'NoClientCert';
  const clientCa = await readPem(section, 'client_ca', files);
  const clientAllowedSans = section.texts('client_allowed_sans');
  if (
    clientAuthentication === 'RequireAndVerifyClientCert' &&
    section.text('client_ca_file') === undefined &&
    section.text('client_ca') === undefined
  ) {
    section.problem('client_ca_file', 'is missing, but RequireAndVerifyClientCert needs it');
  }
  if (clientAllowedSans?.length === 0) section.problem('client_allowed_sans', 'is empty, so nobody could connect');
  if (clientAuthentication === 'NoClientCert') {
    for (const key of ['client_ca', 'client_ca_file', 'client_allowed_sans']) {
      if (section.keys().includes(key)) section.problem(key, 'has no effect while client_auth_type is NoClientCert');
    }
  }
  return {
    clientAuthentication,
    ...(clientCa !== undefined && { clientCa }),
    ...(clientAllowedSans && { clientAllowedSans }),
  };
}

/** The PEM text under `key`, or the content of the file under `key_file`. */
async function readPem(section: YamlSection, key: string, { file, read }: NamedFiles): Promise<string | undefined> {
  const inline = section.text(key);
  const fileKey = `${key}_file`;
  const named = section.text(fileKey);
  if (named === undefined) return inline;
  if (inline !== undefined) section.problem(key, `is given together with ${fileKey}: use only one of them`);
  // The text is not quoted, because it may be a private key.
  if (named.includes('-----BEGIN')) {
    section.problem(fileKey, `is PEM text, not the name of a file: use ${key} for the text`);
    return undefined;
  }
  try {
    const text = decodeFile(await read.read(resolve(dirname(file), named)));
    if (text === undefined) section.problem(fileKey, `${named} is not UTF-8 text`);
    return text;
  } catch (error) {
    section.problem(fileKey, `${named} cannot be read: ${systemCodeOf(error) ?? messageOf(error)}`);
    return undefined;
  }
}

/** Reports at start what otherwise causes failed handshakes. */
function checkPem(section: YamlSection, tls: WebTls): void {
  const cert = tls.certificate;
  const attempts: readonly (readonly [name: string, attempt: () => unknown])[] = [
    ['cert', () => new X509Certificate(cert)],
    ['key', () => createSecureContext({ cert, key: tls.key.reveal() })],
    [
      'client_ca',
      () => tls.clientCa !== undefined && certificatesIn(tls.clientCa).map((pem) => new X509Certificate(pem)),
    ],
  ];
  for (const [name, attempt] of attempts) {
    try {
      attempt();
    } catch (error) {
      section.problem(section.text(name) === undefined ? `${name}_file` : name, `cannot be used: ${messageOf(error)}`);
      return;
    }
  }
}

/** The certificates in a bundle; the whole text if there is none, so that it is refused. */
function certificatesIn(pem: string): readonly string[] {
  return pem.match(/-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[^]*?(?:-----END [A-Z0-9 ]+-----|$)/g) ?? [pem];
}
