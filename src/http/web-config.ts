import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { validateHeaderValue } from 'node:http';
import { basename } from 'node:path';
import { Secret } from '../config/secret.js';
import { decodeFile } from '../decode-text.js';
import { ExporterError, messageOf, systemCodeOf } from '../errors.js';
import { readTls, type WebTls } from './web-tls.js';
import { YamlSection, type ProblemSink } from './yaml-section.js';

/** What `--web.config.file` says. */
export interface WebConfig {
  readonly tls?: WebTls;
  /** User name → bcrypt hash; empty: no authentication. */
  readonly users: ReadonlyMap<string, Secret>;
  /** Response headers that replace the exporter's own. */
  readonly headers: ReadonlyMap<string, string>;
}

/** The headers that exporter-toolkit lets a file set. */
const settableHeaders = ['Content-Security-Policy', 'Strict-Transport-Security', 'X-Content-Type-Options', 'X-Frame-Options', 'X-XSS-Protection'];

const bcryptHash = /^\$2[aby]\$(0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}$/;

/**
 * Reads a web configuration file as Prometheus' exporter-toolkit defines it, with the certificates that it names,
 * relative to the file.
 *
 * Throws `config_missing` or `config_unreadable` for the file itself and `config_invalid` with one line for each problem
 * in it, `file:line:column path: message`. No message contains a hash or a key.
 */
export async function loadWebConfig(file: string): Promise<WebConfig> {
  const bytes = await readFile(file).catch((error: unknown) => {
    if (systemCodeOf(error) === 'ENOENT') throw new ExporterError('config_missing', `${file}: no such file`, { cause: error, expose: true });
    throw new ExporterError('config_unreadable', `${file}: cannot be read: ${systemCodeOf(error) ?? messageOf(error)}`, { cause: error, expose: true });
  });
  const text = isUtf8(bytes) ? decodeFile(bytes) : undefined;
  if (text === undefined) throw new ExporterError('config_invalid', `${file}: not UTF-8 text`, { expose: true });
  // Its default and not its names, which a CommonJS package does not have when it is loaded late out of a bundle.
  const { default: yaml } = await import('yaml');
  const lines = new yaml.LineCounter();
  const document = yaml.parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const sink: ProblemSink = { yaml, file, lines, problems: [] };
  for (const error of document.errors) {
    const { line, col } = lines.linePos(error.pos[0]);
    sink.problems.push(`${file}:${line}:${col} ${basename(file)}: ${messageOf(error)}`);
  }
  refuse(sink);
  if (document.contents === null) return { users: new Map(), headers: new Map() };
  if (!yaml.isMap(document.contents)) throw new ExporterError('config_invalid', `${file}:1:1 ${basename(file)}: must be a mapping`, { expose: true });

  const root = new YamlSection(sink, document.contents, '');
  root.refuseOthers(['tls_server_config', 'http_server_config', 'basic_auth_users'], ['rate_limit']);
  const tls = await readTls(root.section('tls_server_config'), file);
  const webConfig = { users: readUsers(root.section('basic_auth_users')), headers: readHeaders(root.section('http_server_config')), ...(tls && { tls }) };
  refuse(sink);
  return webConfig;
}

function refuse({ problems }: ProblemSink): void {
  if (problems.length > 0) throw new ExporterError('config_invalid', problems.join('\n'), { expose: true });
}

function readUsers(section: YamlSection | undefined): ReadonlyMap<string, Secret> {
  const users = new Map<string, Secret>();
  for (const name of section?.keys() ?? []) {
    const hash = section?.matching(name, bcryptHash, 'must be a bcrypt hash, as `htpasswd -nB` makes it');
    if (name.includes(':')) section?.problem(name, 'a user name cannot contain a colon');
    if (hash !== undefined) users.set(name, new Secret(hash));
  }
  return users;
}

function readHeaders(server: YamlSection | undefined): ReadonlyMap<string, string> {
  server?.refuseOthers(['headers'], ['http2']);
  const section = server?.section('headers');
  section?.refuseOthers(settableHeaders);
  const headers = new Map<string, string>();
  for (const name of settableHeaders) {
    const value = section?.text(name);
    if (value === undefined) continue;
    try {
      validateHeaderValue(name, value);
      headers.set(name, value);
    } catch (error) {
      section?.problem(name, messageOf(error));
    }
  }
  return headers;
}
