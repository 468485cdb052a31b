import { isUtf8 } from 'node:buffer';
import type { DataAnswer } from '../../sources/data/data-client.js';
import { ProbeFailure } from '../../sources/failure.js';
import { tooManyValues } from './json-values.js';

/**
 * The JSON document of an answer, with or without a byte order mark. Throws a `ProbeFailure` – `status` and `redirect` for
 * anything but 2xx, `size` for far too many values, `json` for everything else that came – whose message says what it is and what to do, and quotes nothing.
 */
export function documentOf({ statusCode, headers, body }: Pick<DataAnswer, 'statusCode' | 'headers' | 'body'>, url: string): unknown {
  if (statusCode >= 300 && statusCode < 400) throw new ProbeFailure('redirect', `${statusCode}: redirected, and the redirect was not followed`);
  if (statusCode === 404) throw new ProbeFailure('status', '404: there is no such document');
  if (statusCode < 200 || statusCode > 299) throw new ProbeFailure('status', `${statusCode}: not an answer with a document`);
  return parseDocument(body, url, headers.find(([name]) => name === 'content-type')?.[1]);
}

/** The same of bytes that are at hand. The URL is for the advice to scrape Prometheus text directly. */
export function parseDocument(body: Buffer, url: string, contentType = ''): unknown {
  const problem = problemOf(body, contentType, url);
  if (problem !== undefined) throw new ProbeFailure('json', problem);
  const excess = tooManyValues(body);
  if (excess !== undefined) throw new ProbeFailure('size', excess);
  const text = body.toString().replace(/^\uFEFF/, '');
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    // Its message quotes the text, so that only the kind is told.
    const isCut = cause instanceof SyntaxError && /end of JSON input|Unterminated|after (?:array element|property)/.test(cause.message) && !/[}\]]\s*$/.test(text);
    throw new ProbeFailure('json', isCut ? `the JSON breaks off after ${body.length} bytes` : 'the body is not valid JSON', { cause });
  }
}

function problemOf(body: Buffer, contentType: string, url: string): string | undefined {
  if (isPrometheusText(body, contentType)) return prometheusAdvice(url);
  if (!isUtf8(body)) return 'the body is not UTF-8';
  const start = body.toString('utf8', 0, 200).replace(/^\uFEFF/, '').trimStart();
  if (start === '' && body.length <= 200) return 'the body is empty, JSON was promised';
  return start.startsWith('<') ? 'JSON was promised, HTML came' : undefined;
}

function isPrometheusText(body: Buffer, contentType: string): boolean {
  const start = body.toString('latin1', 0, 200).trimStart();
  if (/^[[{]/.test(start)) return false;
  return /^application\/openmetrics-text\b|^text\/plain\b.*\bversion=0\.0\.4\b/i.test(contentType) || /^# (?:HELP|TYPE|UNIT) [A-Za-z_:]/.test(start);
}

function prometheusAdvice(url: string): string {
  const { protocol, host, hostname, port, pathname } = new URL(url);
  const target = port === '' ? `${hostname}:${protocol === 'https:' ? 443 : 80}` : host;
  const scheme = protocol === 'https:' ? ', scheme: https' : '';
  return `this is Prometheus text: leave it out here and let Prometheus scrape it directly, in scrape_configs with targets: ["${target}"], metrics_path: ${pathname}${scheme}`;
}
