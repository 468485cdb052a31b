import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { type ServerOptions, startServer } from '../../src/http/server.js';
import { WebConfigFile } from '../../src/http/web-config-file.js';
import { ManualClock } from './manual-clock.js';
import { RecordedLog } from './recorded-log.js';
import { documented, fixtureService, reading } from './service-fixture.js';

/** A folder with a web configuration file, to which certificates can be added. */
export interface WebFiles {
  readonly directory: string;
  readonly file: string;
  /**
   * Makes a key and a self-signed certificate, `NAME.key` and `NAME.crt`. A second one of the same name replaces the first. Alternative
   * names are written as in a configuration of openssl.
   */
  certify(name: string, alternativeNames?: string): void;
  read(name: string): string;
}

/** With a certificate for the server if the text mentions one. */
export function webFiles(t: Test, text: string): WebFiles {
  const directory = t.testdir({ 'web.yml': text });
  const certify = (name: string, alternativeNames = 'DNS.1=localhost\nIP.1=127.0.0.1') => {
    const path = (ending: string) => join(directory, `${name}.${ending}`);
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', path('key')];
    writeFileSync(
      path('cnf'),
      `[req]\ndistinguished_name=dn\nx509_extensions=ext\n[dn]\n[ext]\nsubjectAltName=@names\n[names]\n${alternativeNames}\n`,
    );
    execFileSync(
      'openssl',
      ['req', '-x509', ...key, '-out', path('crt'), '-days', '2', '-subj', `/CN=${name}`, '-config', path('cnf')],
      { stdio: 'ignore' },
    );
  };
  if (/server\.(?:crt|key)/.test(text)) certify('server');
  return {
    directory,
    file: join(directory, 'web.yml'),
    certify,
    read: (name) => readFileSync(join(directory, name), 'utf8'),
  };
}

/** A server with the web configuration of a file. */
export async function serveWith(t: Test, file: string, options: Partial<ServerOptions> = {}) {
  const log = new RecordedLog();
  const clock = new ManualClock();
  const service = fixtureService({ components: documented, readings: [reading('backend')] });
  const webConfig = await WebConfigFile.open(file, { clock, log });
  const server = await startServer(service, {
    host: '127.0.0.1',
    port: 0,
    telemetryPath: '/metrics',
    version: '1.0.0',
    log,
    clock,
    webConfig,
    ...options,
  });
  t.teardown(() => server.stop());
  return { url: server.url, port: server.port, log, clock, webConfig };
}
