import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { cleanEnvironment } from './programs.js';
import { older } from './versions.js';

/**
 * Makes the storage of a Prometheus out of a file with samples and their times, in the format of OpenMetrics. Rejects with what promtool
 * says of a file that it cannot read.
 */
export async function blocksFrom(file: string, storage: string): Promise<void> {
  // The hidden option makes few large blocks of it: otherwise promtool reads the whole text once for every two hours.
  await promisify(execFile)(
    older.promtool,
    ['tsdb', 'create-blocks-from', 'openmetrics', '--quiet', '--max-block-duration=800h', file, storage],
    { env: cleanEnvironment() },
  );
}
