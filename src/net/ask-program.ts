import { withTimeout } from '../base/deadline.js';
import { parseBody } from '../base/json.js';
import { ProbeFailure } from '../base/reason.js';
import type { ProgramConfig } from '../config/sections/programs-section.js';
import { type HttpProber, probeHttp } from './http-client.js';

/** The name of a program of the monitoring stack, such as `Alertmanager`, and its section in the configuration. */
interface ProgramName {
  readonly name: string;
  readonly section: string;
}

/** The JSON document at this path of a program. Throws a `ProbeFailure` that names the option to check. */
export async function askProgram(
  { url, http, timeoutSeconds }: ProgramConfig,
  path: string,
  { name, section }: ProgramName,
  prober: HttpProber,
  signal: AbortSignal,
): Promise<unknown> {
  const {
    failure,
    statusCode = 0,
    body,
  } = await withTimeout(signal, timeoutSeconds, async (until) =>
    probeHttp({ url: `${url}${path}`, http }, prober, until),
  );
  if (failure !== null) throw failure;
  if (statusCode === 401 || statusCode === 403)
    throw new ProbeFailure('auth', `${statusCode}: ${name} does not accept the credentials; check ${section}.auth`);
  if (statusCode !== 200)
    throw new ProbeFailure(
      'status',
      `${statusCode}: this is not ${name}, or its path prefix is missing; check ${section}.url`,
    );
  const parsed = parseBody(body ?? Buffer.alloc(0));
  if (!('value' in parsed)) throw new ProbeFailure('json', `the answer is not JSON; check ${section}.url`);
  return parsed.value;
}
