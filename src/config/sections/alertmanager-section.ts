import { complete, type Given, mapping, optional, required } from '../option.js';
import { text, url } from '../option-kinds.js';
import { type Context, intervalKind, resolveTiming, timeoutDefault, timeoutKind } from '../resolving.js';
import { baseUrl } from '../target-url.js';
import { type HttpSettings, httpOptions, resolveHttp } from './http-options.js';

/** `alertmanager`: whose silences are maintenance. */
export interface AlertmanagerConfig {
  /** Without credentials, query and final slash; paths such as `/api/v2/silences` are appended. */
  readonly url: string;
  /** The label `job` that Prometheus gives this AI-CRM; absent: silences that name a job are those of others. */
  readonly job?: string;
  readonly intervalSeconds: number;
  /** Of each request. */
  readonly timeoutSeconds: number;
  /** Credentials, headers and TLS. */
  readonly http: HttpSettings;
}

const timeoutSeconds = 5;
/** An Alertmanager keeps silences that have ended for five days, so there may be many. */
const maxBodyBytes = 10 * 1024 * 1024;

function readUrl(given: string) {
  return baseUrl(given, { example: 'http://localhost:9093', credentialsKey: 'auth' });
}

const alertmanagerOptions = {
  url: required(
    url((given) => readUrl(given).refusal),
    'Where it is, http:// or https://, with its path prefix if it has one.',
  ),
  job: optional(
    text(),
    'The label job that Prometheus gives this exporter: only silences without a job, or with this one, count, and "maintenance" puts it into those that it makes. Needed when one Alertmanager serves several AI-CRMs.',
  ),
  interval: optional(intervalKind, 'How often to ask.', { default: 15 }),
  timeout: optional(timeoutKind, 'Deadline of each request; at most the interval.', timeoutDefault(timeoutSeconds)),
  headers: httpOptions.headers,
  auth: httpOptions.auth,
  tls: httpOptions.tls,
};

/** `alertmanager`. */
export const alertmanagerKind = mapping(alertmanagerOptions);

/** `alertmanager` with its defaults and secrets. */
export async function resolveAlertmanager(
  given: Given<typeof alertmanagerOptions>,
  context: Context,
): Promise<AlertmanagerConfig> {
  const { url: target, job, interval, timeout, ...http } = complete(alertmanagerOptions, given);
  const path = ['alertmanager'];
  return {
    url: readUrl(target).url ?? target,
    ...(job === undefined ? {} : { job }),
    ...resolveTiming({ interval, timeout }, { intervalSeconds: interval, timeoutSeconds }, path, context),
    http: await resolveHttp({ ...http, max_body_bytes: maxBodyBytes }, { promisesJsonStatus: false }, path, context),
  };
}
