import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config/load.js';
import { createResolver, type Resolve } from '../../src/net/resolve.js';
import { TlsContexts } from '../../src/net/tls.js';
import { createProbe } from '../../src/probes/component-probe.js';
import { thresholdsWith } from './config.js';

/** Probes an endpoint from a configuration file, with a log of each step. `ca.pem` beside that file is this authority. */
export function endpointReader(
  authority: { readonly certificatePem: string },
  {
    resolve = createResolver(),
    environment = {},
  }: { readonly resolve?: Resolve; readonly environment?: Readonly<Record<string, string>> } = {},
) {
  const prober = { resolve, tlsContexts: new TlsContexts(), userAgent: 'test' };
  const probe = createProbe(prober, thresholdsWith({ warning: 5, critical: 8 }));
  return async (endpoint: unknown, milliseconds = 10_000) => {
    const directory = await mkdtemp(join(tmpdir(), 'endpoint-'));
    try {
      await writeFile(join(directory, 'ca.pem'), authority.certificatePem);
      await writeFile(join(directory, 'monitoring.yml'), JSON.stringify({ endpoints: { a: endpoint } }));
      const { components } = await loadConfig(undefined, { environment, directory });
      const log: string[] = [];
      return { ...(await probe(components[0]!, AbortSignal.timeout(milliseconds), log)), log };
    } finally {
      await rm(directory, { recursive: true });
    }
  };
}
