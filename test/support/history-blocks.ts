import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { cleanEnvironment } from './programs.js';
import { older } from './versions.js';

/**
 * Makes the storage of a Prometheus from a file with timed samples in OpenMetrics format. Rejects with promtool's message if it cannot read
 * the file.
 */
export async function blocksFrom(file: string, storage: string): Promise<void> {
  // The hidden option makes a few large blocks. Otherwise promtool reads the whole text once for every two hours of it.
  await promisify(execFile)(
    older.promtool,
    ['tsdb', 'create-blocks-from', 'openmetrics', '--quiet', '--max-block-duration=800h', file, storage],
    { env: cleanEnvironment() },
  );
}
