import type { AlertmanagerConfig } from '../../config/alertmanager.js';
import { parseJson } from '../../json.js';
import { ProbeFailure } from '../failure.js';
import { type HttpProber, probeHttp } from '../http/probe.js';
import { readSilences, type Silence } from './silence.js';

/**
 * Asks Alertmanager for the silences that are active or still to come. Throws a `ProbeFailure` that says why there is no answer,
 * and quotes nothing of it.
 */
export async function askSilences(
  { url, http, timeoutSeconds }: AlertmanagerConfig,
  prober: HttpProber,
  signal: AbortSignal,
): Promise<readonly Silence[]> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(timeoutSeconds * 1000)]);
  const { failure, statusCode = 0, body } = await probeHttp({ url: `${url}/api/v2/silences`, http }, prober, deadline);
  if (failure !== null) throw failure;
  if (statusCode === 401 || statusCode === 403)
    throw new ProbeFailure('auth', `${statusCode}: Alertmanager wants other credentials, see alertmanager.auth`);
  if (statusCode !== 200)
    throw new ProbeFailure(
      'status',
      `${statusCode}: this is no Alertmanager, or its path prefix is missing; see alertmanager.url`,
    );
  const parsed = parseJson(body ?? Buffer.alloc(0));
  const silences = 'value' in parsed ? readSilences(parsed.value) : undefined;
  if (silences === undefined) throw new ProbeFailure('json', 'the answer is no list of silences; see alertmanager.url');
  return silences;
}
