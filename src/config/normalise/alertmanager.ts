import type { AlertmanagerConfig } from '../alertmanager.js';
import { defaults } from '../defaults.js';
import { formatDuration } from '../duration.js';
import type { Settings } from '../schema/document.js';
import type { Context } from './context.js';
import { normaliseHttp } from './http.js';
import { baseUrl } from './target.js';

const section = ['alertmanager'];

/** `alertmanager` with its defaults and secrets. The schema has judged the URL already. */
export async function normaliseAlertmanager(
  given: NonNullable<Settings['alertmanager']>,
  context: Context,
): Promise<AlertmanagerConfig | undefined> {
  const { url, job, interval, timeout, ...http } = given;
  const target = baseUrl(url, { example: 'http://localhost:9093', credentialsKey: 'auth' });
  if ('refusal' in target) {
    context.report([...section, 'url'], target.refusal);
    return undefined;
  }
  const {
    intervalSeconds: defaultIntervalSeconds,
    timeoutSeconds: defaultTimeoutSeconds,
    maxBodyBytes,
  } = defaults.alertmanager;
  const intervalSeconds = interval ?? defaultIntervalSeconds;
  const timeoutSeconds = timeout ?? Math.min(defaultTimeoutSeconds, intervalSeconds);
  if (timeoutSeconds > intervalSeconds)
    context.report([...section, 'timeout'], `must be at most the interval of ${formatDuration(intervalSeconds)}`);
  return {
    url: target.url,
    ...(job === undefined ? {} : { job }),
    intervalSeconds,
    timeoutSeconds,
    http: await normaliseHttp(
      { ...http, max_body_bytes: maxBodyBytes },
      { promisesJsonStatus: false },
      section,
      context,
    ),
  };
}
