import { type Given, optional, required } from '../option.js';
import { text, url } from '../option-kinds.js';
import { type Context, intervalKind, resolveTiming, timeoutDefault, timeoutKind } from '../resolving.js';
import { baseUrl } from '../target-url.js';
import { type HttpSettings, httpOptions, resolveHttp } from './http-options.js';

/** A program of the monitoring itself that the exporter asks: Alertmanager, Prometheus. */
export interface ProgramConfig {
  /** Without credentials, query and final slash; paths such as `/api/v2/silences` are appended. */
  readonly url: string;
  /** The label `job` that Prometheus gives this AI-CRM. */
  readonly job?: string;
  readonly intervalSeconds: number;
  /** Of each request. */
  readonly timeoutSeconds: number;
  /** Credentials, headers and TLS. */
  readonly http: HttpSettings;
}

/** What differs from program to program. */
interface ProgramWords {
  /** Its URL where it runs on this machine. */
  readonly example: string;
  /** The help text of `job`. */
  readonly job: string;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
}

/** Answers may be long: an Alertmanager keeps silences that have ended for five days, Prometheus knows a thousand components. */
const maxBodyBytes = 10 * 1024 * 1024;

/** The options of such a section. */
export function programOptions({ example, job, intervalSeconds, timeoutSeconds }: ProgramWords) {
  return {
    url: required(
      url((given) => baseUrl(given, { example, credentialsKey: 'auth' }).refusal),
      'Where it is, http:// or https://, with its path prefix if it has one.',
    ),
    job: optional(text(), job),
    interval: optional(intervalKind, 'How often to ask.', { default: intervalSeconds }),
    timeout: optional(timeoutKind, 'Deadline of each request; at most the interval.', timeoutDefault(timeoutSeconds)),
    headers: httpOptions.headers,
    auth: httpOptions.auth,
    tls: httpOptions.tls,
  };
}

type GivenProgram = Given<ReturnType<typeof programOptions>>;

/** Such a section with its defaults and secrets. */
export async function resolveProgram(
  section: string,
  given: GivenProgram,
  defaults: Pick<ProgramWords, 'example' | 'intervalSeconds' | 'timeoutSeconds'>,
  context: Context,
): Promise<ProgramConfig> {
  const { url: target, job, interval = defaults.intervalSeconds, timeout, headers, auth, tls } = given;
  const { example, timeoutSeconds } = defaults;
  const http = {
    ...(headers === undefined ? {} : { headers }),
    ...(auth === undefined ? {} : { auth }),
    ...(tls === undefined ? {} : { tls }),
    max_body_bytes: maxBodyBytes,
  };
  return {
    url: baseUrl(target, { example, credentialsKey: 'auth' }).url ?? target,
    ...(job === undefined ? {} : { job }),
    ...resolveTiming({ interval, timeout }, { intervalSeconds: interval, timeoutSeconds }, [section], context),
    http: await resolveHttp(http, { promisesJsonStatus: false }, [section], context),
  };
}
