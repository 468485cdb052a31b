import { Secret } from '../config/secret.js';
import type { SecretFiles } from './secret-files.js';
import { type AlertmanagerVersion, capableAlertmanagerVersion } from './version.js';

/** Headers that Alertmanager writes itself and lets nobody else write. */
const reserved: ReadonlySet<string> = new Set([
  'host',
  'content-encoding',
  'content-length',
  'user-agent',
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'www-authenticate',
  'accept-encoding',
  'x-prometheus-remote-write-version',
  'x-prometheus-remote-read-version',
  'x-prometheus-scrape-timeout-seconds',
  'x-amz-date',
  'x-amz-security-token',
  'x-amz-content-sha256',
]);

/** Says what is wrong with a header. */
export type RefuseHeader = (header: string, message: string) => void;

/**
 * The `http_config` with which Alertmanager sends these headers, their values in files; undefined where none is needed. What
 * this version cannot send goes to `refuse`.
 */
export function httpConfigFor(
  headers: ReadonlyMap<string, Secret>,
  version: AlertmanagerVersion,
  files: SecretFiles,
  refuse: RefuseHeader,
): Readonly<Record<string, unknown>> | undefined {
  const config: Record<string, unknown> = {};
  const others: Record<string, unknown> = {};
  for (const [header, value] of headers) {
    if (header === 'authorization') Object.assign(config, authorization(value, files, refuse));
    else if (header === 'content-type') checkContentType(value, refuse);
    else if (reserved.has(header)) refuse(header, 'Alertmanager writes this header itself');
    else if (!version.sendsHeaders)
      refuse(
        header,
        `Alertmanager ${version.text} can send no header but Authorization; ${capableAlertmanagerVersion} and later can`,
      );
    else others[header] = { files: [files.put(`webhook_header_${header}`, value)] };
  }
  if (Object.keys(others).length > 0) config['http_headers'] = others;
  return Object.keys(config).length === 0 ? undefined : config;
}

/** Alertmanager has no header Authorization as such: it puts it together of a scheme and credentials. */
function authorization(value: Secret, files: SecretFiles, refuse: RefuseHeader): Readonly<Record<string, unknown>> {
  const [, scheme = '', credentials = ''] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) +(\S.*)$/.exec(value.reveal().trim()) ?? [];
  if (scheme === '') {
    refuse('authorization', 'Alertmanager can send it only with a scheme, as in "Bearer …"');
    return {};
  }
  // Basic is an option of its own, and refused as a scheme.
  if (scheme.toLowerCase() !== 'basic')
    return {
      authorization: { type: scheme, credentials_file: files.put('webhook_authorization', new Secret(credentials)) },
    };
  const [, username = '', password = ''] =
    /^([^:]*):(.*)$/s.exec(Buffer.from(credentials, 'base64').toString('utf8')) ?? [];
  if (username === '') refuse('authorization', 'the credentials are not user:password in Base64');
  return { basic_auth: { username, password_file: files.put('webhook_password', new Secret(password)) } };
}

function checkContentType(value: Secret, refuse: RefuseHeader): void {
  if (!/^application\/json\s*(;|$)/i.test(value.reveal()))
    refuse('content-type', 'Alertmanager sends application/json and nothing else');
}
