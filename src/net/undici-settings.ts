import type { Authentication, TlsSettings } from '../config/sections/credential-options.js';
import type { HttpSettings } from '../config/sections/http-options.js';

/** TLS settings in the form that connectors of undici take. */
export function connectTls({ ca, certificate, key, serverName, insecureSkipVerify }: TlsSettings) {
  return {
    rejectUnauthorized: !insecureSkipVerify,
    ...(ca === undefined ? {} : { ca }),
    ...(certificate === undefined ? {} : { cert: certificate }),
    ...(key === undefined ? {} : { key: key.reveal() }),
    ...(serverName === undefined ? {} : { servername: serverName }),
  };
}

/** The headers of a request with these settings, credentials included. They are secrets. */
export function sentHeaders(
  { headers, auth }: Pick<HttpSettings, 'headers' | 'auth'>,
  otherAuth: Authentication | undefined = auth,
): Readonly<Record<string, string>> {
  const own = Object.fromEntries([...headers].map(([name, value]) => [name, value.reveal()]));
  if (otherAuth === undefined) return own;
  if (otherAuth.kind === 'bearer') return { ...own, authorization: `Bearer ${otherAuth.token.reveal()}` };
  const pair = Buffer.from(`${otherAuth.username}:${otherAuth.password.reveal()}`).toString('base64');
  return { ...own, authorization: `Basic ${pair}` };
}
