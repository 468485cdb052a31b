import { harmlessRequestHeaders, mask } from '../base/sensitive.js';
import type { Authentication, Expectation, HttpSettings, TlsSettings } from './config.js';
import type { Secret } from './secret.js';

/** The HTTP options of an endpoint or module with the file's keys and without their secrets. */
export function maskedHttp(http: HttpSettings): Readonly<Record<string, unknown>> {
  return {
    method: http.method,
    headers: maskedHeaders(http.headers),
    ...(http.body && { body: `<${Buffer.byteLength(http.body.reveal())} bytes>` }),
    expect: maskedExpect(http.expect),
    ...(http.auth && { auth: maskedAuth(http.auth) }),
    tls: maskedTls(http.tls),
    follow_redirects: http.followRedirects,
    max_body_bytes: http.maxBodyBytes,
  };
}

/** Header names with their values masked, except for the few that cannot be secrets. */
export function maskedHeaders(headers: ReadonlyMap<string, Secret>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...headers].map(([name, value]) => [name, harmlessRequestHeaders.has(name) ? value.reveal() : mask]),
  );
}

/** Paths are shown, but not what is to be found there: it may be what only a good answer knows. */
function maskedExpect({ statusCodes, bodyRegex, healthWord, jsonValues }: Expectation): unknown {
  return {
    ...(statusCodes && { status: [...statusCodes] }),
    ...(bodyRegex && { body_regex: mask }),
    ...(healthWord && { json: healthWord === 'required' }),
    ...(jsonValues.size > 0 && {
      json: Object.fromEntries([...jsonValues].map(([path, values]) => [path, values.map(() => mask)])),
    }),
  };
}

function maskedAuth(auth: Authentication): unknown {
  return auth.kind === 'basic' ? { basic: { username: auth.username, password: mask } } : { bearer: { token: mask } };
}

/** TLS settings with the file's keys; what was read from files is not shown. */
export function maskedTls({ ca, certificate, key, serverName, insecureSkipVerify }: TlsSettings): unknown {
  return {
    ...(ca !== undefined && { ca_file: '<loaded>' }),
    ...(certificate !== undefined && { cert_file: '<loaded>' }),
    ...(key !== undefined && { key_file: mask }),
    ...(serverName !== undefined && { server_name: serverName }),
    insecure_skip_verify: insecureSkipVerify,
  };
}
