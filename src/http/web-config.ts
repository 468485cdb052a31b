import { isUtf8 } from 'node:buffer';
import { validateHeaderValue } from 'node:http';
import { basename } from 'node:path';
import { ExporterError, messageOf, systemCodeOf } from '../base/errors.js';
import { decodeFile } from '../base/text.js';
import { parseDurationSeconds } from '../config/duration.js';
import { Secret } from '../config/secret.js';
import { yamlProblemMessage } from '../config/yaml-message.js';
import { FilesRead, readTls, type WebTls } from './web-tls.js';
import { type ProblemSink, YamlSection } from './yaml-section.js';

/** The number of requests that are answered: `burst` at once, then one per interval. */
export interface WebRateLimit {
  readonly intervalSeconds: number;
  readonly burst: number;
}

/** The content of `--web.config.file`. */
export interface WebConfig {
  readonly tls?: WebTls;
  /** User name → bcrypt hash; empty: no authentication. */
  readonly users: ReadonlyMap<string, Secret>;
  /** Response headers that replace the exporter's own. */
  readonly headers: ReadonlyMap<string, string>;
  readonly rateLimit?: WebRateLimit;
}

/** Source of the current web configuration. */
export interface WebConfigSource {
  /** As the files are now. */
  current(): Promise<WebConfig>;
  /** The last known one, without a check of the files. */
  readonly latest: WebConfig;
}

/** Headers that exporter-toolkit lets a file set, and their allowed values if these are limited. */
const settableHeaders: Readonly<Record<string, readonly string[] | undefined>> = {
  'Content-Security-Policy': undefined,
  'Strict-Transport-Security': undefined,
  'X-Content-Type-Options': ['nosniff'],
  'X-Frame-Options': ['deny', 'sameorigin'],
  'X-XSS-Protection': undefined,
};

const bcryptHash = /^\$2[aby]\$(0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}$/;

/**
 * Reads a web configuration file in the format of Prometheus' exporter-toolkit, and the certificates that it names,
 * relative to the file.
 *
 * Throws `config_missing` or `config_unreadable` for the file itself, and `config_invalid` with one line per problem,
 * `file:line:column path: message`. No message contains a hash or a key.
 */
export async function loadWebConfig(file: string, read = new FilesRead()): Promise<WebConfig> {
  const bytes = await read.read(file).catch((error: unknown) => {
    if (systemCodeOf(error) === 'ENOENT')
      throw new ExporterError('config_missing', `${file}: no such file`, { cause: error, expose: true });
    throw new ExporterError(
      'config_unreadable',
      `${file}: cannot be read: ${systemCodeOf(error) ?? messageOf(error)}`,
      { cause: error, expose: true },
    );
  });
  const text = isUtf8(bytes) ? decodeFile(bytes) : undefined;
  if (text === undefined) throw new ExporterError('config_invalid', `${file}: not UTF-8 text`, { expose: true });
  // The default import, because the named ones of a CommonJS package are missing when a bundle loads it late.
  const { default: yaml } = await import('yaml');
  const lines = new yaml.LineCounter();
  const document = yaml.parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const sink: ProblemSink = { yaml, file, lines, problems: [] };
  for (const { code, message, pos } of document.errors) {
    const { line, col } = lines.linePos(pos[0]);
    sink.problems.push(`${file}:${line}:${col} ${basename(file)}: ${yamlProblemMessage(code, message, text, pos[0])}`);
  }
  refuse(sink);
  if (document.contents === null) return { users: new Map(), headers: new Map() };
  if (!yaml.isMap(document.contents))
    throw new ExporterError('config_invalid', `${file}:1:1 ${basename(file)}: must be a mapping`, { expose: true });

  const root = new YamlSection(sink, document.contents, '');
  root.refuseOthers(['tls_server_config', 'http_server_config', 'basic_auth_users', 'rate_limit']);
  const tls = await readTls(root.section('tls_server_config'), { file, read });
  const rateLimit = readRateLimit(root.section('rate_limit'));
  const webConfig = {
    users: readUsers(root.section('basic_auth_users')),
    headers: readHeaders(root.section('http_server_config')),
    ...(tls && { tls }),
    ...(rateLimit && { rateLimit }),
  };
  refuse(sink);
  return webConfig;
}

function refuse({ problems }: ProblemSink): void {
  if (problems.length > 0) throw new ExporterError('config_invalid', problems.join('\n'), { expose: true });
}

function readUsers(section: YamlSection | undefined): ReadonlyMap<string, Secret> {
  const users = new Map<string, Secret>();
  if (section === undefined) return users;
  for (const name of section.keys()) {
    const hash = section.matching(name, bcryptHash, 'must be a bcrypt hash, as `htpasswd -nB` makes it');
    if (name.includes(':')) section.problem(name, 'a user name cannot contain a colon');
    if (hash !== undefined) users.set(name, new Secret(hash));
  }
  return users;
}

function readHeaders(server: YamlSection | undefined): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  server?.refuseOthers(['headers', 'http2']);
  if (server?.flag('http2') === true)
    server.problem('http2', 'is not supported by ai-crm-exporter: it speaks HTTP/1.1 only');
  const section = server?.section('headers');
  if (section === undefined) return headers;
  section.refuseOthers(Object.keys(settableHeaders));
  for (const [name, allowed] of Object.entries(settableHeaders)) {
    const value = section.text(name);
    if (value === undefined) continue;
    if (allowed !== undefined && !allowed.includes(value))
      section.problem(name, `${JSON.stringify(value)} is not one of ${allowed.join(', ')}`);
    try {
      validateHeaderValue(name, value);
      headers.set(name, value);
    } catch (error) {
      section.problem(name, messageOf(error));
    }
  }
  return headers;
}

function readRateLimit(section: YamlSection | undefined): WebRateLimit | undefined {
  if (section === undefined) return undefined;
  section.refuseOthers(['interval', 'burst']);
  const interval = section.text('interval') ?? '0';
  // In Go a number without unit means nanoseconds, which is always a mistake here.
  const intervalSeconds = /[a-z]/.test(interval) || Number(interval) === 0 ? parseDurationSeconds(interval) : undefined;
  const burst = section.text('burst') ?? '0';
  if (intervalSeconds === undefined) section.problem('interval', 'must be a duration such as 100ms, or 0 for no limit');
  if (!/^\d{1,9}$/.test(burst)) section.problem('burst', 'must be a whole number');
  else if (intervalSeconds && Number(burst) === 0)
    section.problem('burst', 'must be 1 or more: with 0 every request would be refused');
  return intervalSeconds ? { intervalSeconds, burst: Number(burst) } : undefined;
}
