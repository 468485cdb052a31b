import type { AlertmanagerConfig } from './alertmanager.js';
import { maskedHttp } from './masked-http.js';

/** `alertmanager` with the file's keys and without its secrets. */
export function maskedAlertmanager({ url, job, intervalSeconds, timeoutSeconds, http }: AlertmanagerConfig): unknown {
  const { headers, auth, tls } = maskedHttp(http);
  return {
    url,
    ...(job !== undefined && { job }),
    interval: intervalSeconds,
    timeout: timeoutSeconds,
    headers,
    ...(auth !== undefined && { auth }),
    tls,
  };
}
