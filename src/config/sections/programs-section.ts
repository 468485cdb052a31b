import { complete, type Given, mapping, optional, required } from '../option.js';
import { text, url } from '../option-kinds.js';
import { type Context, intervalKind, resolveTiming, timeoutDefault, timeoutKind } from '../resolving.js';
import { baseUrl } from '../target-url.js';
import { authOption, type HttpSettings, httpOptions, resolveHttp } from './http-options.js';

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

/** A section of the configuration about such a program. */
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

/** `alertmanager`: whose silences are maintenance. Without a job, silences that name one are those of others. */
export const alertmanagerSection = programSection('alertmanager', {
  example: 'http://localhost:9093',
  job: 'The label job that Prometheus gives this exporter. Only silences without a job or with this one count, and "maintenance" makes silences with it. Necessary if one Alertmanager serves several AI-CRMs.',
  intervalSeconds: 15,
  timeoutSeconds: 5,
});

/** `prometheus`: who remembers how available components were. Without a job, all of its components of a name are one. */
export const prometheusSection = programSection('prometheus', {
  example: 'http://localhost:9090',
  job: 'The label job that this Prometheus gives this exporter. Necessary if it scrapes several AI-CRMs.',
  intervalSeconds: 300,
  timeoutSeconds: 10,
});
