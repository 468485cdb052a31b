import { complete, type Given, mapping, optional, required } from '../option.js';
import { text, url } from '../option-kinds.js';
import { type Context, intervalKind, resolveTiming, timeoutDefault, timeoutKind } from '../resolving.js';
import { baseUrl } from '../target-url.js';
import { authOption, type HttpSettings, httpOptions, resolveHttp } from './http-options.js';

/** A program of the monitoring that the exporter queries: Alertmanager or Prometheus. */
export interface ProgramConfig {
  /** Without credentials, query and final slash. Paths such as `/api/v2/silences` are appended. */
  readonly url: string;
  /** The label `job` of this AI-CRM in Prometheus. */
  readonly job?: string;
  readonly intervalSeconds: number;
  /** For each request. */
  readonly timeoutSeconds: number;
  /** Credentials, headers and TLS. */
  readonly http: HttpSettings;
}

/** Differences between the programs. */
interface ProgramWords {
  /** Its URL on this machine. */
  readonly example: string;
  /** The help text of `job`. */
  readonly job: string;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
}

/** Answers may be long: Alertmanager keeps ended silences for five days, and Prometheus may have a thousand components. */
const maxBodyBytes = 10 * 1024 * 1024;

/** The section of a program. */
function programSection(section: string, { example, job, intervalSeconds, timeoutSeconds }: ProgramWords) {
  const read = (given: string) => baseUrl(given, { example, credentialsKey: 'auth' });
  const options = {
    url: required(
      url((given) => read(given).refusal),
      'Address, http:// or https://, with its path prefix.',
    ),
    job: optional(text(), job),
    interval: optional(intervalKind, 'Time between two requests.', { default: intervalSeconds }),
    timeout: optional(timeoutKind, 'Deadline of each request; at most the interval.', timeoutDefault(timeoutSeconds)),
    headers: httpOptions.headers,
    auth: authOption,
    tls: httpOptions.tls,
  };
  return {
    kind: mapping(options),
    /** The section with its defaults and secrets. */
    resolve: async (given: Given<typeof options>, context: Context): Promise<ProgramConfig> => {
      const { url: target, job: ownJob, interval, timeout, ...http } = complete(options, given);
      return {
        url: read(target).url ?? target,
        ...(ownJob === undefined ? {} : { job: ownJob }),
        ...resolveTiming({ interval, timeout }, { intervalSeconds: interval, timeoutSeconds }, [section], context),
        http: await resolveHttp(
          { ...http, max_body_bytes: maxBodyBytes },
          { promisesJsonStatus: false },
          [section],
          context,
        ),
      };
    },
  };
}

/** `alertmanager`: its silences are maintenance. Without `job`, silences with a job belong to another AI-CRM. */
export const alertmanagerSection = programSection('alertmanager', {
  example: 'http://localhost:9093',
  job: 'The label job that Prometheus gives this exporter. Only silences without a job or with this one count, and "maintenance" makes silences with it. Necessary if one Alertmanager serves several AI-CRMs.',
  intervalSeconds: 15,
  timeoutSeconds: 5,
});

/** `prometheus`: it has the past availability of components. Without `job`, components with the same name count as one. */
export const prometheusSection = programSection('prometheus', {
  example: 'http://localhost:9090',
  job: 'The label job that this Prometheus gives this exporter. Necessary if it scrapes several AI-CRMs.',
  intervalSeconds: 300,
  timeoutSeconds: 10,
});
