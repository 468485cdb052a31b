import type { DataAnswer, DataClient } from '../access/data-access.js';
import { invalidJson, parseBody } from '../base/json.js';
import { ProbeFailure } from '../base/reason.js';
import { decodeText } from '../base/text.js';
import type { Collector } from '../collector.js';
import type { JsonSourceConfig } from '../config/sections/json-sources-section.js';
import { remarkOnCoding } from '../net/http-decode.js';
import { fieldOf, type HeaderFields, isRedirect } from '../net/http-headers.js';
import { portOf } from '../net/origin-name.js';
import type { Mapping } from './mapping.js';
import { patienceSeconds, sourceCollector } from './source-collector.js';

/** Maximum number of values in a document. Parsing this many takes half a second, and the objects take a hundred megabytes. */
const maxValues = 1_000_000;

const comma = 0x2c;
const openingBracket = 0x5b;
const openingBrace = 0x7b;

/**
 * Checks the number of values in a JSON text before it is parsed; undefined when it is allowed. Commas and brackets in
 * strings count too.
 */
export function tooManyValues(body: Buffer): string | undefined {
  if (body.length <= maxValues) return undefined;
  let values = 0;
  for (const byte of body) if (byte === comma || byte === openingBracket || byte === openingBrace) values += 1;
  return values > maxValues ? `the JSON has more than ${maxValues.toLocaleString('en')} values` : undefined;
}

/**
 * The JSON document of an answer. Throws a `ProbeFailure`: `status` or `redirect` for anything but 2xx, `size` for too
 * many values, `json` for everything else. The message says what arrived and how to repair it, and quotes nothing of
 * the body.
 */
export function documentOf(
  { statusCode, headers, body }: Pick<DataAnswer, 'statusCode' | 'headers' | 'body'>,
  url: string,
): unknown {
  if (isRedirect(statusCode))
    throw new ProbeFailure('redirect', `${statusCode}: redirected, and the redirect was not followed`);
  if (statusCode === 404) throw new ProbeFailure('status', '404: there is no such document');
  if (statusCode < 200 || statusCode > 299)
    throw new ProbeFailure('status', `${statusCode}: not an accepted status code`);
  return parseDocument(body, url, headers);
}

/** Like `documentOf`, for bytes. The message needs the URL to explain how Prometheus can scrape Prometheus text directly. */
export function parseDocument(body: Buffer, url: string, headers: HeaderFields = []): unknown {
  const contentType = fieldOf(headers, 'content-type');
  const problem = problemOf(body, contentType, url);
  if (problem !== undefined) throw new ProbeFailure('json', problem);
  const excess = tooManyValues(body);
  if (excess !== undefined) throw new ProbeFailure('size', excess);
  const parsed = parseBody(body, contentType);
  if ('value' in parsed) return parsed.value;
  const message =
    parsed.why === undefined && parsed.isCut
      ? `the JSON breaks off after ${body.length} bytes`
      : (parsed.undecodable ?? invalidJson(parsed.why));
  throw new ProbeFailure('json', message + remarkOnCoding(headers));
}

function problemOf(body: Buffer, contentType: string, url: string): string | undefined {
  if (isPrometheusText(body, contentType)) return prometheusAdvice(url);
  const start = decodeText(body.subarray(0, 200), contentType).text.trimStart();
  if (start === '' && body.length <= 200) return 'expected JSON, the answer is an empty body';
  return start.startsWith('<') ? 'expected JSON, the answer is HTML' : undefined;
}

function isPrometheusText(body: Buffer, contentType: string): boolean {
  const start = body.toString('latin1', 0, 200).trimStart();
  if (/^[[{]/.test(start)) return false;
  return (
    /^application\/openmetrics-text\b|^text\/plain\b.*\bversion=0\.0\.4\b/i.test(contentType) ||
    /^# (?:HELP|TYPE|UNIT) [A-Za-z_:]/.test(start)
  );
}

function prometheusAdvice(url: string): string {
  const { protocol, hostname, pathname } = new URL(url);
  const target = `${hostname}:${portOf(new URL(url))}`;
  const scheme = protocol === 'https:' ? ', scheme: https' : '';
  return `this is Prometheus text: leave it out here and let Prometheus scrape it directly, in scrape_configs with targets: ["${target}"], metrics_path: ${pathname}${scheme}`;
}

/** The collector of an entry of `json_sources`. At the first answer it compiles the mappings and loads the JSONPath library. */
export function jsonSourceCollector(source: JsonSourceConfig, client: DataClient): Collector {
  const { name, url, http, timeoutSeconds, intervalSeconds, usesLogin, metrics, maxSeries } = source;
  let mapping: Promise<Mapping> | undefined;
  return sourceCollector(
    {
      name: `json:${name}`,
      source: name,
      intervalSeconds,
      timeoutSeconds: timeoutSeconds + patienceSeconds(intervalSeconds),
      place: url,
    },
    async (signal) => {
      const answer = await client.ask({ source: name, url, http, timeoutSeconds, usesLogin }, signal);
      const document = documentOf(answer, url);
      mapping ??= import('./mapping.js').then(({ createMapping }) => createMapping(metrics, { maxSeries }));
      const result = await (await mapping)(document, signal);
      return {
        ...result,
        message: `${result.samples.length.toLocaleString('en')} series of ${answer.body.length.toLocaleString('en')} bytes`,
        durationSeconds: answer.durationSeconds,
      };
    },
  );
}
